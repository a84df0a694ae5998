//! Inquiries over servers that answer, fail and hang.

use super::ask::{Inquiry, PATIENCE, Shown, Subject};
use super::rows::rows;
use super::traces::traces;
use crate::app::observe::sample::signal;
use crate::app::observe::source::Source;
use crate::domain::model::evidence::{Evidence, ROWS_MAX, TRACES_MAX, Trail};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::series::{Exemplar, Exemplars, Labels, Sample, Vector};
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{EvidenceQuery, Signal};
use crate::edge::http::fake_server::{Answer, FakeServer};
use crate::edge::prometheus::client::{Client, Settings};
use chrono::{DateTime, Utc};
use std::time::Duration;

const NOBODY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
const NO_TRACES: &str = r#"{"status":"success","data":[]}"#;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn top() -> EvidenceQuery {
    let query = Query::parse("sum by (namespace, service, lock) (lock_wait)").unwrap();
    EvidenceQuery { name: "top".into(), query, unit: "s".into() }
}

fn with_evidence(name: &str) -> Signal {
    Signal { evidence: vec![top()], unit: "s".into(), ..signal(name, "lock_wait") }
}

fn subject(service: &str, signals: &[usize]) -> Subject {
    let shown = |signal: &usize| Shown { signal: *signal, limit: Some(1.0), trail: Trail::default() };
    Subject {
        decision: format!("{service}-cut"),
        service: ServiceKey::new("shop", service),
        signals: signals.iter().map(shown).collect(),
    }
}

fn inquiry(server: &FakeServer, subjects: Vec<Subject>) -> Inquiry {
    let settings = Settings { timeout: Duration::from_secs(5), ..Settings::new(server.url()) };
    Inquiry {
        at: at(1_700_000_000),
        source: Some(Source::Prometheus(Client::new(settings).unwrap())),
        link: None,
        signals: vec![with_evidence("wait"), with_evidence("hold"), signal("plain", "up")],
        subjects,
    }
}

fn json(body: &str) -> Answer {
    Answer::reply(200, "content-type: application/json\r\n", body.as_bytes())
}

fn only(mut found: Vec<(String, Evidence)>) -> Evidence {
    assert_eq!(found.len(), 1);
    found.remove(0).1
}

#[tokio::test]
async fn each_question_is_asked_once_for_all_episodes_that_want_it() {
    let rows = r#"{"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"namespace":"shop","service":"cart","lock":"b"},"value":[1,"2"]},
        {"metric":{"namespace":"shop","service":"cart","lock":"a"},"value":[1,"9"]},
        {"metric":{"namespace":"shop","service":"till","lock":"c"},"value":[1,"1"]},
        {"metric":{"namespace":"other","service":"cart","lock":"d"},"value":[1,"5"]}]}}"#;
    let server = FakeServer::start(vec![json(rows), json(NO_TRACES)]).await;
    let subjects = vec![subject("cart", &[0, 1]), subject("till", &[0])];
    let found = inquiry(&server, subjects).ask(PATIENCE).await;
    // The rows, which two signals ask for, and the exemplars of each.
    assert_eq!(server.requests().len(), 3, "{:#?}", server.requests());
    let locks = |evidence: &Evidence| -> Vec<String> {
        evidence.signals[0].rows.iter().map(|row| format!("{}={}", row.labels["lock"], row.value)).collect()
    };
    assert_eq!(found[0].0, "cart-cut");
    assert_eq!(locks(&found[0].1), ["a=9", "b=2"], "the largest first, none of another namespace");
    assert_eq!(locks(&found[1].1), ["c=1"]);
    let row = &found[0].1.signals[0].rows[0];
    assert_eq!((row.query.as_str(), row.unit.as_str(), row.labels.len()), ("top", "s", 1));
    assert_eq!(found[0].1.troubles, Vec::<String>::new());
}

#[tokio::test]
async fn exemplars_of_one_service_are_asked_for_it_alone() {
    let server = FakeServer::start(vec![json(NOBODY), json(NO_TRACES)]).await;
    inquiry(&server, vec![subject("cart", &[0])]).ask(PATIENCE).await;
    let asked = server.requests().pop().unwrap();
    assert!(asked.starts_with("POST /api/v1/query_exemplars"), "{asked}");
    assert!(asked.contains("namespace%3D%22shop%22") && asked.contains("service%3D%22cart%22"), "{asked}");
    assert!(asked.contains("start=1699999700&end=1700000000"), "{asked}");
}

#[tokio::test]
async fn a_failure_is_said_and_the_rest_is_there_all_the_same() {
    let server = FakeServer::start(vec![
        Answer::reply(422, "", br#"{"errorType":"execution","error":"secret"}"#),
        json(NO_TRACES),
    ])
    .await;
    let evidence = only(inquiry(&server, vec![subject("cart", &[0, 2])]).ask(PATIENCE).await);
    assert_eq!(evidence.signals.len(), 2);
    assert_eq!(evidence.signals[0].query, "lock_wait");
    let [trouble] = evidence.troubles.as_slice() else { panic!("{:?}", evidence.troubles) };
    assert!(trouble.starts_with("evidence top: ") && trouble.contains("422 (execution)"), "{trouble}");
    assert!(!trouble.contains("secret"));
}

#[tokio::test]
async fn a_source_that_hangs_costs_the_deadline_and_nothing_else() {
    let server = FakeServer::start(vec![Answer::Hang]).await;
    let asking = inquiry(&server, vec![subject("cart", &[0])]).ask(Duration::from_millis(100));
    let evidence = only(tokio::time::timeout(Duration::from_secs(5), asking).await.expect("it ends"));
    assert_eq!(
        evidence.troubles,
        ["evidence top: no answer within 100ms", "evidence: trace ids of wait: no answer within 100ms"]
    );
}

#[tokio::test]
async fn without_a_source_the_trail_alone_is_shown() {
    let server = FakeServer::start(vec![Answer::Hang]).await;
    let inquiry = Inquiry { source: None, ..inquiry(&server, vec![subject("cart", &[0])]) };
    let evidence = only(inquiry.ask(PATIENCE).await);
    assert_eq!(evidence.troubles, ["evidence: its source is not there any more"]);
    assert_eq!((evidence.signals.len(), evidence.signals[0].limit), (1, Some(1.0)));
}

#[test]
fn of_many_rows_the_largest_are_kept_and_none_that_is_no_number() {
    let sample = |value: f64| Sample {
        labels: labels(&[("namespace", "shop"), ("service", "cart"), ("__name__", "x"), ("lock", "l")]),
        value,
    };
    let values = (0..30).map(f64::from).chain([f64::NAN, f64::INFINITY]);
    let vector = Vector { samples: values.map(sample).collect(), ..Vector::default() };
    let found = rows(&top(), &with_evidence("wait").identity, &ServiceKey::new("shop", "cart"), &vector);
    assert_eq!((found.len(), found[0].value), (ROWS_MAX, 29.0));
    assert_eq!(found[0].labels, labels(&[("lock", "l")]));
}

#[test]
fn the_worst_traces_are_kept_once_each_under_any_of_their_names() {
    let exemplar = |name: &str, id: &str, value: f64, second: i64| Exemplar {
        at: second * 1000,
        value,
        labels: labels(&[(name, id), ("route", "/pay")]),
    };
    let own = Exemplars {
        labels: labels(&[("namespace", "shop"), ("service", "cart"), ("le", "0.5"), ("pod", "a")]),
        exemplars: vec![
            exemplar("trace_id", "aa", 0.4, 1),
            exemplar("trace_id", "aa", 0.4, 2),
            exemplar("traceID", "bb", 0.9, 1),
            exemplar("traceId", "cc", 0.9, 3),
            exemplar("span_id", "dd", 9.0, 3),
            exemplar("trace_id", "not an id](https://evil)", 9.0, 3),
            exemplar("trace_id", "", 9.0, 3),
            exemplar("trace_id", "ee", f64::NAN, 3),
        ],
    };
    let foreign = Exemplars {
        labels: labels(&[("namespace", "shop"), ("service", "till")]),
        exemplars: vec![exemplar("trace_id", "ff", 99.0, 1)],
    };
    let link = LinkTemplate::parse("https://t.example/{{traceId}}", &["traceId"]).unwrap();
    let identity = with_evidence("wait").identity;
    let cart = ServiceKey::new("shop", "cart");
    let found = traces(&[foreign, own.clone()], &identity, &cart, Some(&link));
    let ids: Vec<&str> = found.iter().map(|trace| trace.id.as_str()).collect();
    assert_eq!(ids, ["cc", "bb", "aa"]);
    assert_eq!(found[2].at, at(2), "the newer of two that are alike");
    assert_eq!(found[0].labels, labels(&[("pod", "a"), ("route", "/pay")]));
    assert_eq!(found[0].link.as_deref(), Some("https://t.example/cc"));

    let many = (0..20).map(|n| exemplar("trace_id", &format!("{n}"), f64::from(n), 1)).collect();
    let many = Exemplars { exemplars: many, ..own };
    assert_eq!(traces(&[many], &identity, &cart, None).len(), TRACES_MAX);
}
