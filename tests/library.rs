//! Each policy of policies/library on a recording: all of its tiers engage in the incident, none before it.
//!
//! tests/data/recordings/README.md says where the recordings come from. The policies are replayed as they
//! ship, so they observe: engaging is WouldAct.

use chrono::{DateTime, TimeDelta, Utc};
use flyball::app::cycle::make::seasonal;
use flyball::app::observe::observer::Observer;
use flyball::app::observe::source::Source;
use flyball::app::replay::once::{self, Watch};
use flyball::app::replay::outcome::Outcome;
use flyball::app::replay::play::setting::{Setting, default_governor};
use flyball::app::replay::play::stage::{Stage, Tick};
use flyball::app::standalone::load::load;
use flyball::edge::recording::reader;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Nobody looks on.
struct Nobody;

impl Watch for Nobody {
    fn saw(&mut self, _: &Tick, _: &Stage) {}
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Replays the policy `name` of the library on its recording.
fn replayed(name: &str) -> Outcome {
    let loaded = load(&root(&format!("policies/library/{name}.yaml"))).unwrap();
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let recording = reader::open(&root(&format!("tests/data/recordings/{name}.jsonl.gz")));
    let recording = recording.unwrap_or_else(|error| panic!("{name}: {error}"));
    let span = (recording.header().start, recording.header().end());
    let mut setting = Setting::new(loaded.policies, span, seasonal());
    setting.governor = Some(default_governor());
    let source = Source::Recording(Arc::new(recording));
    let observer = Observer::new([("default".to_string(), source)].into(), 4);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(once::replay(setting, observer, None, (&mut Nobody, &mut |_| {})))
}

/// `calm` is how much of the recording, which begins on 2 November 2026, is calm.
fn engages_in_the_incident_only(name: &str, calm: TimeDelta) {
    let outcome = replayed(name);
    let began: DateTime<Utc> = "2026-11-02T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + calm;
    let engaged: BTreeSet<&str> = outcome
        .decisions
        .iter()
        .filter(|decision| decision.transitions.iter().any(|step| step.phase == "WouldAct"))
        .map(|decision| decision.tier.as_str())
        .collect();
    let tiers: BTreeSet<&str> = outcome.tiers.iter().map(|tier| tier.tier.as_str()).collect();
    let told: Vec<_> =
        outcome.decisions.iter().map(|d| (&d.tier, d.started.to_rfc3339(), &d.transitions)).collect();
    assert_eq!(engaged, tiers, "{name}: {told:#?}\n{:#?}", outcome.refusals);
    let early: Vec<_> = outcome.decisions.iter().filter(|decision| decision.started < began).collect();
    assert!(early.is_empty(), "{name} is calm until {began}: {early:#?}");
    for signal in &outcome.signals {
        assert_eq!(signal.failure, None, "{name}: {}", signal.signal);
        assert!(signal.fresh > 0, "{name}: {} was never fresh: {:?}", signal.signal, signal.why);
    }
}

#[test]
fn go() {
    engages_in_the_incident_only("go", TimeDelta::minutes(1500));
}

#[test]
fn inventory() {
    engages_in_the_incident_only("inventory", TimeDelta::minutes(20));
}

#[test]
fn istio() {
    engages_in_the_incident_only("istio", TimeDelta::minutes(1500));
}

#[test]
fn jvm_micrometer_hikaricp() {
    engages_in_the_incident_only("jvm-micrometer-hikaricp", TimeDelta::minutes(1530));
}

#[test]
fn kafka_consumers() {
    engages_in_the_incident_only("kafka-consumers", TimeDelta::minutes(1500));
}

#[test]
fn thread_pool() {
    engages_in_the_incident_only("thread-pool", TimeDelta::minutes(1560));
}

#[test]
fn tokio_services() {
    engages_in_the_incident_only("tokio", TimeDelta::minutes(1500));
}
