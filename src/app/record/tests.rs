//! Recording from a source and reading it back: the same answers, on the recording's clock.

use super::*;
use crate::app::observe::questions::Questions;
use crate::domain::model::baseline::{BaselineSpec, Season, Worse};
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{Activity, Identity, OnMissing, Signal};
use crate::domain::policy::spec::{Namespaces, Orders, ScoreSpec, Services};
use crate::edge::http::fake_server::{Answer as Reply, FakeServer};
use crate::edge::prometheus::client::Settings;
use crate::edge::recording::reader;
use crate::edge::recording::recorded::Recording;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const START: i64 = 1_795_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn signal(query: &str, activity: Option<&str>) -> Signal {
    let parse = |text: &str| Query::parse(text).unwrap();
    let baseline = BaselineSpec {
        season: Season::None,
        timezone: chrono_tz::UTC,
        confidence_percent: 95.0,
        min_deviation_absolute: 0.0,
        min_deviation_percent: 0.0,
        warmup: Duration::ZERO,
        worse: Worse::Higher,
        interval: Duration::from_secs(60),
    };
    Signal {
        name: "s".to_string(),
        query: parse(query),
        activity: activity.map(|text| Activity { query: parse(text), min: 1.0 }),
        on_missing: OnMissing::Unknown,
        identity: Identity::Labels { service: "service".to_string(), namespace: "namespace".to_string() },
        worse: Worse::Higher,
        user_facing: false,
        weight: 1.0,
        limit: None,
        unit: String::new(),
        max_age: Duration::from_secs(180),
        baseline,
        evidence: vec![],
    }
}

fn policy(signals: Vec<Signal>) -> Policy {
    Policy {
        key: PolicyKey { namespace: Some("shop".to_string()), name: "p".to_string() },
        uid: "u".to_string(),
        generation: 1,
        created: None,
        source: "default".to_string(),
        interval: Duration::from_secs(60),
        timezone: chrono_tz::UTC,
        namespaces: Namespaces::These(["shop".to_string()].into()),
        withheld: Default::default(),
        services: Services { include: vec![], exclude: vec![], forget_after: Duration::from_secs(86_400) },
        signals,
        score: ScoreSpec { passing: 85.0, warning: 70.0, min_known_percent: 50.0 },
        tiers: vec![],
        windows: vec![],
        orders: Orders::default(),
        notices: Vec::new(),
        variants: vec![],
    }
}

/// A reply with one row per element: labels as JSON, points as JSON.
fn matrix(rows: &[(&str, &str)], more: &str) -> Reply {
    let rows: Vec<String> =
        rows.iter().map(|(labels, points)| format!(r#"{{"metric":{labels},"values":{points}}}"#)).collect();
    let rows = rows.join(",");
    let body = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{rows}]}}{more}}}"#);
    Reply::reply(200, "content-type: application/json\r\n", body.as_bytes())
}

struct Outcome {
    result: Result<Summary, RecordError>,
    /// What was asked, decoded: query, start and end.
    asked: Vec<(String, String)>,
    told: Vec<(usize, u64)>,
    folder: TempDir,
}

impl Outcome {
    fn recording(&self) -> Recording {
        reader::open(&self.folder.path().join("out")).unwrap()
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

async fn record(script: Vec<Reply>, policies: &[Policy], seconds: i64, stretch: u32) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let args = Args {
        start: at(START),
        end: at(START + seconds),
        step: Duration::from_secs(1),
        stretch,
        origin: (stretch > 1).then(|| at(0)),
        out,
    };
    let server = FakeServer::start(script).await;
    let client = Client::new(Settings::new(server.url())).unwrap();
    let mut told = Vec::new();
    let result = run(args, policies, &client, &mut |p| told.push((p.number, p.instants))).await;
    Outcome { result, asked: server.requests().iter().map(|request| asked(request)).collect(), told, folder }
}

fn asked(request: &str) -> (String, String) {
    let form = request.rsplit("\r\n\r\n").next().unwrap();
    let fields: BTreeMap<String, String> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    (fields["query"].clone(), format!("{}-{}", fields["start"], fields["end"]))
}

#[tokio::test]
async fn a_stretched_recording_answers_the_policys_own_queries_on_a_slow_clock() {
    let a = r#"{"service":"a"}"#;
    let points =
        |values: [&str; 2]| format!("[[{START},\"{}\"],[{},\"{}\"]]", values[0], START + 2, values[1]);
    // Questions come by their text: the age, the activity, the value.
    let script = vec![
        matrix(&[(a, &points(["1794999999.5", "1795000001.25"]))], ""),
        matrix(&[], ""),
        matrix(&[(a, &points(["0.1", "NaN"])), (r#"{"service":"b"}"#, "[]")], ""),
    ];
    let signals = vec![signal("rate(x[5m])", Some("rate(x[1m] offset 2m)")), signal("rate(x[5m])", None)];
    let outcome = record(script, &[policy(signals)], 3, 60).await;
    let summary = outcome.result.as_ref().unwrap();
    let texts: Vec<&str> = outcome.asked.iter().map(|(query, _)| query.as_str()).collect();
    let age = "max by (namespace, service) (timestamp(x))";
    assert_eq!(texts, [age, "rate(x[1s] offset 2s)", "rate(x[5s])"]);
    assert_eq!(summary.empty, ["rate(x[1m] offset 2m)"]);
    assert_eq!((summary.queries, summary.series, summary.instants, summary.values), (3, 3, 4, 4));
    let recording = outcome.recording();
    assert_eq!(recording.queries().collect::<Vec<_>>(), [age, "rate(x[1m] offset 2m)", "rate(x[5m])"]);
    assert!(recording.instant("rate(x[5s])", at(0)).is_err(), "what was sent is not what was recorded");
    let values = |query: &str, seconds| -> Vec<String> {
        let samples = recording.instant(query, at(seconds)).unwrap().samples;
        samples.iter().map(|s| format!("{}={}", s.labels["service"], s.value)).collect()
    };
    for (query, seconds, expected) in [
        (age, 0, vec!["a=-30"]),
        (age, 120, vec!["a=75"]),
        ("rate(x[5m])", 59, vec!["a=0.1"]),
        ("rate(x[5m])", 60, vec![]),
        ("rate(x[5m])", 179, vec!["a=NaN"]),
        ("rate(x[5m])", 180, vec![]),
    ] {
        assert_eq!(values(query, seconds), expected, "{query} at {seconds}");
    }
    assert_eq!((recording.header().stretch, recording.header().step_ms), (60, 60_000));
    assert_eq!(summary.bytes, std::fs::metadata(outcome.folder.path().join("out")).unwrap().len());
}

#[tokio::test]
async fn a_long_range_is_asked_in_parts_and_a_late_row_has_gaps_before_it() {
    let last = START + 2_500;
    let late = format!("[[{last},\"7\"]]");
    let none = || matrix(&[], "");
    let outcome = record(
        vec![none(), none(), none(), matrix(&[("{}", &late)], "")],
        &[policy(vec![signal("x", None)])],
        2_500,
        1,
    )
    .await;
    let summary = outcome.result.as_ref().unwrap();
    assert_eq!((summary.instants, summary.values, summary.series), (2_501, 1, 1));
    assert_eq!(outcome.asked[2].1, format!("{START}-{}", START + 1_999));
    assert_eq!(outcome.asked[3].1, format!("{}-{last}", START + 2_000));
    assert_eq!(outcome.told, [(1, 2_000), (1, 2_501), (2, 2_000), (2, 2_501)]);
    let recording = outcome.recording();
    let held = recording.range("x", at(START), at(last), Duration::from_secs(1)).unwrap();
    assert_eq!(held.series[0].points, [(last * 1000, 7.0)]);
}

#[tokio::test]
async fn what_is_not_whole_is_not_recorded_and_leaves_no_file() {
    let policies = [policy(vec![signal("x", None)])];
    let off = format!("[[{START}.5,\"7\"]]");
    for (reply, said) in [
        (matrix(&[], r#","warnings":["a store is away"]"#), "was partial"),
        (matrix(&[("{}", &off)], ""), "which was not asked for"),
        (Reply::reply(422, "", b"{}"), "from 2026-11-18 11:06:40 UTC failed"),
    ] {
        let outcome = record(vec![reply], &policies, 9, 1).await;
        let error = outcome.result.as_ref().unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("timestamp(x)"), "{error} lacks {said}");
        assert_eq!(outcome.files(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_said_at_once_before_anything_is_asked() {
    let policies = [policy(vec![signal("rate(x[30s])", Some("rate(x[5m:])"))])];
    let outcome = record(vec![Reply::Hang], &policies, -5, 60).await;
    let error = outcome.result.as_ref().unwrap_err().to_string();
    for part in
        ["end", "signals[s].query: \"rate(x[30s])\"", "signals[s].activity.query", "HealthPolicy shop/p"]
    {
        assert!(error.contains(part), "{error} lacks {part}");
    }
    assert!(outcome.asked.is_empty());
    let outcome = record(vec![Reply::Hang], &[], 5, 1).await;
    assert!(outcome.result.unwrap_err().to_string().contains("policies"));
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_found_before_anything_is_asked() {
    let server = FakeServer::start(vec![Reply::Hang]).await;
    let client = Client::new(Settings::new(server.url())).unwrap();
    let out = Path::new("/no/such/folder/out").to_path_buf();
    let step = Duration::from_secs(1);
    let args = Args { start: at(0), end: at(9), step, stretch: 1, origin: None, out };
    let error = run(args, &[policy(vec![signal("x", None)])], &client, &mut |_| ()).await.unwrap_err();
    assert!(matches!(error, RecordError::Save { .. }));
    assert!(server.requests().is_empty());
}

#[test]
fn all_that_is_looked_at_is_recorded() {
    let signals = vec![signal("rate(x[5m]) / rate(y[5m])", Some("rate(z[1m] offset 2m)")), signal("x", None)];
    let looked_at: BTreeSet<String> = signals
        .iter()
        .flat_map(|s| Questions::of(s).texts().map(str::to_string).collect::<Vec<_>>())
        .collect();
    for stretch in [1, 60] {
        let questions = question::all(&[policy(signals.clone())], stretch).unwrap();
        assert_eq!(questions.into_iter().map(|q| q.recorded).collect::<BTreeSet<_>>(), looked_at);
    }
}
