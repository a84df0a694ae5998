//! Reports to look at: the demo's own, a large one, a hostile one and an empty one.

use chrono::{DateTime, TimeDelta, Utc};
use flyball::app::cycle::make::seasonal;
use flyball::app::observe::observer::Observer;
use flyball::app::observe::source::Source;
use flyball::app::replay::once;
use flyball::app::replay::outcome::{DecisionTold, Outcome, StepTold};
use flyball::app::replay::play::setting::{Setting, default_governor};
use flyball::app::replay::report::collect::{Collect, Drawn};
use flyball::app::replay::report::detail::Tape;
use flyball::app::replay::report::page::page;
use flyball::app::replay::report::thin::Bucket;
use flyball::app::standalone::load::load_texts;
use flyball::domain::model::id::ServiceKey;
use flyball::domain::policy::spec::Policy;
use flyball::edge::recording::reader;
use std::sync::Arc;
use std::time::Duration;

/// Services of the large report.
pub const SERVICES: usize = 50;
const RECORDING: &[u8] = include_bytes!("../../policies/demo/recording.jsonl.gz");
const POLICY: &str = include_str!("../../policies/demo/inventory.yaml");

fn policies() -> Vec<Policy> {
    let loaded = load_texts(&[("inventory.yaml", POLICY)]);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.policies
}

/// What `flyball replay --report` writes for the demo.
pub fn demo() -> String {
    let recording = reader::read(RECORDING).unwrap();
    let span = (recording.header().start, recording.header().end());
    let mut setting = Setting::new(policies(), span, seasonal());
    setting.governor = Some(default_governor());
    let source = Source::Recording(Arc::new(recording));
    let observer = Observer::new([("default".to_string(), source)].into(), 2);
    let mut collect = Collect::new(span.0, span.1, Duration::from_secs(60));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(once::replay(setting, observer, None, (&mut collect, &mut |_| {})));
    collect.finish();
    page(&outcome, &policies(), &collect)
}

/// A thousand decisions of fifty services in thirty days, one reading of them wild.
pub fn large() -> String {
    let start: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().unwrap();
    let end = start + TimeDelta::days(30);
    let policies = policies();
    let mut collect = Collect::new(start, end, Duration::from_secs(60));
    for service in 0..SERVICES {
        let key = (policies[0].key.clone(), ServiceKey::new("shop", format!("service-{service:02}")));
        let signals: Vec<usize> = policies[0].signals.iter().map(|_| collect.thin.add()).collect();
        let score = collect.thin.add();
        for minute in 0..30 * 24 * 60i64 {
            let at = start.timestamp_millis() + minute * 60_000;
            let wave = 50.0 + 20.0 * (minute as f64 * std::f64::consts::TAU / 1440.0).sin();
            for signal in &signals {
                let value = wave + (minute * 7 % 13) as f64;
                let wild = *signal == signals[0] && minute == 20_000;
                let bucket = Bucket {
                    lower: (wave - 10.0) as f32,
                    upper: (wave + 20.0) as f32,
                    ..Bucket::number(Some(if wild { 1e6 } else { value }))
                };
                collect.thin.put(*signal, at, bucket);
            }
            collect.thin.put(score, at, Bucket::number(Some(95.0)));
        }
        collect.services.insert(key, Drawn { signals, score, tape: Tape::default() });
    }
    collect.finish();
    let decisions = (0..1_000).map(|index| {
        let started = start + TimeDelta::minutes(43 * index);
        decision(
            &format!("service-{:02}", index % SERVICES as i64),
            index,
            started,
            "ConditionTrue: it was so",
        )
    });
    let outcome = Outcome {
        from: start,
        to: end,
        source: "recording large".into(),
        decisions: decisions.collect(),
        ..Outcome::default()
    };
    page(&outcome, &policies, &collect)
}

/// Names and reasons that would break out of a page that trusts them.
pub fn hostile() -> String {
    let start: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().unwrap();
    let evil =
        "Evil: </script><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script><!-- \u{2028}";
    let decisions = vec![decision("<b onclick=window.hacked=1>", 1, start, evil)];
    let outcome = Outcome {
        from: start,
        to: start + TimeDelta::hours(1),
        source: evil.to_string(),
        assumes: vec![evil.to_string()],
        decisions,
        ..Outcome::default()
    };
    page(&outcome, &policies(), &Collect::new(outcome.from, outcome.to, Duration::from_secs(60)))
}

/// Nothing was seen at all.
pub fn empty() -> String {
    let start: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().unwrap();
    let outcome = Outcome { from: start, to: start + TimeDelta::days(1), ..Outcome::default() };
    page(&outcome, &policies(), &Collect::new(outcome.from, outcome.to, Duration::from_secs(60)))
}

fn decision(service: &str, index: i64, started: DateTime<Utc>, reason: &str) -> DecisionTold {
    let ended = started + TimeDelta::minutes(20);
    let step = |at, phase: &str| StepTold { at, phase: phase.to_string(), reasons: vec![reason.to_string()] };
    DecisionTold {
        name: format!("decision-{index}"),
        policy: "shop/inventory".into(),
        namespace: "shop".into(),
        service: service.into(),
        tier: if index % 3 == 0 { "local-cache" } else { "strong-check" }.into(),
        level: if index % 3 == 0 { "Degrade" } else { "Fuse" }.into(),
        mode: "Enforce".into(),
        started,
        ended: Some(ended),
        phase: "Ended".into(),
        outcome: Some("Restored".into()),
        minutes: 20.0,
        held_minutes: 17.0,
        relapses: 0,
        flags: vec![format!("{service}-check=off")],
        budgets: vec![],
        acted: true,
        transitions: vec![step(started, "Acting"), step(started, "Holding"), step(ended, "Ended")],
        incidents: None,
    }
}
