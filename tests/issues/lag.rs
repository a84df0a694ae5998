//! A tracker whose list shows new issues late: still one for one thing, whatever is lost and whoever dies.

use super::dice::Dice;
use super::house::{House, ILL, WELL};
use chrono::TimeDelta;
use flyball::edge::issues::memory::Fault;
use serde_json::json;
use std::collections::BTreeMap;

const LIVES: u64 = 40;
/// How long it lags, and what the tracker's spec says of that: a tick is ten seconds.
const LAG: TimeDelta = TimeDelta::seconds(80);
const SAID: TimeDelta = TimeDelta::seconds(90);

#[test]
fn i1_a_list_that_lags_makes_no_second_issue() {
    let mut happened: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 1..=LIVES {
        println!("seed {seed}");
        live(seed, &mut happened);
    }
    println!("{happened:?}");
    for what in ["answer lost", "died", "waited"] {
        assert!(happened.get(what).copied().unwrap_or(0) >= 20, "{what} hardly happened: {happened:?}");
    }
}

fn live(seed: u64, happened: &mut BTreeMap<&'static str, u64>) {
    let mut dice = Dice::new(seed);
    let mut house = House::new(&["cart"], json!({}));
    house.memory.lag(LAG);
    house.reopen(SAID);
    let mut value = WELL;
    for _ in 0..120 {
        if dice.once_in(6) {
            value = *dice.pick(&[ILL, ILL, WELL, Some(12.0), None]);
        }
        let survived = house.tick(&[("cart", value)]);
        let mut died = !survived;
        for plan in house.handed_over() {
            let faults = [Fault::None, Fault::None, Fault::Away, Fault::LostAnswer, Fault::LostWrite];
            let faults: Vec<Fault> = (0..4).map(|_| *dice.pick(&faults)).collect();
            let lost = faults.contains(&Fault::LostAnswer);
            house.memory.fail(if dice.once_in(2) { faults } else { Vec::new() });
            let view = house.look_after(&plan);
            house.memory.fail(Vec::new());
            *happened.entry("answer lost").or_default() += u64::from(lost);
            *happened.entry("waited").or_default() += u64::from(format!("{view:?}").contains("not show yet"));
            let open = house.open("shop/cart");
            assert!(open.len() <= 1, "seed {seed}: {open:?} are open");
            if dice.once_in(6) {
                died = true;
                break;
            }
            house.world.views.insert(plan.issue.fingerprint.clone(), view);
        }
        if died {
            *happened.entry("died").or_default() += 1;
            house.world.restart();
            house.reopen(SAID);
        }
    }
    house.play(40, &[("cart", ILL)]);
    assert_eq!(house.open("shop/cart").len(), 1, "seed {seed}: faults are over");
}
