//! What only a tracker with a search that lags can show: no second issue while the first may not show yet.

use super::jira::Cloud;
use super::stand::{Opened, Stand, may, runtime};
use crate::servers::front::Fault;
use chrono::{TimeDelta, Utc};
use flyball::domain::model::issue::{Answer, IssueStanding, IssueTarget};

/// All of it.
pub fn lags(cloud: &'static Cloud) {
    what_we_wrote_shows_at_once(cloud);
    an_answer_that_was_lost_makes_no_second(cloud);
    who_comes_after_us_waits_as_well(cloud);
    two_that_did_not_see_each_other_are_one_in_the_end(cloud);
    without_a_way_back_a_new_one_follows(cloud);
}

fn what_we_wrote_shows_at_once(cloud: &'static Cloud) {
    let house = Opened::open(cloud, "lag-own");
    cloud.freeze();
    let mut plan = house.opened("first", 1);
    plan.issue.number = None;
    assert_eq!(house.seen(&plan).standing, IssueStanding::Open, "its id is named in the search");
    plan.target = IssueTarget::Closed;
    assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByUs, "whatever the index knows");
    assert_eq!((house.open_ones().len(), house.issues().len()), (0, 1));
    cloud.thaw();
}

fn an_answer_that_was_lost_makes_no_second(cloud: &'static Cloud) {
    for (name, fault, before) in [("lag-answer", Fault::LostAnswer, 1), ("lag-write", Fault::LostWrite, 0)] {
        let house = Opened::open(cloud, name);
        let plan = house.plan(IssueTarget::Open, "first", 1);
        cloud.freeze();
        house.front.set(fault);
        house.trouble(&plan);
        house.front.set(Fault::None);
        for seconds in [1, 100, 290] {
            let looked = house.look_at(Utc::now() + TimeDelta::seconds(seconds), &plan);
            let Answer::Trouble(reason) = looked.view.answer else { panic!("after {seconds} s: {looked:?}") };
            assert!(reason.message.contains("does not show yet"), "{reason}");
        }
        assert_eq!((house.issues().len(), house.front.writes()), (before, 0));
        cloud.thaw();
        assert_eq!(house.seen_at(Utc::now() + cloud.patience(), &plan).standing, IssueStanding::Open);
        assert_eq!(house.issues().len(), 1, "{name}");
    }
}

/// A governor that died between write and record left a claim; the next one knows no more than that.
fn who_comes_after_us_waits_as_well(cloud: &'static Cloud) {
    let house = Opened::open(cloud, "lag-next");
    let plan = house.plan(IssueTarget::Open, "first", 1);
    cloud.freeze();
    house.front.set(Fault::LostAnswer);
    house.trouble(&plan);
    house.front.set(Fault::None);
    let next = house.anew();
    assert!(next.trouble(&plan).message.contains("does not show yet"));
    cloud.thaw();
    assert_eq!(next.seen(&plan).standing, IssueStanding::Open);
    assert_eq!(house.issues().len(), 1);
}

fn two_that_did_not_see_each_other_are_one_in_the_end(cloud: &'static Cloud) {
    let house = Opened::open(cloud, "lag-two");
    let other = house.with(&super::stand::spec(cloud, &house.front.url()), &cloud.token());
    let plan = house.plan(IssueTarget::Open, "first", 1);
    cloud.freeze();
    for one in [&house, &other] {
        let looked = runtime().block_on(one.tracker.look_after(Utc::now(), &plan, &may()));
        assert!(matches!(looked.view.answer, Answer::Seen(_)), "{looked:?}");
    }
    assert_eq!(house.open_ones().len(), 2, "nothing shows the one to the other");
    cloud.thaw();
    assert_eq!(house.anew().seen(&plan).number, 1);
    assert_eq!(house.open_ones(), [1]);
}

fn without_a_way_back_a_new_one_follows(cloud: &'static Cloud) {
    let house = Opened::open(cloud, "one-way");
    cloud.one_way(&house.repository);
    let mut plan = house.opened("first", 1);
    plan.target = IssueTarget::Closed;
    assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByUs);
    let soon = Utc::now() + cloud.patience();
    let next = house.seen_at(soon, &house.plan(IssueTarget::Open, "second", 1));
    assert_eq!((next.number, next.standing), (2, IssueStanding::Open));
    assert_eq!(house.open_ones(), [2]);
}
