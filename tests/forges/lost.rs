//! Writes whose outcome is not known: never repeated before the tracker was looked at.

use super::stand::{Opened, Stand, may};
use crate::live::wait::until_true;
use crate::servers::front::Fault;
use crate::servers::wire::Reply;
use chrono::Utc;
use flyball::domain::model::issue::{IssueStanding, IssueTarget};
use flyball::domain::model::reason::Code;
use tokio::runtime::Runtime;

/// The tracker did it, and we never heard.
pub fn answer(stand: &'static dyn Stand) {
    after(stand, "lost-answer", || Fault::LostAnswer);
}

/// The tracker did it, and says that it failed.
pub fn error_after(stand: &'static dyn Stand) {
    after(stand, "error-after", || Fault::AnswerAfter(Reply::new(500, "{}")));
}

fn after(stand: &'static dyn Stand, name: &str, fault: fn() -> Fault) {
    let house = Opened::open(stand, name);
    let plan = house.plan(IssueTarget::Open, "first", 1);
    house.front.set(fault());
    // Labels come before the issue where they are objects of their own, so it may take some looks.
    let mut looks = 0;
    while house.issues().is_empty() {
        assert_eq!(house.trouble(&plan).code, Code::ProviderUnavailable);
        looks += 1;
        assert!(looks < 10, "{:?}", house.front.seen());
    }
    house.front.set(Fault::None);
    for _ in 0..2 {
        assert_eq!(house.anew().seen(&plan).standing, IssueStanding::Open);
    }
    assert_eq!((house.issues().len(), house.front.writes()), (1, 0), "{:?}", house.front.seen());
    let mut gone = plan.clone();
    gone.target = IssueTarget::Closed;
    house.front.set(fault());
    // Text and state are two writes where they are not one.
    while !house.open_ones().is_empty() {
        assert_eq!(house.trouble(&gone).code, Code::ProviderUnavailable);
        looks += 1;
        assert!(looks < 10, "{:?}", house.front.seen());
    }
    house.front.set(Fault::None);
    assert_eq!(house.seen(&gone).standing, IssueStanding::ClosedByUs);
    assert_eq!(house.front.writes(), 0, "what is done is not done again");
}

/// The tracker never did it: the next look does.
pub fn write(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "lost-write");
    let plan = house.plan(IssueTarget::Open, "first", 1);
    house.front.set(Fault::LostWrite);
    assert_eq!(house.trouble(&plan).code, Code::ProviderUnavailable);
    assert_eq!(house.front.writes(), 1, "{:?}", house.front.seen());
    house.front.set(Fault::None);
    assert!(house.issues().is_empty());
    assert_eq!(house.seen_at(Utc::now() + stand.patience(), &plan).standing, IssueStanding::Open);
    assert_eq!(house.issues().len(), 1);
}

/// Everything of ours is gone in the midst of a write, before or after the tracker did it. What is left
/// is the claim; with it alone a new one goes on.
pub fn killed(stand: &'static dyn Stand) {
    for (name, fault) in [("killed-before", Fault::HoldWrite), ("killed-after", Fault::HoldAnswer)] {
        let house = Opened::open(stand, name);
        // A first issue of another thing, so that labels that all share are there.
        let plan = house.plan(IssueTarget::Open, "first", 1);
        house.front.set(fault);
        let life = Runtime::new().expect("a runtime can be made");
        let (tracker, doomed) = (house.tracker.clone(), plan.clone());
        life.spawn(async move { tracker.look_after(Utc::now(), &doomed, &may()).await });
        until_true("the write is under way", 20, || house.front.held());
        life.shutdown_background();
        house.front.set(Fault::None);
        let next = house.anew();
        next.look(&plan);
        assert_eq!(next.seen_at(Utc::now() + stand.patience(), &plan).standing, IssueStanding::Open);
        assert_eq!(house.issues().len(), 1, "{name}");
    }
}
