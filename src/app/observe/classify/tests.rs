//! The table of readings: what each kind of answer means for a service.

use super::evidence::Evidence;
use super::look::{PolicyLook, look};
use super::seen::PolicySeen;
use crate::app::observe::questions::Questions;
use crate::app::observe::sample::{age_of, matrix, policy, signal, with_activity};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::{Reading, Rejection};
use crate::domain::model::series::Matrix;
use crate::domain::policy::signal::{Identity, Signal};
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Now, in the table below.
const NOW: i64 = 1000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// Answers by question. What is not in it failed.
type Answers = BTreeMap<String, Matrix>;

fn answers(seconds: i64, list: &[(&str, &str)]) -> Answers {
    let metric = |name: &str| name.strip_prefix("age ").map_or_else(|| name.to_string(), age_of);
    list.iter().map(|(name, rows)| (metric(name), matrix(seconds * 1000, rows))).collect()
}

fn judge(policy: &Policy, answers: &Answers, seconds: i64, seen: &mut PolicySeen) -> PolicyLook {
    let find = |text: &str| answers.get(text);
    let evidence: Vec<Evidence<'_>> =
        policy.signals.iter().map(|signal| Evidence::new(signal, &Questions::of(signal), &find)).collect();
    look(policy, &evidence, at(seconds), seen)
}

fn inventory(look: &PolicyLook) -> Option<&Reading> {
    look.services.get(&ServiceKey::new("shop", "inventory")).map(|readings| &readings[0])
}

/// The reading of shop/inventory, which was seen a moment ago.
fn reading(signal: Signal, list: &[(&str, &str)], damage: impl Fn(&mut Answers)) -> String {
    let policy = policy(vec![signal]);
    let mut seen = PolicySeen::default();
    let before = answers(NOW - 10, &[("m", "shop/inventory=1"), ("age m", "shop/inventory=989")]);
    judge(&policy, &before, NOW - 10, &mut seen);
    let mut now = answers(NOW, list);
    damage(&mut now);
    inventory(&judge(&policy, &now, NOW, &mut seen)).unwrap().to_string()
}

#[test]
fn a_value_is_only_as_good_as_the_samples_behind_it() {
    for (list, expected) in [
        (vec![("m", "shop/inventory=5"), ("age m", "shop/inventory=995")], "5"),
        (vec![("m", "shop/inventory=5"), ("age m", "shop/inventory=970")], "5"),
        (vec![("m", "shop/inventory=5"), ("age m", "shop/inventory=1007")], "5"),
        (vec![("m", "shop/inventory=5"), ("age m", "shop/inventory=969.5")], "stale, 31 s old"),
        (vec![("m", "shop/inventory=5"), ("age m", "shop/other=1000")], "stale, no sample behind it"),
        (vec![("m", "shop/inventory=5"), ("age m", "")], "stale, no sample behind it"),
        (vec![("m", "shop/inventory=5"), ("age m", "-=999 -=400")], "5"),
        (vec![("m", "shop/inventory=5"), ("age m", "-=900")], "stale, 100 s old"),
        (vec![("m", "shop/inventory=5"), ("age m", "-=1000 shop/other=1000")], "stale, no sample behind it"),
        (vec![("m", "shop/inventory=5"), ("age m", "shop/inventory=NaN")], "stale, no sample behind it"),
        (vec![("m", "shop/inventory=5")], "rejected: the source did not answer"),
        (vec![("m", "shop/inventory=NaN"), ("age m", "shop/inventory=995")], "rejected: the value is NaN"),
        (
            vec![("m", "shop/inventory=-inf"), ("age m", "shop/inventory=995")],
            "rejected: the value is infinite",
        ),
        (
            vec![("m", "shop/inventory=5 shop/inventory=5"), ("age m", "shop/inventory=995")],
            "rejected: two rows answer for this service",
        ),
        (vec![("m", "shop/other=5"), ("age m", "shop/inventory=995")], "absent"),
        (vec![("m", ""), ("age m", "")], "absent"),
        (vec![("age m", "shop/inventory=995")], "rejected: the source did not answer"),
    ] {
        assert_eq!(reading(signal("s", "m"), &list, |_| {}), expected, "{list:?}");
    }
}

#[test]
fn the_oldest_selector_that_has_the_service_counts() {
    for (list, expected) in [
        (vec![("age a", "shop/inventory=999"), ("age b", "shop/inventory=980")], "5"),
        (vec![("age a", "shop/inventory=999"), ("age b", "shop/inventory=900")], "stale, 100 s old"),
        (vec![("age a", "shop/inventory=999"), ("age b", "shop/other=10")], "5"),
        (vec![("age a", "shop/inventory=999"), ("age b", "")], "5"),
        (vec![("age a", "shop/inventory=999"), ("age b", "-=950")], "stale, 50 s old"),
        (vec![("age a", "shop/inventory=999")], "rejected: the source did not answer"),
    ] {
        let list: Vec<(&str, &str)> = [("a / b", "shop/inventory=5")].into_iter().chain(list).collect();
        assert_eq!(reading(signal("s", "a / b"), &list, |_| {}), expected, "{list:?}");
    }
    let timeless = reading(signal("s", "vector(1)"), &[("vector(1)", "shop/inventory=5")], |_| {});
    assert_eq!(timeless, "5", "an expression without selectors is never old");
}

#[test]
fn a_flawed_reply_is_rejected_whole_also_for_rows_it_lacks() {
    let good = [("m", "shop/inventory=5"), ("age m", "shop/inventory=995")];
    let missing = [("m", "shop/other=5"), ("age m", "shop/inventory=995")];
    let partial = "rejected: the reply carried warnings or was partial";
    let truncated = "rejected: the reply was larger than the source's limits";
    for list in [good, missing] {
        for question in ["m".to_string(), age_of("m")] {
            if list == missing && question != "m" {
                continue;
            }
            let by = |damage: fn(&mut Matrix)| {
                reading(signal("s", "m"), &list, |answers| damage(answers.get_mut(&question).unwrap()))
            };
            assert_eq!(by(|m| m.partial = true), partial, "{list:?} {question}");
            assert_eq!(by(|m| m.truncated = true), truncated, "{list:?} {question}");
        }
    }
}

#[test]
fn activity_tells_idle_from_ill_and_absent_from_zero() {
    let here = "shop/inventory=995";
    for (value, activity, activity_age, expected) in [
        ("shop/inventory=5", "shop/inventory=0.4", here, "idle"),
        ("shop/inventory=NaN", "shop/inventory=0", here, "idle"),
        ("", "shop/inventory=0", here, "idle"),
        ("shop/inventory=5 shop/inventory=5", "shop/inventory=0", here, "idle"),
        ("shop/inventory=5", "shop/inventory=0.5", here, "5"),
        ("", "shop/inventory=7", here, "0"),
        ("shop/inventory=NaN", "shop/inventory=7", here, "rejected: the value is NaN"),
        ("", "", here, "absent"),
        ("", "shop/inventory=7", "shop/inventory=900", "absent"),
        ("", "shop/inventory=0", "shop/inventory=900", "absent"),
        ("", "shop/inventory=7 shop/inventory=7", here, "absent"),
        ("", "shop/inventory=NaN", here, "absent"),
        ("", "shop/inventory=7", "shop/other=995", "absent"),
        ("shop/inventory=5", "", here, "5"),
        ("shop/inventory=5", "shop/inventory=0", "shop/inventory=900", "5"),
    ] {
        let list = [("m", value), ("age m", here), ("r", activity), ("age r", activity_age)];
        assert_eq!(reading(with_activity(signal("s", "m"), "r", 0.5), &list, |_| {}), expected, "{list:?}");
    }
    let list = [("m", ""), ("age m", here), ("r", "shop/inventory=7"), ("age r", here)];
    let by = |damage: fn(&mut Answers)| reading(with_activity(signal("s", "m"), "r", 0.5), &list, damage);
    assert_eq!(by(|answers| answers.get_mut("r").unwrap().partial = true), "absent");
    assert_eq!(by(|answers| drop(answers.remove("r"))), "absent");
    assert_eq!(by(|answers| drop(answers.remove(&age_of("r")))), "absent");
    assert_eq!(by(|answers| drop(answers.remove("m"))), "rejected: the source did not answer");
}

#[test]
fn what_was_never_seen_does_not_apply_until_it_is_seen() {
    let policy = policy(vec![signal("a", "a"), with_activity(signal("b", "b"), "r", 1.0)]);
    let mut seen = PolicySeen::default();
    let mut step = |seconds: i64, b: &str, r: &str| {
        let fresh = format!("shop/inventory={seconds}");
        let list = [
            ("a", "shop/inventory=1"),
            ("b", b),
            ("r", r),
            ("age a", &*fresh),
            ("age b", &*fresh),
            ("age r", &*fresh),
        ];
        let look = judge(&policy, &answers(seconds, &list), seconds, &mut seen);
        look.services[&ServiceKey::new("shop", "inventory")][1].to_string()
    };
    assert_eq!(step(0, "", ""), "never seen");
    assert_eq!(step(10, "", "shop/inventory=5"), "0", "active and missing is 0");
    assert_eq!(step(20, "", ""), "absent", "and from then on it was seen");
    assert_eq!(step(70, "", ""), "absent");
    assert_eq!(step(80, "", ""), "never seen", "forgotten after 60 s");
    assert_eq!(step(90, "shop/inventory=2", ""), "2");
    assert_eq!(step(100, "", ""), "absent");
}

#[test]
fn a_service_is_governed_by_namespace_and_name_and_retired_when_forgotten() {
    let policy = policy(vec![signal("s", "m")]);
    let mut seen = PolicySeen::default();
    let rows = "shop/a=1 shop/b=1 shop/tmp-1=1 other/c=1 -=1";
    let first = judge(&policy, &answers(0, &[("m", rows), ("age m", "-=0")]), 0, &mut seen);
    let names: Vec<String> = first.services.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["shop/a", "shop/b"]);
    assert_eq!(first.rejected, BTreeMap::from([(("s".to_string(), Rejection::NoIdentity), 1)]));

    let only_b = |seconds| answers(seconds, &[("m", "shop/b=1"), ("age m", "-=1000")]);
    let at_60 = judge(&policy, &only_b(60), 60, &mut seen);
    assert_eq!(at_60.services[&ServiceKey::new("shop", "a")], [Reading::Absent]);
    let at_70 = judge(&policy, &only_b(70), 70, &mut seen);
    assert_eq!(at_70.retired, [ServiceKey::new("shop", "a")]);
    assert_eq!(at_70.services.len(), 1);
    assert_eq!(judge(&policy, &only_b(80), 80, &mut seen).retired, [], "it is said once");

    let mut excluding = policy.clone();
    excluding.services.exclude.push("b".into());
    assert_eq!(judge(&excluding, &only_b(90), 90, &mut seen).retired, [ServiceKey::new("shop", "b")]);
}

#[test]
fn an_outage_of_the_source_retires_nobody() {
    let policy = policy(vec![signal("s", "m")]);
    let mut seen = PolicySeen::default();
    judge(&policy, &answers(0, &[("m", "shop/a=1"), ("age m", "-=0")]), 0, &mut seen);
    let a = ServiceKey::new("shop", "a");
    for seconds in (10..1000).step_by(10) {
        let blind = judge(&policy, &Answers::new(), seconds, &mut seen);
        assert_eq!(blind.services[&a], [Reading::Rejected(Rejection::SourceFailed)]);
    }
    let empty = |seconds| answers(seconds, &[("m", ""), ("age m", "")]);
    assert_eq!(judge(&policy, &empty(1000), 1000, &mut seen).services[&a], [Reading::Absent]);
    assert_eq!(judge(&policy, &empty(1050), 1050, &mut seen).retired, []);
    assert_eq!(judge(&policy, &empty(1060), 1060, &mut seen).retired, [a]);
}

#[test]
fn two_labels_of_one_service_are_doubled_as_values_and_the_newest_as_ages() {
    let pattern = regex::Regex::new(r"\|(?P<service>[^.|]+)\.(?P<namespace>[^.]+)").unwrap();
    let identity = Identity::Pattern { label: "cluster".into(), pattern };
    let by_cluster = Signal { identity, ..signal("s", "m") };
    let row = |cluster: &str, value: f64| crate::domain::model::series::Series {
        labels: [("cluster".to_string(), cluster.to_string())].into(),
        points: vec![(NOW * 1000, value)],
    };
    let ages = vec![row("in|a.shop", 10.0), row("out|a.shop", 999.0)];
    for (values, expected) in [
        (vec![row("in|a.shop", 1.0)], Reading::Fresh(1.0)),
        (vec![row("in|a.shop", 1.0), row("out|a.shop", 2.0)], Reading::Rejected(Rejection::Doubled)),
    ] {
        let answers = Answers::from([
            ("m".to_string(), Matrix { series: values, ..Matrix::default() }),
            (
                "max by (cluster) (timestamp(m))".to_string(),
                Matrix { series: ages.clone(), ..Matrix::default() },
            ),
        ]);
        let look = judge(&policy(vec![by_cluster.clone()]), &answers, NOW, &mut PolicySeen::default());
        assert_eq!(look.services[&ServiceKey::new("shop", "a")], [expected]);
    }
}
