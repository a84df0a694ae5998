//! The cases, the same for every tracker.

use super::lost;
use super::meddle;
use super::stand::{Opened, Stand, WINDOW, may, runtime, spec, spec_allowing};
use crate::servers::front::Fault;
use crate::servers::wire::{self, Reply};
use chrono::{TimeDelta, Utc};
use flyball::domain::model::issue::{Answer, IssueStanding, IssueTarget};
use flyball::domain::model::reason::Code;
use flyball::edge::issues::tracker::May;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Case = fn(&'static dyn Stand);

/// Every case by its name in the table.
pub const ALL: &[(&str, Case)] = &[
    ("opened once, and found again by its label", opened),
    ("brought up to date in place, never by a comment", updated),
    ("what people write, label and rename stays", people),
    ("a person at work in the same moment", meddle::meanwhile),
    ("closed by a person, and reopened the next time", done),
    ("won't fix is quiet until it is twice as bad", wont_fix),
    ("closed by us, reopened within its time, followed after it", closed),
    ("twins are closed with a link", twins),
    ("two governors at once", two_at_once),
    ("the answer to a write is lost", lost::answer),
    ("a write is lost", lost::write),
    ("500 after a write that took place", lost::error_after),
    ("killed between write and record", lost::killed),
    ("a list that lags", lagging),
    ("nothing is written once our lease is over", fenced),
    ("our own limit on writes is kept", spent),
    ("credentials are not taken", unauthorized),
    ("a repository that is not there, or has no name", missing),
    ("the limit on calls is reached", rate_limited),
    ("a redirect is not followed", redirected),
    ("an answer without end or sense", oversized),
    ("the secret is rotated", rotated),
    ("a guarded address", guarded),
];

fn opened(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "opened");
    let plan = house.opened("first", 1);
    for look in [house.anew(), house.anew()] {
        look.front.set(Fault::None);
        assert_eq!(look.seen(&look.plan(IssueTarget::Open, "first", 1)).number, plan.issue.number.unwrap());
        assert_eq!(look.front.writes(), 0, "{:?}", look.front.seen());
    }
    let [issue] = &house.issues()[..] else { panic!("{:?}", house.issues()) };
    for label in ["flyball-0123456789abcdef", "flyball", "from-tracker", "concurrency"] {
        assert!(issue.labels.iter().any(|own| own == label), "{label}: {:?}", issue.labels);
    }
    assert_eq!(issue.title, "shop/inventory: a hot lock limits throughput");
    assert!(issue.body.contains("Flyball fingerprint: `0123456789abcdef`"), "{}", issue.body);
    assert!(!issue.body.contains("@everyone") && !issue.body.contains(" <b>"), "{}", issue.body);
    let searched = house.front.seen().iter().any(|line| line.contains("/search"));
    assert!(!searched || stand.searches(), "{:?}", house.front.seen());
}

fn updated(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "updated");
    let plan = house.opened("first", 1);
    let before = house.issues();
    let mut same = plan.clone();
    same.target = IssueTarget::Keep;
    same.story.reasons = vec!["another evaluation".into()];
    house.front.set(Fault::None);
    for _ in 0..3 {
        house.seen(&same);
    }
    assert_eq!((house.front.writes(), house.issues()), (0, before), "nothing for an evaluation");
    same.issue.weight = 3;
    house.seen(&same);
    assert_eq!(house.front.writes(), 1, "{:?}", house.front.seen());
    let [issue] = &house.issues()[..] else { panic!("one issue") };
    assert!(issue.body.contains("another evaluation") && issue.comments == 0, "{issue:?}");
}

fn people(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "people");
    let mut plan = house.opened("first", 1);
    let number = plan.issue.number.unwrap();
    let body = house.issues()[0].body.clone();
    stand.rewrite(
        &house.repository,
        number,
        "Ours now",
        &format!("We look at it.\r\n\r\n{body}\r\n\r\nDone soon."),
    );
    stand.label(&house.repository, number, "team-a");
    stand.comment(&house.repository, number, "Looking at it");
    (plan.target, plan.issue.weight) = (IssueTarget::Keep, 3);
    plan.story.reasons = vec!["it has grown".into()];
    house.seen(&plan);
    let issue = house.issues().remove(0);
    assert_eq!((issue.title.as_str(), issue.comments), ("Ours now", 1));
    assert!(issue.labels.contains(&"team-a".to_string()), "{:?}", issue.labels);
    assert!(issue.body.starts_with("We look at it.") && issue.body.trim_end().ends_with("Done soon."));
    assert!(issue.body.contains("it has grown"), "{}", issue.body);
    plan.target = IssueTarget::Closed;
    assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByUs);
    let issue = house.issues().remove(0);
    assert!(issue.body.starts_with("We look at it.") && issue.body.contains("Closed by Flyball"));

    // Who takes our part out, or writes over all of it, keeps the whole text.
    let house = Opened::open(stand, "people-all");
    let mut plan = house.opened("first", 1);
    stand.rewrite(&house.repository, plan.issue.number.unwrap(), "Mine", "All of this is mine");
    (plan.target, plan.issue.weight) = (IssueTarget::Keep, 5);
    assert_eq!(house.seen(&plan).standing, IssueStanding::Open);
    assert_eq!(house.anew().seen(&house.plan(IssueTarget::Open, "first", 5)).standing, IssueStanding::Open);
    assert_eq!((house.issues().len(), house.issues()[0].body.as_str()), (1, "All of this is mine"));

    // An issue of a person's own that carries our label is nobody's twin.
    let house = Opened::open(stand, "people-label");
    let plan = house.opened("first", 1);
    stand.open(&house.repository, "Part of it", "mine", &["flyball-0123456789abcdef"]);
    house.seen(&plan);
    assert_eq!(house.open_ones().len(), 2);
}

fn done(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "done");
    let mut plan = house.opened("first", 1);
    stand.close(&house.repository, plan.issue.number.unwrap(), false);
    plan.target = IssueTarget::Keep;
    assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByPerson);
    plan.target = IssueTarget::Open;
    assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByPerson, "it is the same occasion");
    assert!(house.open_ones().is_empty());
    let next = house.seen(&house.plan(IssueTarget::Open, "second", 1));
    assert_eq!((Some(next.number), next.standing), (plan.issue.number, IssueStanding::Open));
}

fn wont_fix(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "wont-fix");
    let plan = house.opened("first", 2);
    let number = plan.issue.number.unwrap();
    stand.close(&house.repository, number, true);
    for occasion in ["first", "second"] {
        let same = house.plan(IssueTarget::Open, occasion, 2);
        assert_eq!(house.seen(&same).standing, IssueStanding::WontFix);
        let much_later = Utc::now() + TimeDelta::days(400);
        assert_eq!(house.seen_at(much_later, &same).standing, IssueStanding::WontFix);
    }
    assert!(house.open_ones().is_empty());
    assert_eq!(house.seen(&house.plan(IssueTarget::Open, "second", 3)).standing, IssueStanding::Open);
    assert_eq!(house.open_ones(), [number]);
}

fn closed(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "closed");
    let mut plan = house.opened("first", 1);
    plan.target = IssueTarget::Closed;
    for _ in 0..2 {
        assert_eq!(house.seen(&plan).standing, IssueStanding::ClosedByUs);
    }
    assert!(house.open_ones().is_empty());
    let again = house.seen(&house.plan(IssueTarget::Open, "second", 1));
    assert_eq!((Some(again.number), again.standing), (plan.issue.number, IssueStanding::Open));
    plan.target = IssueTarget::Closed;
    house.seen(&plan);
    let later = Utc::now() + TimeDelta::from_std(WINDOW).unwrap() + TimeDelta::hours(1);
    let next = house.seen_at(later, &house.plan(IssueTarget::Open, "third", 1));
    assert!(Some(next.number) > plan.issue.number, "{next:?}");
    assert_eq!((house.open_ones(), house.issues().len()), (vec![next.number], 2));
}

fn twins(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "twins");
    let plan = house.opened("first", 1);
    let first = house.issues().remove(0);
    // Made by another governor whose list did not show ours yet.
    stand.open(&house.repository, &first.title, &first.body, &["flyball-0123456789abcdef"]);
    assert_eq!(house.open_ones().len(), 2);
    assert_eq!(Some(house.anew().seen(&house.plan(IssueTarget::Open, "first", 1)).number), plan.issue.number);
    let all = house.issues();
    assert_eq!(house.open_ones(), [first.number]);
    let link = format!("#{}", first.number);
    assert!(all[1].body.contains(&link) && all[1].comments == 0, "{}", all[1].body);
    // And it is nobody's to be reopened.
    let mut gone = plan.clone();
    gone.target = IssueTarget::Closed;
    house.seen(&gone);
    house.seen(&house.plan(IssueTarget::Open, "second", 1));
    assert_eq!(house.open_ones(), [first.number]);
}

fn two_at_once(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "two");
    let another = || house.with(&spec(stand, &house.front.url()), &stand.token());
    let (one, other) = (another(), another());
    let plan = house.plan(IssueTarget::Open, "first", 1);
    let (now, may) = (Utc::now(), may());
    let both = async {
        tokio::join!(one.tracker.look_after(now, &plan, &may), other.tracker.look_after(now, &plan, &may))
    };
    let (a, b) = runtime().block_on(both);
    assert!(
        matches!(a.view.answer, Answer::Seen(_)) || matches!(b.view.answer, Answer::Seen(_)),
        "{a:?} {b:?}"
    );
    // Whatever the two saw of each other, the next look settles it.
    house.seen(&plan);
    assert_eq!(house.open_ones().len(), 1, "{:?}", house.issues());
}

fn lagging(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "lagging");
    let mut plan = house.opened("first", 1);
    house.front.set(Fault::Reads(Reply::new(200, "[]")));
    // Its number is known, so what the list leaves out is asked for; the front's answer makes no sense there.
    assert_eq!(house.trouble(&plan).code, Code::ProviderUnavailable);
    house.front.set(Fault::None);
    plan.issue.number = None;
    assert_eq!(house.seen(&plan).standing, IssueStanding::Open);
    assert_eq!(house.issues().len(), 1);
    // A list that shows nothing although one is there makes a twin, which goes with the next look.
    let first = house.issues().remove(0);
    stand.open(&house.repository, &first.title, &first.body, &["flyball-0123456789abcdef"]);
    house.seen(&plan);
    assert_eq!(house.open_ones(), [first.number]);
}

fn fenced(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "fenced");
    let plan = house.plan(IssueTarget::Open, "first", 1);
    let asked = Arc::new(AtomicUsize::new(0));
    let lost: May = Arc::new({
        let asked = asked.clone();
        move || asked.fetch_add(1, Ordering::Relaxed) == 0
    });
    house.front.set(Fault::None);
    let looked = runtime().block_on(house.tracker.look_after(Utc::now(), &plan, &lost));
    assert!(matches!(looked.view.answer, Answer::Trouble(_)), "{looked:?}");
    assert_eq!((house.front.writes(), house.issues().len()), (0, 0));
}

fn spent(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "spent");
    let mut few = spec(stand, &house.front.url());
    few["perHour"] = json!(1);
    let house = house.with(&few, &stand.token());
    let mut plan = house.opened("first", 1);
    plan.issue.weight = 9;
    house.front.set(Fault::None);
    let reason = house.trouble(&plan);
    assert!(reason.message.contains("spec.perHour") && house.front.writes() == 0, "{reason}");
    let next = house.anew();
    next.tracker.succeed(&house.tracker);
    let later = Utc::now() + TimeDelta::hours(1) + TimeDelta::seconds(1);
    assert!(matches!(house.look_at(later, &plan).view.answer, Answer::Seen(_)));
}

fn unauthorized(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "unauthorized");
    let stranger = house.with(&spec(stand, &house.front.url()), "canary7f3a-of-nobody");
    let reason = stranger.trouble(&house.plan(IssueTarget::Open, "first", 1));
    assert_eq!(reason.code, Code::ProviderRefused);
    assert!(reason.message.contains("credentials"), "{reason}");
    let answer = runtime().block_on(stranger.tracker.whoami());
    assert!(answer.is_err());
    runtime().block_on(house.tracker.whoami()).expect("our own are taken");
}

fn missing(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "missing");
    let other = |repository: &str| super::stand::plan(repository, IssueTarget::Open, "first", 1);
    let nowhere = stand.nowhere(&house.repository);
    let reason = house.trouble(&other(&nowhere));
    assert_eq!(reason.code, Code::ProviderRefused, "{reason}");
    assert!(reason.message.contains("is not found") && reason.message.contains(&nowhere), "{reason}");
    house.front.set(Fault::None);
    for name in ["..", "", "../x", "shop/..", "shop/."] {
        let reason = house.trouble(&other(name));
        assert_eq!(reason.code, Code::ProviderRefused, "{name:?}: {reason}");
    }
    assert_eq!(house.front.writes(), 0);
}

fn rate_limited(stand: &'static dyn Stand) {
    for (i, limit) in stand.limits().into_iter().enumerate() {
        let house = Opened::open(stand, &format!("limited-{i}"));
        let plan = house.plan(IssueTarget::Open, "first", 1);
        house.front.set(Fault::Answer(limit));
        let reason = house.trouble(&plan);
        assert_eq!(reason.code, Code::ProviderUnavailable);
        assert!(reason.message.contains("limit on calls"), "{reason}");
        house.front.set(Fault::None);
        house.trouble(&plan);
        assert_eq!(house.front.seen(), Vec::<String>::new(), "it is not asked before its pause is over");
    }
}

fn redirected(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "redirected");
    let elsewhere = crate::servers::front::Front::before(stand.address());
    house.front.set(Fault::Answer(Reply::new(307, "").with("location", &elsewhere.url())));
    let reason = house.trouble(&house.plan(IssueTarget::Open, "first", 1));
    assert!(reason.message.contains("redirect"), "{reason}");
    assert!(elsewhere.seen().is_empty());
}

fn oversized(stand: &'static dyn Stand) {
    for (i, body) in
        [vec![b'0'; 17 << 20], b"<html>hunter2</html>".to_vec(), b"[{}]".to_vec()].into_iter().enumerate()
    {
        let house = Opened::open(stand, &format!("oversized-{i}"));
        house.front.set(Fault::Answer(Reply::new(200, body)));
        let reason = house.trouble(&house.plan(IssueTarget::Open, "first", 1));
        assert_eq!(reason.code, Code::ProviderUnavailable);
        assert!(!reason.message.contains("hunter2"), "{reason}");
    }
}

fn rotated(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "rotated");
    let mut plan = house.opened("first", 1);
    let old = stand.token();
    stand.rotate();
    plan.issue.weight = 4;
    let reason = house.with(&spec(stand, &house.front.url()), &old).trouble(&plan);
    assert!(reason.message.contains("credentials"), "{reason}");
    let next = house.anew();
    next.tracker.succeed(&house.tracker);
    assert_eq!(next.seen(&plan).standing, IssueStanding::Open);
    assert_eq!(house.issues().len(), 1);
}

fn guarded(stand: &'static dyn Stand) {
    let house = Opened::open(stand, "guarded");
    let closed = spec_allowing(stand, &house.front.url(), &[]);
    house.front.set(Fault::None);
    let reason = house.with(&closed, &stand.token()).trouble(&house.plan(IssueTarget::Open, "first", 1));
    assert!(reason.message.contains("add Loopback"), "{reason}");
    assert!(house.front.seen().is_empty(), "nothing was sent");
    assert!(wire::ask(stand.address(), &wire::Request::get("/")).is_some(), "it was there all along");
}
