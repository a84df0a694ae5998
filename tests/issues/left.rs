//! What becomes of open issues that nobody asks for any more.

use super::house::{House, ILL, WELL};
use flyball::edge::issues::forge::draft::Listed;
use flyball::edge::issues::memory::Fault;
use serde_json::json;

fn only(house: &House) -> Listed {
    let mut all = house.found("shop/cart");
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_deleted_policy_leaves_its_issue_open_and_says_once_that_nobody_watches_it() {
    for well_before in [false, true] {
        let mut house = House::new(&["cart"], json!({}));
        house.play(4, &[("cart", ILL)]);
        house.play(if well_before { 20 } else { 1 }, &[("cart", if well_before { WELL } else { ILL })]);
        assert_eq!(house.world.live().is_empty(), well_before, "with a live episode and without one");
        house.person("shop/cart", 1, |issue| issue.body = format!("We look at it.\n\n{}", issue.body));
        house.world.policies.clear();
        house.world.accept();
        house.play(6, &[]);
        let issue = only(&house);
        assert!(issue.open, "nobody knows whether the trouble is over");
        assert!(issue.body.starts_with("We look at it."), "{}", issue.body);
        assert!(
            issue.body.contains("**Left by Flyball**: policy shop/policy-of-1 is gone"),
            "{}",
            issue.body
        );
        let written = house.memory.writes();
        house.play(20, &[]);
        assert_eq!(house.memory.writes(), written, "once");
        assert_eq!(house.world.cycle.tracks().count(), 0, "nothing of it is kept");
    }
}

#[test]
fn leave_is_taken_later_if_the_tracker_is_away_and_by_who_comes_after() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    house.world.policies.clear();
    house.world.accept();
    for _ in 0..5 {
        house.memory.fail(vec![Fault::Away; 4]);
        house.play(1, &[]);
    }
    house.memory.fail(Vec::new());
    assert!(!only(&house).body.contains("Left by Flyball"));
    house.world.restart();
    house.play(4, &[]);
    assert!(only(&house).open && only(&house).body.contains("Left by Flyball"));
    let written = house.memory.writes();
    house.world.restart();
    house.play(4, &[]);
    assert_eq!(house.memory.writes(), written, "what is said is not said again");
}

#[test]
fn what_a_person_closed_meanwhile_and_what_only_is_refused_is_let_alone() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    let before = only(&house).body;
    // A policy that exists and is not accepted is not gone.
    let key = house.key.clone();
    house.world.cycle.refuse([key].into());
    house.world.policies.clear();
    house.world.accept();
    house.play(6, &[]);
    assert_eq!((only(&house).open, only(&house).body), (true, before.clone()));
    let now = house.world.now;
    house.person("shop/cart", 1, |issue| (issue.open, issue.closed_at) = (false, Some(now)));
    house.world.cycle.refuse([].into());
    house.play(6, &[]);
    assert_eq!((only(&house).open, only(&house).body), (false, before));
}

#[test]
fn an_issue_that_was_left_is_watched_again_if_its_tier_asks_again() {
    let mut house = House::new(&["cart"], json!({}));
    house.play(4, &[("cart", ILL)]);
    let policies = house.world.policies.clone();
    house.world.policies.clear();
    house.world.accept();
    house.play(6, &[]);
    assert!(only(&house).body.contains("Left by Flyball"));
    house.world.policies = policies;
    house.world.accept();
    house.play(6, &[("cart", ILL)]);
    assert!(only(&house).open && !only(&house).body.contains("Left by Flyball"), "{}", only(&house).body);
}
