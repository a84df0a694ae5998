//! Looks and history over recordings, and over servers that fail.

use super::*;
use crate::app::observe::sample::{age_of, policy, signal, with_activity};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::{Reading, Rejection};
use crate::domain::model::series::Labels;
use crate::edge::http::fake_server::{Answer, FakeServer};
use crate::edge::prometheus::client::{Client, Settings};
use crate::edge::recording::header::{FORMAT, Header};
use crate::edge::recording::reader;
use crate::edge::recording::recorded::Recording;
use crate::edge::recording::writer::Writer;
use proptest::prelude::*;
use std::sync::Arc;

/// Cells along the grid, from second 0 in steps of 10 s.
type Cells = Vec<Option<f64>>;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn recording(questions: &[&str], rows: &[(&str, &str, Cells)]) -> Recording {
    let header = Header {
        format: FORMAT.into(),
        start: at(0),
        step_ms: 10_000,
        count: rows[0].2.len() as u64,
        stretch: 1,
        origin: String::new(),
        made_by: String::new(),
    };
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    questions.iter().for_each(|question| writer.asked(question).unwrap());
    for (question, service, cells) in rows {
        let labels = [("namespace", "shop"), ("service", service)];
        let labels: Labels = labels.map(|(k, v)| (k.to_string(), v.to_string())).into();
        writer.row(question, &labels, cells).unwrap();
    }
    reader::read(writer.finish().unwrap().as_slice()).unwrap()
}

fn observer(source: Source) -> Observer {
    Observer::new(BTreeMap::from([("default".to_string(), source)]), 4)
}

fn over(recording: Recording) -> Observer {
    observer(Source::Recording(Arc::new(recording)))
}

async fn live(server: &FakeServer, timeout: Duration) -> Observer {
    let settings = Settings { timeout, ..Settings::new(server.url()) };
    observer(Source::Prometheus(Client::new(settings).unwrap()))
}

#[tokio::test]
async fn equal_questions_of_all_policies_are_asked_once() {
    let body = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    let server = FakeServer::start(vec![Answer::reply(200, "", body.as_bytes())]).await;
    let mut observer = live(&server, Duration::from_secs(2)).await;
    let one = policy(vec![signal("a", "m"), with_activity(signal("b", "rate(m[1m])"), "r", 1.0)]);
    let mut other = policy(vec![signal("c", " m "), signal("d", "r")]);
    other.key.name = "other".into();
    let look = observer.look(at(0), &[&one, &other]).await;
    assert_eq!(look.rows.len(), 2);
    assert!(look.rows.values().all(|row| row.failures.is_empty()));
    // m, rate(m[1m]), r, and the ages of m and r.
    assert_eq!(server.requests().len(), 5, "{:#?}", server.requests());
}

#[tokio::test]
async fn a_source_that_hangs_costs_one_interval_and_no_other_source() {
    let server = FakeServer::start(vec![Answer::Hang]).await;
    let settings = Settings { timeout: Duration::from_secs(60), ..Settings::new(server.url()) };
    let cells = vec![Some(1.0); 3];
    let good = recording(&[], &[("m", "a", cells.clone()), (&age_of("m"), "a", cells)]);
    let mut observer = Observer::new(
        BTreeMap::from([
            ("slow".to_string(), Source::Prometheus(Client::new(settings).unwrap())),
            ("default".to_string(), Source::Recording(Arc::new(good))),
        ]),
        1,
    );
    let fast = policy(vec![signal("s", "m")]);
    let mut slow = policy(vec![signal("s", "m")]);
    (slow.key.name, slow.source) = ("slow".into(), "slow".into());
    slow.interval = Duration::from_secs(1);
    let both = [&fast, &slow];
    let looking = tokio::time::timeout(Duration::from_secs(5), observer.look(at(0), &both));
    let look = looking.await.expect("it ends with the shortest interval");
    assert_eq!(look.rows[&fast.key].services[&ServiceKey::new("shop", "a")], [Reading::Fresh(1.0)]);
    let failures = &look.rows[&slow.key].failures;
    assert_eq!(failures[0], ("s".to_string(), "`m`: no answer within 1s".to_string()));
}

#[tokio::test]
async fn a_failure_is_said_with_signal_question_and_cause() {
    let cells = vec![Some(1.0); 3];
    let mut observer = over(recording(&[], &[("m", "a", cells.clone()), (&age_of("m"), "a", cells)]));
    let policy = policy(vec![signal("known", "m"), signal("unknown", "n")]);
    let look = observer.look(at(0), &[&policy]).await.rows.remove(&policy.key).unwrap();
    let readings = &look.services[&ServiceKey::new("shop", "a")];
    assert_eq!(*readings, [Reading::Fresh(1.0), Reading::Rejected(Rejection::SourceFailed)]);
    assert_eq!(look.rejected[&("unknown".to_string(), Rejection::SourceFailed)], 1);
    assert_eq!(look.failures[0].0, "unknown");
    assert!(look.failures[0].1.contains("does not know the query `n`"), "{:?}", look.failures);

    let mut elsewhere = policy.clone();
    elsewhere.source = "gone".into();
    let look = observer.look(at(10), &[&elsewhere]).await.rows.remove(&policy.key).unwrap();
    assert!(look.failures[0].1.contains("`gone` is not configured"), "{:?}", look.failures);
}

#[tokio::test]
async fn history_of_a_blind_source_is_an_error_and_not_an_empty_past() {
    let server = FakeServer::start(vec![Answer::reply(500, "", b"{\"errorType\":\"internal\"}")]).await;
    let mut observer = live(&server, Duration::from_secs(2)).await;
    let policy = policy(vec![signal("s", "m")]);
    let error =
        observer.history(&policy, at(0), at(100), |_, _| panic!("nothing was seen")).await.unwrap_err();
    assert!(error.to_string().contains("status 500 (internal)"), "{error}");
    assert!(observer.seen().is_empty());
}

#[tokio::test]
async fn history_longer_than_a_chunk_has_every_instant_once() {
    let count = 2500;
    let cells: Cells = (0..count).map(|i| Some(f64::from(i))).collect();
    let ages: Cells = (0..count).map(|i| Some(f64::from(i) * 10.0)).collect();
    let mut observer = over(recording(&[], &[("m", "a", cells), (&age_of("m"), "a", ages)]));
    let policy = policy(vec![signal("s", "m")]);
    let mut next = 0;
    let each = |when: DateTime<Utc>, look: PolicyLook| {
        assert_eq!(when, at(next * 10));
        assert_eq!(look.services[&ServiceKey::new("shop", "a")], [Reading::Fresh(next as f64)]);
        next += 1;
    };
    observer.history(&policy, at(0), at(24_995), each).await.unwrap();
    assert_eq!(next, 2500);
}

#[tokio::test]
async fn history_does_not_know_the_future() {
    let cells: Cells = vec![None, None, None, Some(1.0), Some(1.0)];
    let ages: Cells = vec![None, None, None, Some(30.0), Some(40.0)];
    let mut observer = over(recording(&[], &[("m", "a", cells), (&age_of("m"), "a", ages)]));
    let policy = policy(vec![signal("s", "m")]);
    observer.look(at(40), &[&policy]).await;
    let mut services = Vec::new();
    observer.history(&policy, at(0), at(30), |_, look| services.push(look.services.len())).await.unwrap();
    assert_eq!(services, [0, 0, 0, 1]);
    let seen = &observer.seen()[&policy.key].services[&ServiceKey::new("shop", "a")];
    assert_eq!(seen.any.last, at(40), "what was seen later stays known");
}

fn cells(values: Vec<f64>) -> impl Strategy<Value = Cells> {
    prop::collection::vec(prop::option::weighted(0.7, prop::sample::select(values)), 30)
}

fn value_cells() -> impl Strategy<Value = Cells> {
    cells(vec![0.0, 0.2, 3.0, f64::NAN, f64::INFINITY])
}

fn age_cells() -> impl Strategy<Value = Cells> {
    let lags = cells(vec![0.0, 5.0, 30.0, 31.0, 200.0]);
    lags.prop_map(|lags| {
        lags.iter().enumerate().map(|(i, lag)| lag.map(|lag| i as f64 * 10.0 - lag)).collect()
    })
}

proptest! {
    /// What streaks and baselines are rebuilt from after a restart is what was judged live.
    #[test]
    fn history_gives_the_very_readings_that_live_looks_gave(
        m in prop::collection::vec((value_cells(), age_cells()), 2),
        r in prop::collection::vec((value_cells(), age_cells()), 2),
    ) {
        let (age_m, age_r) = (age_of("m"), age_of("r"));
        let mut rows = Vec::new();
        for (service, ((m, m_age), (r, r_age))) in ["a", "b"].into_iter().zip(m.into_iter().zip(r)) {
            let all = [("m", m), (&age_m, m_age), ("r", r), (&age_r, r_age)];
            rows.extend(all.map(|(question, cells)| (question, service, cells)));
        }
        let recording = recording(&["m", "r", &age_m, &age_r], &rows);
        let policy = policy(vec![with_activity(signal("one", "m"), "r", 0.5), signal("two", "r")]);
        let (mut one, mut other) = (over(recording.clone()), over(recording));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut live, mut past) = (Vec::new(), Vec::new());
            for seconds in (0..300).step_by(10) {
                let mut look = one.look(at(seconds), &[&policy]).await;
                live.push((at(seconds), look.rows.remove(&policy.key).unwrap()));
            }
            other.history(&policy, at(0), at(290), |at, look| past.push((at, look))).await.unwrap();
            assert_eq!(live, past);
            assert_eq!(one.seen(), other.seen());
        });
    }
}
