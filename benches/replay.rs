//! How fast the past goes by: a day of 100 services with 6 signals every 30 s, and two weeks of it.
//!
//! The day is measured by criterion. The two weeks are replayed once, with `-- --weeks`: they say
//! how long they took and how much memory, reading the recording included, and fail above 500 MB.

// A benchmark reads the machine's clock.
#![allow(clippy::disallowed_methods)]

use chrono::{DateTime, TimeDelta, Utc};
use criterion::Criterion;
use flyball::app::cycle::make::seasonal;
use flyball::app::observe::observer::Observer;
use flyball::app::observe::questions::Questions;
use flyball::app::observe::source::Source;
use flyball::app::replay::once::{self, Watch};
use flyball::app::replay::outcome::Outcome;
use flyball::app::replay::play::setting::{Setting, default_governor};
use flyball::app::replay::play::stage::{Stage, Tick};
use flyball::app::standalone::load::load_texts;
use flyball::domain::policy::spec::Policy;
use flyball::edge::recording::header::{FORMAT, Header};
use flyball::edge::recording::reader;
use flyball::edge::recording::recorded::Recording;
use flyball::edge::recording::writer::Writer;
use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SERVICES: usize = 100;
const SIGNALS: usize = 6;
const STEP: u64 = 30;
const DAY: u64 = 86_400 / STEP;
/// Most memory that two weeks may take.
const MEMORY_MAX: u64 = 500 << 20;

fn main() {
    if std::env::args().any(|argument| argument == "--weeks") {
        return weeks();
    }
    let recording = Arc::new(recording(DAY));
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("replay");
    group.measurement_time(Duration::from_secs(60)).sample_size(10);
    group.bench_function("a day of 100 services with 6 signals at 30 s", |bencher| {
        bencher.iter(|| replay(recording.clone()));
    });
    group.finish();
    criterion.final_summary();
}

fn weeks() {
    let recording = Arc::new(recording(14 * DAY));
    let began = Instant::now();
    let outcome = replay(recording);
    let (seconds, peak) = (began.elapsed().as_secs_f64(), peak());
    println!(
        "14 days: {} readings, {} decisions, {seconds:.1} s, {} MB at most",
        outcome.readings,
        outcome.decisions.len(),
        peak >> 20
    );
    assert!(peak < MEMORY_MAX, "{peak} bytes");
}

fn replay(recording: Arc<Recording>) -> Outcome {
    let span = (recording.header().start, recording.header().end());
    let mut setting = Setting::new(vec![policy()], span, seasonal());
    setting.governor = Some(default_governor());
    let source = Source::Recording(recording);
    let observer = Observer::new([("default".to_string(), source)].into(), 2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(once::replay(setting, observer, None, (&mut Nobody, &mut |_| {})))
}

struct Nobody;

impl Watch for Nobody {
    fn saw(&mut self, _: &Tick, _: &Stage) {}
}

/// Two tiers over six signals with daily rhythms.
fn policy() -> Policy {
    let signals: String = (0..SIGNALS)
        .map(|i| format!("  - {{name: s{i}, query: \"sum by (namespace, service) (s{i})\", facing: User, baseline: {{season: Day}}}}\n"))
        .collect();
    let text = format!(
        "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n  mode: Enforce\n  \
         interval: {STEP}s\n  signals:\n{signals}  tiers:\n  \
         - name: shed\n    level: Degrade\n    when: {{any: [{{signal: s0, anomalous: {{}}}}, {{score: {{below: 50, for: 5m}}}}]}}\n    \
         actions: [{{name: a, flag: {{providerRef: {{name: flags}}, key: \"{{{{service}}}}-shed\", fallback: \"on\"}}}}]\n  \
         - name: cut\n    level: Fuse\n    when: {{all: [{{signal: s1, anomalous: {{}}}}, {{signal: s2, above: {{value: 300, for: 2m}}}}]}}\n    \
         actions: [{{name: a, flag: {{providerRef: {{name: flags}}, key: \"{{{{service}}}}-cut\", fallback: \"off\"}}}}]\n"
    );
    let mut loaded = load_texts(&[("policy.yaml", &text)]);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.policies.remove(0)
}

/// What a source would have answered: waves with noise, an incident a day, scrapes with jitter.
fn recording(count: u64) -> Recording {
    let start: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().expect("an instant");
    let header = Header {
        format: FORMAT.to_string(),
        start,
        step_ms: STEP * 1000,
        count,
        stretch: 1,
        origin: "a benchmark".to_string(),
        made_by: "flyball".to_string(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("recording.jsonl.gz");
    let file = BufWriter::new(File::create(&path).expect("a file"));
    let mut writer = Writer::quick(file, &header).expect("a header");
    let mut chance = Chance(7);
    for (index, signal) in policy().signals.iter().enumerate() {
        let questions = Questions::of(signal);
        for service in 0..SERVICES {
            let labels = [("namespace", "shop".to_string()), ("service", format!("service-{service:03}"))];
            let labels = labels.map(|(name, value)| (name.to_string(), value)).into();
            let values: Vec<_> = (0..count).map(|i| Some(value(i, index, service, &mut chance))).collect();
            writer.row(&questions.value, &labels, &values).expect("a row");
            let ages: Vec<_> = (0..count).map(|i| Some(scraped(start, i, service))).collect();
            writer.row(&questions.ages[0], &labels, &ages).expect("a row");
        }
    }
    drop(writer.finish().expect("an end"));
    reader::open(&path).expect("what was written can be read")
}

fn value(i: u64, signal: usize, service: usize, chance: &mut Chance) -> f64 {
    let day = (i % DAY) as f64 / DAY as f64;
    let wave = 50.0 + 20.0 * (day * std::f64::consts::TAU).sin() + signal as f64;
    let ill = (i + 29 * service as u64) % DAY < 40 && i > DAY / 2;
    wave * if ill { 4.0 } else { 1.0 } + 5.0 * chance.next()
}

fn scraped(start: DateTime<Utc>, i: u64, service: usize) -> f64 {
    let at = start + TimeDelta::seconds((i * STEP) as i64)
        - TimeDelta::milliseconds(137 * (service as i64 % 60) + (i % 3) as i64);
    at.timestamp_millis() as f64 / 1000.0
}

/// Most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.expect("Linux tells") * 1024
}

/// A small generator (SplitMix64) that repeats.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}
