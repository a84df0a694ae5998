//! Issues over whole lives, with a tracker in memory: claimed, opened, kept, grouped, closed, and never
//! two of them for one thing, whatever fails, dies or writes at the same time, and whatever people do.
//!
//! `FLYBALL_SEED=N` plays one life and tells what is wrong with it.

#[path = "invariants/dice.rs"]
mod dice;
#[path = "issues/house.rs"]
mod house;
#[path = "issues/lag.rs"]
mod lag;
#[path = "issues/left.rs"]
mod left;
#[path = "issues/lives.rs"]
mod lives;
#[allow(dead_code)]
mod world;

use flyball::domain::model::episode::Phase;
use flyball::domain::model::issue::IssueState;
use house::{House, ILL, WELL};
use serde_json::json;

#[test]
fn an_optimize_tier_opens_one_issue_and_it_is_closed_once_the_service_was_well_for_long_enough() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    let issue = house.issue("cart");
    assert_eq!((issue.state, issue.number), (IssueState::Open, Some(1)));
    let found = house.found("shop/cart").remove(0);
    assert_eq!(house.found("shop/cart").len(), 1);
    assert!(found.open && found.has("flyball") && found.has("concurrency"), "{found:?}");
    assert!(found.body.contains("split-lock") && found.body.contains(&issue.fingerprint));
    let written = house.memory.writes();
    house.play(30, &[("cart", ILL)]);
    assert_eq!(house.memory.writes(), written, "nothing is written for an evaluation");

    house.play(20, &[("cart", WELL)]);
    assert!(house.world.live().is_empty(), "the episode ended with its recovery");
    assert_eq!(house.issue("cart").state, IssueState::Open, "it is not well for long enough");
    house.play(50, &[("cart", WELL)]);
    assert_eq!(house.issue("cart").state, IssueState::Closed);
    let found = house.found("shop/cart").remove(0);
    assert!(!found.open && found.body.contains("Closed by Flyball"), "{}", found.body);
}

#[test]
fn it_is_reopened_rather_than_followed_by_another_and_followed_once_that_is_long_ago() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    house.play(80, &[("cart", WELL)]);
    house.play(4, &[("cart", ILL)]);
    assert_eq!((house.issue("cart").state, house.issue("cart").number), (IssueState::Open, Some(1)));
    house.play(80, &[("cart", WELL)]);
    assert!(house.open("shop/cart").is_empty());
    house.pass_hours(400);
    house.play(4, &[("cart", ILL)]);
    assert_eq!((house.issue("cart").state, house.issue("cart").number), (IssueState::Open, Some(2)));
    assert_eq!(house.found("shop/cart").len(), 2);
}

#[test]
fn what_is_unknown_neither_opens_nor_closes_nor_counts_as_well() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    house.play(20, &[("cart", WELL)]);
    house.play(200, &[("cart", None)]);
    assert_eq!(house.issue("cart").state, IssueState::Open);
    house.play(20, &[("cart", WELL)]);
    assert_eq!(house.issue("cart").state, IssueState::Open, "blind times do not count");
    house.play(40, &[("cart", WELL)]);
    assert_eq!(house.issue("cart").state, IssueState::Closed);
    let mut blind = House::new(&["cart"], json!({}));
    blind.play(30, &[("cart", None)]);
    assert!(blind.found("shop/cart").is_empty());
}

#[test]
fn wont_fix_is_quiet_until_the_trouble_is_twice_as_bad() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", Some(1.5))]);
    house.person("shop/cart", 1, |issue| {
        issue.open = false;
        issue.labels.push("wontfix".into());
    });
    house.pass_hours(1);
    house.play(4, &[("cart", Some(1.5))]);
    house.play(80, &[("cart", WELL)]);
    house.play(4, &[("cart", Some(1.6))]);
    assert_eq!(house.issue("cart").state, IssueState::Silenced);
    assert!(house.open("shop/cart").is_empty());
    house.play(3, &[("cart", Some(9.0))]);
    assert_eq!(house.issue("cart").state, IssueState::Open, "{:?}", house.issue("cart"));
    assert_eq!(house.open("shop/cart"), [1]);
}

#[test]
fn what_a_person_closed_as_done_stays_closed_for_this_time_and_is_reopened_the_next() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    let now = house.world.now;
    house.person("shop/cart", 1, |issue| (issue.open, issue.closed_at) = (false, Some(now)));
    house.play(70, &[("cart", ILL)]);
    assert_eq!(house.issue("cart").state, IssueState::Done);
    assert!(house.open("shop/cart").is_empty());
    house.play(80, &[("cart", WELL)]);
    house.play(4, &[("cart", ILL)]);
    assert_eq!(house.open("shop/cart"), [1]);
}

#[test]
fn people_write_beside_us_and_it_stays() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", Some(1.5))]);
    house.person("shop/cart", 1, |issue| {
        issue.body = format!("We look at it.\n\n{}\n\nSee also the wiki.", issue.body);
        issue.labels.push("team-a".into());
    });
    house.play(4, &[("cart", Some(9.0))]);
    house.play(80, &[("cart", WELL)]);
    let found = house.found("shop/cart").remove(0);
    assert!(found.body.starts_with("We look at it.") && found.body.ends_with("See also the wiki."));
    assert!(found.has("team-a") && !found.open);
}

#[test]
fn observing_opens_nothing_and_approving_asks_first() {
    let mut observing = House::new(&["cart"], json!({"mode": "Observe"}));
    observing.play(10, &[("cart", ILL)]);
    assert!(observing.found("shop/cart").is_empty());
    let mut asking = House::new(&["cart"], json!({"mode": "Approve"}));
    asking.play(4, &[("cart", ILL)]);
    assert_eq!(asking.world.live()[0].phase, Phase::AwaitingApproval);
    assert!(asking.found("shop/cart").is_empty());
    asking.approve();
    asking.play(3, &[("cart", ILL)]);
    assert_eq!(asking.world.live()[0].phase, Phase::Open);
    assert_eq!(asking.open("shop/cart"), [1]);
}

#[test]
fn whom_the_tracker_does_not_serve_it_opens_nothing_for_and_says_so() {
    let mut house = House::new(&["cart"], json!({"allow": []}));
    house.play(4, &[("cart", ILL)]);
    assert!(house.found("shop/cart").is_empty());
    let reasons = &house.world.live()[0].reasons;
    assert!(reasons.iter().any(|reason| reason.message.contains("spec.allow")), "{reasons:?}");
    let mut unknown = House::new(&["cart"], json!({"template": "hot-lok"}));
    unknown.play(4, &[("cart", ILL)]);
    let reasons = &unknown.world.live()[0].reasons;
    assert!(reasons.iter().any(|reason| reason.message.contains("hot-lok")), "{reasons:?}");
}

#[test]
fn five_hundred_at_once_are_one_issue_that_lists_them() {
    let names: Vec<String> = (0..500).map(|i| format!("service-{i:03}")).collect();
    let services: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut house = House::new(&services, json!({"repository": "shop/all"}));
    let ill: Vec<(&str, Option<f64>)> = services.iter().map(|name| (*name, ILL)).collect();
    house.play(4, &ill);
    assert_eq!(house.found("shop/all").len(), 1);
    assert!(house.memory.writes() <= 2, "{} writes", house.memory.writes());
    let body = house.found("shop/all").remove(0).body;
    assert!(body.contains("500 services at once") && body.contains("and 450 more"), "{body}");
    assert!(house.world.live().iter().all(|episode| episode.issues.len() == 1 && episode.issues[0].grouped));
    let well: Vec<(&str, Option<f64>)> = services.iter().map(|name| (*name, WELL)).collect();
    let mut some = well.clone();
    some[7] = ("service-007", ILL);
    house.play(80, &some);
    assert_eq!(house.open("shop/all"), [1], "one of them is still ill");
    house.play(80, &well);
    assert!(house.open("shop/all").is_empty());
}

#[test]
fn ten_services_have_issues_of_their_own_and_what_follows_within_the_hour_is_grouped() {
    let names: Vec<String> = (0..20).map(|i| format!("service-{i:02}")).collect();
    let services: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut house = House::new(&services, json!({"repository": "shop/all"}));
    let looks = |ill: usize| -> Vec<(&str, Option<f64>)> {
        services.iter().enumerate().map(|(i, name)| (*name, if i < ill { ILL } else { WELL })).collect()
    };
    house.play(4, &looks(10));
    assert_eq!(house.open("shop/all").len(), 10);
    house.play(4, &looks(14));
    assert_eq!(house.open("shop/all").len(), 11, "four more are one");
    house.play(4, &looks(20));
    assert_eq!(house.open("shop/all").len(), 11, "six more join them");
}
