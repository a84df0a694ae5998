//! The demo: the whole loop on the recording of a real shop, judged by what it leaves behind.
//!
//! Runs the very functions that `flyball demo` runs, with a directory of its own, and reads the
//! stored objects and the flag file. The recording is real; nothing in it is made up here.

use chrono::{DateTime, Utc};
use flyball::app::cycle::make::MakeBaseline;
use flyball::app::cycle::make::seasonal;
use flyball::app::standalone::demo::{Options, demo};
use flyball::domain::baseline::model::Baseline;
use flyball::domain::model::judgement::{Judgement, Maturity};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A run of the demo: what it printed and what it stored.
struct Run {
    printed: String,
    state: tempfile::TempDir,
}

impl Run {
    fn new(recording: Option<PathBuf>, policies: Option<PathBuf>, make: MakeBaseline) -> Self {
        let state = tempfile::tempdir().unwrap();
        let options = Options {
            recording,
            policies,
            flags: None,
            state: state.path().to_path_buf(),
            make,
            live: false,
        };
        let mut out = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(demo(options, &mut out)).unwrap();
        Self { printed: String::from_utf8(out).unwrap(), state }
    }

    /// The stored objects of a kind.
    fn objects(&self, plural: &str) -> Vec<Value> {
        let mut found = Vec::new();
        collect(&self.state.path().join(plural), &mut found);
        found.sort_by_key(|object| object["metadata"]["creationTimestamp"].to_string());
        found
    }

    fn decision(&self, tier: &str) -> Value {
        let all = self.objects("decisions");
        let mut of_tier = all.into_iter().filter(|decision| decision["spec"]["tier"] == tier);
        let decision = of_tier.next().unwrap_or_else(|| panic!("no decision of {tier}\n{}", self.printed));
        assert_eq!(of_tier.next(), None, "one decision per episode\n{}", self.printed);
        decision
    }
}

fn collect(folder: &Path, found: &mut Vec<Value>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => collect(&path, found),
            false => {
                found.push(flyball::edge::yaml::to_value(&std::fs::read_to_string(path).unwrap()).unwrap())
            }
        }
    }
}

fn phases(decision: &Value) -> Vec<&str> {
    let transitions = decision["status"]["transitions"].as_array().unwrap();
    transitions.iter().map(|transition| transition["phase"].as_str().unwrap()).collect()
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/demo").join(name)
}

#[test]
fn the_incident_is_cut_and_the_flag_comes_back_byte_for_byte() {
    let run = Run::new(None, None, seasonal());
    let decision = run.decision("strong-check");
    assert_eq!(decision["spec"]["service"], "inventory");
    assert_eq!(phases(&decision), ["Acting", "Holding", "Probing", "Ended"], "{}", run.printed);
    assert_eq!(decision["status"]["outcome"], "Restored");
    assert_eq!(run.objects("flagholds"), Vec::<Value>::new());
    let now = std::fs::read(run.state.path().join("flags.json")).unwrap();
    assert_eq!(now, std::fs::read(shipped("flags.json")).unwrap());
    for line in ["+      \"targeting\": {", "$flagd.timestamp", "byte for byte", "lock-wait-p99", "(usual "] {
        assert!(run.printed.contains(line), "{line} is not in\n{}", run.printed);
    }
}

#[test]
fn the_cut_waits_for_the_incident_of_the_third_day() {
    let run = Run::new(None, None, seasonal());
    let decision = run.decision("strong-check");
    let first = decision["status"]["firstCut"].as_str().unwrap();
    let first: DateTime<Utc> = first.parse().unwrap();
    let incident: DateTime<Utc> = "2026-11-04T14:00:00Z".parse().unwrap();
    let minutes = (first - incident).num_minutes();
    assert!((1..30).contains(&minutes), "cut {minutes} minutes after the incident began");
}

#[test]
fn a_tier_that_observes_writes_nothing_and_says_what_it_would_have_done() {
    let run = Run::new(None, None, seasonal());
    let decision = run.decision("local-cache");
    assert_eq!(phases(&decision), ["WouldAct", "Ended"]);
    assert_eq!(decision["status"]["outcome"], "Passed");
    assert!(run.printed.contains("would set (inventory-local-cache=on)"), "{}", run.printed);
    assert!(!run.printed.contains("flag inventory-local-cache"), "{}", run.printed);
}

#[test]
fn without_a_baseline_that_learns_the_incident_is_not_cut() {
    /// Whatever comes is usual.
    struct Constant;
    impl Baseline for Constant {
        fn observe(&mut self, _: DateTime<Utc>, _: f64, _: bool) -> Judgement {
            let (lower, upper) = (-1e9, 1e9);
            Judgement { expected: 0.0, lower, upper, severity: 0.0, alarm: false, maturity: Maturity::Mature }
        }
    }
    let run = Run::new(None, None, |_| Box::new(Constant));
    let cut =
        run.objects("decisions").into_iter().find(|decision| decision["spec"]["tier"] == "strong-check");
    assert_eq!(cut, None, "the limit alone must not cut\n{}", run.printed);
}

#[test]
fn other_policies_and_a_recording_given_by_path_change_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    let observing = std::fs::read_to_string(shipped("inventory.yaml")).unwrap();
    let observing = observing.replace("mode: Enforce", "mode: Observe");
    std::fs::write(folder.path().join("inventory.yaml"), observing).unwrap();
    let recording = Some(shipped("recording.jsonl.gz"));
    let run = Run::new(recording, Some(folder.path().to_path_buf()), seasonal());
    assert_eq!(phases(&run.decision("strong-check")), ["WouldAct", "Ended"], "{}", run.printed);
    assert!(!run.printed.contains("set to off"), "{}", run.printed);
}

#[test]
fn the_same_recording_gives_the_same_decisions() {
    let decisions = |run: &Run| -> Vec<(String, Value)> {
        let all = run.objects("decisions").into_iter();
        all.map(|d| (d["metadata"]["name"].to_string(), d["status"]["transitions"].clone())).collect()
    };
    let (one, two) = (Run::new(None, None, seasonal()), Run::new(None, None, seasonal()));
    assert_eq!(decisions(&one), decisions(&two));
}
