//! run equals replay: one recording through the loop that governs, and through replay, must give
//! the same Decisions, transition by transition, also with a restart in the middle.
//!
//! A governor here is anything that can be driven over a recording and leaves Decisions behind
//! (`replay/standalone.rs`); replay must agree with every one of them.

mod replay {
    pub mod inputs;
    pub mod past;
    pub mod standalone;
}

use chrono::{DateTime, Utc};
use replay::inputs::{self, Case};
use replay::{past, standalone};
use serde_json::Value;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Runs and replays `case`, demands that both agree, and gives the Decisions.
fn agree(case: &Case) -> Vec<Value> {
    let run = standalone::decisions(case);
    let replayed = past::decisions(case, &run.surroundings);
    let names = |decisions: &[Value]| -> Vec<String> {
        decisions.iter().map(|decision| decision["metadata"]["name"].to_string()).collect()
    };
    assert_eq!(names(&run.decisions), names(&replayed));
    for (ran, replayed) in run.decisions.iter().zip(&replayed) {
        assert!(ran == replayed, "run:\n{ran:#}\nreplay:\n{replayed:#}");
    }
    replayed
}

fn phases(decision: &Value) -> Vec<&str> {
    let transitions = decision["status"]["transitions"].as_array().unwrap();
    transitions.iter().map(|transition| transition["phase"].as_str().unwrap()).collect()
}

#[test]
fn the_demo_is_replayed_as_it_runs() {
    let decisions = agree(&inputs::demo());
    let all: Vec<Vec<&str>> = decisions.iter().map(phases).collect();
    assert_eq!(all, [vec!["Acting", "Holding", "Probing", "Ended"], vec!["WouldAct", "Ended"]]);
}

#[test]
fn many_short_episodes_of_policies_that_compete_are_replayed_as_they_run() {
    let decisions = agree(&inputs::busy());
    let outcomes: Vec<&str> = decisions.iter().filter_map(|d| d["status"]["outcome"].as_str()).collect();
    for outcome in ["Restored", "Expired", "Passed"] {
        assert!(outcomes.contains(&outcome), "no decision ended {outcome}: {outcomes:?}");
    }
    let all: Vec<&str> = decisions.iter().flat_map(phases).collect();
    for phase in ["Blocked", "WouldAct", "Probing", "Latched"] {
        assert!(all.contains(&phase), "no decision was {phase}");
    }
    let relapses: u64 = decisions.iter().map(|d| d["status"]["relapses"].as_u64().unwrap_or(0)).sum();
    assert!(relapses > 3, "{relapses} relapses");
    assert!(decisions.len() > 20, "{} decisions", decisions.len());
}

#[test]
fn a_restart_while_a_flag_is_held_is_replayed_as_it_runs() {
    let mut case = inputs::demo();
    case.restarts = vec![at("2026-11-04T14:31:20Z")];
    let decisions = agree(&case);
    assert_eq!(phases(&decisions[0]), ["Acting", "Holding", "Probing", "Ended"]);
}

#[test]
fn restarts_among_many_episodes_are_replayed_as_they_run() {
    let mut case = inputs::busy();
    case.restarts = vec![
        at("2026-11-02T03:33:33Z"),
        at("2026-11-03T10:00:00Z"),
        at("2026-11-04T14:03:10Z"),
        at("2026-11-04T14:20:07Z"),
    ];
    assert!(agree(&case).len() > 20);
}

#[test]
fn a_restart_changes_no_step_of_the_demo() {
    let mut case = inputs::demo();
    let steps = |decisions: &[Value]| -> Vec<(Value, Value)> {
        let transitions = decisions.iter().flat_map(|d| d["status"]["transitions"].as_array().unwrap());
        transitions.map(|step| (step["at"].clone(), step["phase"].clone())).collect()
    };
    let without = steps(&agree(&case));
    case.restarts = vec![at("2026-11-04T14:31:20Z")];
    assert_eq!(steps(&agree(&case)), without);
}
