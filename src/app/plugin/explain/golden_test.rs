//! What is said in each situation, held against golden files in tests/data/explain.
//!
//! FLYBALL_GOLDEN=write writes the files anew. Every situation answers "why did it" or "why did it not".

use super::active_test::ACTIVE;
use super::case_test::*;
use super::decision::explain_decision;
use super::night_test::NIGHT;
use super::quiet_test::{QUIET, UNKNOWN};
use super::service::explain;
use crate::app::drive::show::story;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::show::style::Style;
use crate::app::plugin::show::text;
use crate::edge::crd::kind::flag_hold::ObjectEntry;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/explain").join(format!("{name}.txt"))
}

/// How a text differs from its golden file, if it does.
fn unlike(name: &str, told: &str) -> Option<String> {
    let file = file(name);
    if std::env::var("FLYBALL_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&file, told).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    (told != expected).then(|| format!("{name}:\n{}", story::diff(&expected, told, "expected", "told")))
}

fn all() -> impl Iterator<Item = &'static Case> {
    QUIET.iter().chain(&UNKNOWN).chain(&ACTIVE).chain(&NIGHT)
}

#[test]
fn every_situation_is_told_as_its_golden_file_has_it() {
    let told = all().filter_map(|(name, scene)| unlike(name, &text::told(&explain(&scene()), Style::PLAIN)));
    let unlike: Vec<String> = told.collect();
    assert!(unlike.is_empty(), "{}", unlike.join("\n\n"));
}

#[test]
fn a_flag_of_the_same_key_in_another_namespace_is_another_flag() {
    for (name, scene) in
        NIGHT.iter().filter(|(name, _)| name.starts_with("still-off") || name.starts_with("held-with"))
    {
        let mut scene = scene();
        let held =
            |scene: &Scene| text::told(&explain(scene), Style::PLAIN).contains("is held at off for Decision");
        assert!(held(&scene), "{name}");
        for hold in &mut scene.holds {
            hold.metadata.name = Some("hold-2e".to_string());
            hold.spec.target.object =
                Some(ObjectEntry { namespace: "elsewhere".to_string(), name: "flags".to_string() });
        }
        assert!(!held(&scene), "{name}");
    }
}

#[test]
fn a_decision_s_life_is_told_as_its_golden_file_has_it() {
    let mut scene = calm();
    decide(
        &mut scene,
        "Ended",
        "02:12:00",
        &[
            ("ProbePassed", "well during the probe: reject-rate is False"),
            ("RestoreVerified", "every flag was read back with its original"),
        ],
        |status| {
            cut(status);
            status["outcome"] = json!("Restored");
            status["heldSeconds"] = json!(330);
            status["effect"] = json!({"signal": "reject-rate", "excessBefore": 0.06, "easing": false, "company": false, "verdict": "Improved",
            "message": "reject-rate was 0.06 beyond its threshold before the cut and is 0.13 on the good side of it after"});
            let step = |clock: &str, phase: &str, code: &str, message: &str| json!({"at": at(clock), "phase": phase, "reasons": [{"code": code, "message": message}]});
            let values: Vec<String> =
                (0..60).map(|n| if n < 40 { "0.01".into() } else { format!("0.{n}") }).collect();
            status["evidence"] = json!({"at": at("02:03:10"), "signals": [{"signal": "reject-rate", "summary": "0.21 ratio, usual 0 to 0.03",
                "query": "q", "limit": 0.15, "start": at("01:53:20"), "stepSeconds": 10, "values": values.join(" "),
                "lower": "0 ".repeat(60), "upper": "0.03 ".repeat(60),
                "rows": [{"query": "top-locks", "labels": {"lock": "stock\u{1b}[31m"}, "value": 3.25, "unit": "s"}],
                "traces": [{"id": "4bf92f3577b34da6", "at": at("02:03:01"), "value": 1.9, "link": "https://traces/4bf92f3577b34da6"}]}]});
            status["transitions"] = json!([
                step(
                    "02:03:10",
                    "Acting",
                    "ConditionTrue",
                    "reject-rate (0.21 ratio) beyond its limit 0.15 for 12 readings is True"
                ),
                step("02:03:14", "Holding", "CutVerified", "every flag was read back at its fallback"),
                step("02:08:40", "Probing", "Recovered", "well for 30 readings"),
                step("02:12:00", "Ended", "ProbePassed", "well during the probe"),
            ]);
        },
    );
    let told = text::decision(&explain_decision(&scene, &scene.decisions[0]), Style::PLAIN);
    let difference = unlike("decision-restored", &told);
    assert!(difference.is_none(), "{}", difference.unwrap());
}

#[test]
fn no_situation_is_told_with_what_a_terminal_obeys() {
    for (name, scene) in all() {
        let told = explain(&scene());
        let shown = text::told(&told, Style::PLAIN);
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.chars().any(bad), "{name}: {shown:?}");
        assert!(!serde_json::to_string(&told).unwrap().contains("\\u001b"), "{name}");
    }
}

#[test]
fn there_is_a_golden_file_for_each_situation_and_no_other() {
    let files = std::fs::read_dir(file("x").parent().unwrap()).unwrap();
    let found: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let names = all().map(|(name, _)| *name).chain(["decision-restored"]);
    assert_eq!(found, names.map(|name| format!("{name}.txt")).collect());
}

#[test]
fn colours_change_nothing_but_colours() {
    let told = explain(&ill());
    let coloured = text::told(&told, Style { colour: true, width: 100, wraps: false });
    let codes = regex::Regex::new("\x1b\\[[0-9]+m").unwrap();
    assert!(codes.is_match(&coloured));
    assert_eq!(codes.replace_all(&coloured, ""), text::told(&told, Style::PLAIN));
}
