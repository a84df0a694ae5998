//! Faults that a real API server cannot be made to show: no answer, half an answer, too much of
//! one, and a status that cannot be written. The server is a script.

use super::mirror::{Bare, Mirror};
use super::store::Cluster;
use super::watch::{Subject, follow};
use crate::edge::crd::kind::service_health::{ServiceHealth, ServiceHealthSpec, ServiceHealthStatus};
use crate::edge::http::fake_server::{Answer, FakeServer};
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::connect;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::fence::Fence;
use crate::edge::kube::place::Place;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

async fn kube(server: &FakeServer) -> Kube {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server.url()}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]});
    std::fs::write(&path, config.to_string()).unwrap();
    // Other tests may have chosen the same provider before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Kube::new(&connect(Some(&path)).await.unwrap()).within(Duration::from_millis(500))
}

fn answer(code: u16, body: &Value) -> Answer {
    Answer::reply(code, "content-type: application/json\r\n", body.to_string().as_bytes())
}

fn refusal(code: u16, reason: &str) -> Answer {
    let details = json!({"name": "cart", "kind": "servicehealths"});
    answer(code, &json!({"kind": "Status", "code": code, "reason": reason, "details": details}))
}

fn health(version: &str, score: Option<f64>) -> ServiceHealth {
    let mut health = ServiceHealth::new("cart", ServiceHealthSpec { service: "cart".into() });
    health.metadata.namespace = Some("shop".into());
    health.metadata.resource_version = Some(version.into());
    health.status = score.map(|score| ServiceHealthStatus { score: Some(score), ..Default::default() });
    health
}

fn stored(version: &str, score: Option<f64>) -> Answer {
    answer(200, &serde_json::to_value(health(version, score)).unwrap())
}

/// Method and path of each request.
fn asked(server: &FakeServer) -> Vec<String> {
    let line = |request: &String| request.lines().next().unwrap_or("").to_string();
    let short = |line: String| line.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
    server.requests().iter().map(|request| short(line(request))).collect()
}

const ONE: &str = "/apis/flyball.dev/v1alpha1/namespaces/shop/servicehealths/cart";

#[tokio::test]
async fn an_object_whose_status_was_not_written_is_not_stored() {
    let server = FakeServer::start(vec![stored("1", None), refusal(500, "InternalError")]).await;
    let store = Cluster::new(kube(&server).await, BTreeMap::new());
    let created = store.create(&health("", Some(7.0))).await;
    assert!(matches!(created, Err(KubeError::Unavailable { .. })), "{created:?}");
    let all = "/apis/flyball.dev/v1alpha1/namespaces/shop/servicehealths";
    assert_eq!(asked(&server), [format!("POST {all}"), format!("PUT {ONE}/status")]);
}

#[tokio::test]
async fn only_the_part_that_differs_is_written_and_over_the_version_that_was_read() {
    let server = FakeServer::start(vec![stored("2", Some(9.0))]).await;
    let store = Cluster::new(kube(&server).await, BTreeMap::new());
    let done = store.replace(&health("1", Some(9.0)), &health("1", Some(7.0))).await.unwrap();
    assert_eq!(done.metadata.resource_version.as_deref(), Some("2"));
    assert_eq!(asked(&server), [format!("PUT {ONE}/status")]);
    assert!(server.requests()[0].contains(r#""resourceVersion":"1""#), "{}", server.requests()[0]);
}

#[tokio::test]
async fn nothing_is_gone_that_a_live_read_did_not_miss() {
    for (said, expected) in [
        (refusal(404, "NotFound"), Some(true)),
        (stored("1", None), Some(false)),
        (answer(404, &json!("page not found")), None),
        (refusal(403, "Forbidden"), None),
        (refusal(503, "ServiceUnavailable"), None),
        (Answer::Hang, None),
    ] {
        let server = FakeServer::start(vec![said.clone()]).await;
        let store = Cluster::new(kube(&server).await, BTreeMap::new());
        let gone = store.is_gone::<ServiceHealth>(Some("shop"), "cart").await;
        assert_eq!(gone.as_ref().ok().copied(), expected, "{said:?}: {gone:?}");
    }
}

#[tokio::test]
async fn no_write_passes_a_closed_fence_and_no_call_outlasts_its_deadline() {
    let server = FakeServer::start(vec![Answer::Hang]).await;
    let kube = kube(&server).await;
    let fenced = Cluster::new(kube.fenced(Fence::new(|_| false)), BTreeMap::new());
    let refused = fenced.create(&health("", None)).await;
    assert!(matches!(refused, Err(KubeError::Fenced { .. })), "{refused:?}");
    assert!(server.requests().is_empty(), "it was not even asked");
    let late = Cluster::new(kube, BTreeMap::new()).get::<ServiceHealth>(Some("shop"), "cart").await;
    assert!(matches!(late, Err(KubeError::Timeout { .. })), "{late:?}");
}

#[tokio::test]
async fn a_secret_in_a_broken_answer_is_not_repeated() {
    let body = r#"{"data": {"token": "hunter2"}, "#;
    let server = FakeServer::start(vec![Answer::reply(200, "", body.as_bytes())]).await;
    let place = Place::of::<ServiceHealth>(Some("shop"));
    let error = kube(&server).await.get::<Value>(&place, "cart").await.unwrap_err();
    assert!(matches!(error, KubeError::Malformed { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter"), "{error:?}");
}

#[tokio::test]
async fn a_watch_goes_on_from_what_it_saw_and_lists_anew_when_that_is_forgotten() {
    let item = |version: &str| serde_json::to_value(health(version, None)).unwrap();
    let list = json!({"metadata": {"resourceVersion": "5"}, "items": [item("4")]});
    let event = |kind: &str, object: Value| format!("{}\n", json!({"type": kind, "object": object}));
    let changed = event("MODIFIED", item("7"));
    // Half an event, as from a server that went away in the midst of it.
    let broken = format!("{changed}{}", &changed[..40]);
    let expired = event("ERROR", json!({"code": 410, "reason": "Expired", "message": "too old"}));
    let server = FakeServer::start(vec![
        answer(200, &list),
        Answer::reply(200, "", broken.as_bytes()),
        Answer::reply(200, "", expired.as_bytes()),
        answer(200, &list),
        Answer::Hang,
    ])
    .await;
    let (news, mut heard) = watch::channel(0);
    let mirror: Mirror<Bare> = Mirror::new(news);
    let subject = Subject { place: Place::of::<ServiceHealth>(None), metadata_only: true };
    let following = follow(kube(&server).await, subject, mirror.clone(), Arc::new(|| Duration::ZERO));
    let task = tokio::spawn(following);
    let five = tokio::time::timeout(Duration::from_secs(20), async {
        while server.requests().len() < 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    five.await.expect("five requests");
    task.abort();
    let version =
        |request: &String| request.split("resourceVersion=").nth(1).map(|rest| rest[..1].to_string());
    let versions: Vec<_> = server.requests().iter().map(version).collect();
    let at = |version: &str| Some(version.to_string());
    assert_eq!(versions, [None, at("5"), at("7"), None, at("5")]);
    assert!(heard.has_changed().unwrap() && *heard.borrow_and_update() == 3, "list, change, list");
}
