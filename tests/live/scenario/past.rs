//! The past of a real Prometheus, replayed from outside: back-filled, with an incident and a gap.
//!
//! What was fetched stays on disk: a replay goes on after Prometheus was away, and needs it no
//! more once it has everything.

use super::super::prometheus::Prometheus;
use super::super::tools::Tools;
use super::super::wait::epoch;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

const MINUTE: u64 = 60;
const HOURS: u64 = 40;
/// Minutes from the start.
const INCIDENT: std::ops::Range<u64> = 2_000..2_040;
const GAP: std::ops::Range<u64> = 1_600..1_630;

const POLICY: &str = r#"
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: load, namespace: past}
spec:
  mode: Enforce
  interval: 1m
  signals:
  - {name: load, query: "sum by (namespace, service) (load)", facing: User, baseline: {season: None, warmup: 6h}}
  - {name: never, query: "sum by (namespace, service) (no_such_metric)"}
  tiers:
  - name: ease
    level: Degrade
    when: {any: [{signal: load, anomalous: {}}]}
    recover: {for: 5m}
    actions: [{name: ease, flag: {providerRef: {name: flags}, key: "{{service}}-ease", fallback: "on"}}]
"#;

/// Plays it.
pub fn run(tools: &Tools) {
    let folder = tempfile::tempdir().expect("a folder");
    let start = epoch() as u64 / 3600 * 3600 - HOURS * 3600;
    backfill(tools, folder.path(), start);
    std::fs::write(folder.path().join("policy.yaml"), POLICY).expect("a file can be written");
    let labels = format!(
        "start,end,service\n{},{},api\n",
        start + INCIDENT.start * MINUTE,
        start + INCIDENT.end * MINUTE
    );
    std::fs::write(folder.path().join("labels.csv"), labels).expect("a file can be written");
    let prometheus = Prometheus::prepare(&tools.prometheus, folder.path(), &[]);
    prometheus.start();
    let replay = || replay(tools, folder.path(), &prometheus.url(), start);

    let first = outcome(&replay());
    seen(&first, start);
    let cached = || std::fs::read_dir(folder.path().join("cache")).expect("the cache is there").flatten();
    assert!(cached().count() > 6, "a part for each question and window");

    prometheus.kill();
    assert_eq!(outcome(&replay()), first, "all of it was kept");

    let lost = cached().next().expect("there are parts").path();
    std::fs::remove_file(&lost).expect("a part can be removed");
    let failed = replay();
    let said = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("replay again to go on"), "{said}");

    prometheus.start();
    assert_eq!(outcome(&replay()), first, "it goes on where it was");
}

/// The incident is found, and nothing else; the gap and the metric that never was are told.
fn seen(outcome: &Value, start: u64) {
    let decisions = outcome["decisions"].as_array().expect("decisions");
    assert_eq!(decisions.len(), 1, "{outcome}");
    let began: chrono::DateTime<chrono::Utc> =
        decisions[0]["started"].as_str().and_then(|at| at.parse().ok()).expect("an instant");
    let minute = (began.timestamp() as u64 - start) / MINUTE;
    assert!(INCIDENT.contains(&minute), "cut in minute {minute}");
    assert_eq!(outcome["accuracy"]["flyball"]["found"], 1, "{outcome}");
    let signal = |name: &str| {
        let signals = outcome["signals"].as_array().expect("signals").iter();
        signals.clone().find(|signal| signal["signal"] == name).expect("the signal is told").clone()
    };
    let gap = signal("load")["unknownMinutes"].as_f64().expect("minutes");
    // Prometheus looks five minutes back; then its samples are older than maxAge allows.
    assert!((20.0..40.0).contains(&gap), "{gap} minutes Unknown");
    assert_eq!(signal("never")["unknownPercent"], 100.0, "no reading is no knowledge");
}

fn replay(tools: &Tools, folder: &Path, url: &str, start: u64) -> Output {
    let mut command = Command::new(&tools.flyball);
    command.arg("replay").arg("--policy").arg(folder.join("policy.yaml"));
    command.args(["--prometheus", url, "--since", &format!("{}h", HOURS - 6), "-o", "json"]);
    command.args(["--until", &(start + HOURS * 3600 - 60).to_string()]);
    command.arg("--labels").arg(folder.join("labels.csv")).arg("--cache").arg(folder.join("cache"));
    command.output().expect("the program can be started")
}

fn outcome(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Minute by minute as OpenMetrics text, of which promtool makes blocks.
fn backfill(tools: &Tools, folder: &Path, start: u64) {
    let mut text = String::new();
    for minute in (0..HOURS * 60).filter(|minute| !GAP.contains(minute)) {
        let calm = 100.0 + (minute * 7 % 11) as f64;
        let value = if INCIDENT.contains(&minute) { 5.0 * calm } else { calm };
        writeln!(text, "load{{namespace=\"past\",service=\"api\"}} {value} {}", start + minute * MINUTE)
            .expect("a string takes all");
    }
    text.push_str("# EOF\n");
    let file = folder.join("past.txt");
    std::fs::write(&file, text).expect("a file can be written");
    let mut promtool = Command::new(&tools.promtool);
    promtool
        .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
        .arg(&file)
        .arg(folder.join("tsdb"));
    let made = promtool.output().expect("promtool can be started");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
