//! Policies, Governors and flags as people might write them.

use super::dice::Dice;
use super::world::flags::Flags;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const SERVICES: [&str; 4] = ["inventory", "catalog", "order-api", "pay"];
pub const KEYS: [&str; 3] = ["check", "cache", "all"];

/// Flags of every service, and one for all of them.
pub fn flags() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::from([("all".to_string(), Flags::plain())]);
    for service in SERVICES {
        let mut ruled = Flags::plain();
        ruled["targeting"] = json!({"if": [{"==": [{"var": "tier"}, "gold"]}, "slow"]});
        all.insert(format!("{service}-check"), ruled);
        let mut cache = Flags::plain();
        cache["metadata"] = json!({"team": "stock"});
        all.insert(format!("{service}-cache"), cache);
    }
    all
}

/// One policy; `keep` allows `onDeadline: Keep`.
pub fn policy(dice: &mut Dice, number: usize, keep: bool) -> Value {
    let modes = ["Enforce", "Enforce", "Enforce", "Approve", "Observe"];
    let tiers: Vec<Value> = (0..1 + dice.below(2)).map(|n| tier(dice, n, keep)).collect();
    let mut spec = json!({
        "mode": dice.pick(&modes), "interval": "10s",
        "signals": [
            {"name": "reject", "query": "sum by (namespace, service) (rate(rejected_total[10s]))",
             "facing": "User", "limit": 1, "weight": 5},
            {"name": "lock", "query": "sum by (namespace, service) (lock_wait)"}],
        "tiers": tiers,
    });
    if dice.once_in(4) {
        spec["overrides"] = json!([{"services": ["order-*"], "signals": [{"name": "reject", "limit": 4}]}]);
    }
    if dice.once_in(6) {
        let (start, end) = ("2026-11-24T00:03:00Z", "2026-11-24T00:09:00Z");
        spec["windows"] = json!([{"name": "sale", "start": start, "end": end, "effects": ["NoAct"]}]);
    }
    let mut written = json!({"name": format!("p{number}"), "generation": 1, "spec": spec,
        "creationTimestamp": format!("2026-0{}-01T00:00:00Z", 1 + dice.below(9))});
    if dice.once_in(4) {
        written["spec"]["namespaceSelector"] = json!({});
    } else {
        written["namespace"] = json!("shop");
    }
    written
}

fn tier(dice: &mut Dice, number: usize, keep: bool) -> Value {
    let seconds = |dice: &mut Dice, all: &[u32]| format!("{}s", dice.pick(all));
    let reject = [
        json!({"signal": "reject", "beyondLimit": {"for": seconds(dice, &[0, 20, 30])}}),
        json!({"signal": "reject", "above": {"value": 1, "times": 3, "within": "1m"}}),
        json!({"signal": "reject", "above": {"value": 1, "for": "20s"}}),
    ];
    let lock = [
        json!({"signal": "lock", "anomalous": {}}),
        json!({"signal": "lock", "anomalous": {"periods": 2}}),
        json!({"score": {"below": 50}}),
    ];
    let (reject, lock) = (dice.pick(&reject).clone(), dice.pick(&lock).clone());
    let when = match dice.below(4) {
        0 => json!({"any": [reject, lock]}),
        1 => json!({"all": [reject, {"any": [lock, {"signal": "lock", "above": {"value": 10}}]}]}),
        _ => json!({"all": [reject]}),
    };
    let mut tier = json!({
        "name": format!("t{number}"), "level": dice.pick(&["Fuse", "Degrade", "Optimize"]), "when": when,
        "requires": "Any", "recover": {"for": seconds(dice, &[20, 30, 60])},
        "verify": {"within": seconds(dice, &[20, 40])},
        "maxDuration": seconds(dice, &[60, 180, 600, 900]), "cooldown": seconds(dice, &[0, 30, 90]),
        "latchAfter": 1 + dice.below(3), "slaImpact": {"availabilityPercent": 0.5},
        "approval": {"timeout": seconds(dice, &[30, 60]), "onTimeout": dice.pick(&["Skip", "Act"])},
        "actions": actions(dice),
    });
    if !dice.once_in(4) {
        tier["verify"]["signal"] = json!("reject");
        tier["verify"]["onIneffective"] = json!(dice.pick(&["Tell", "Undo", "Undo"]));
    }
    if keep && dice.once_in(2) {
        tier["onDeadline"] = json!("Keep");
    }
    tier
}

fn actions(dice: &mut Dice) -> Value {
    let action = |name: &str, key: &str, fallback: &str, shared: bool, go_on: bool| {
        let on_failure = if go_on { "Continue" } else { "Stop" };
        json!({"name": name, "onFailure": on_failure,
            "flag": {"providerRef": {"name": "flags"}, "key": key, "fallback": fallback, "shared": shared}})
    };
    let fallback = *dice.pick(&["off", "off", "off", "slow"]);
    let go_on = dice.once_in(3);
    match dice.below(9) {
        0 => {
            json!([{"name": "ask", "issue": {"trackerRef": {"name": "code"}, "repository": "shop/{{service}}"}}])
        }
        1 => json!([action("all", "all", fallback, true, go_on)]),
        2 => json!([action("all", "all", fallback, false, go_on)]),
        3 | 4 => json!([
            action("check", "{{service}}-check", fallback, false, go_on),
            action("cache", "{{service}}-cache", fallback, false, go_on)
        ]),
        8 => json!([action("cache", "{{service}}-cache", "off", false, go_on)]),
        5 => json!([action("none", "{{service}}-none", fallback, false, go_on)]),
        _ => json!([action("check", "{{service}}-check", fallback, false, go_on)]),
    }
}

/// A Governor's spec as a person might set it for a while.
pub fn governor(dice: &mut Dice) -> Option<Value> {
    let wide = json!({"perService": 9, "perNamespace": 90, "perCluster": 90, "perWindow": {"count": 250, "window": "1h"}});
    let never = json!({"maxBreachingPercent": 100});
    Some(match dice.below(14) {
        0 => return None,
        1 => json!({"budgets": wide, "breaker": never, "paused": {"act": true}}),
        2 => json!({"budgets": wide, "breaker": never, "paused": {"restore": true}}),
        3 => json!({"budgets": wide, "breaker": never, "releaseAll": true}),
        4 => {
            json!({"budgets": {"perService": 1, "perNamespace": 1, "perCluster": 2, "perWindow": {"count": 3, "window": "5m"}}, "breaker": never})
        }
        5 => json!({"budgets": {"perService": 1, "perNamespace": 9}, "breaker": never}),
        6 => json!({"budgets": wide, "breaker": {"maxBreachingPercent": 30}}),
        7 => json!({"budgets": wide, "breaker": never, "windows": [
            {"name": "night", "schedule": "*/4 * * * *", "duration": "2m", "effects": ["NoAct"]}]}),
        _ => json!({"budgets": wide, "breaker": never}),
    })
}

/// The Governor of quiet times.
pub fn calm_governor() -> Value {
    json!({"budgets": {"perService": 9, "perNamespace": 90, "perCluster": 90,
        "perWindow": {"count": 250, "window": "1h"}}, "breaker": {"maxBreachingPercent": 100}})
}
