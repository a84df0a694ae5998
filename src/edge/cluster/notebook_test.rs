//! The notebook against a scripted server: whose word counts when, and what is never written over.

use super::notebook::{NAME, Notebook, OBEYED, RELEASE_ALL, UNTIL_INSTALLED};
use super::store::Cluster;
use crate::edge::crd::kind::governor::GovernorStatus;
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::http::fake_server::{Answer, FakeServer};
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::connect;
use crate::edge::kube::realm::Realm;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

async fn store(server: &FakeServer) -> Cluster {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server.url()}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]});
    std::fs::write(&path, config.to_string()).unwrap();
    // Other tests may have chosen the same provider before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kube = Kube::new(&connect(Some(&path)).await.unwrap()).within(Duration::from_secs(5));
    let realm = Realm::of(["pay", "shop"].map(String::from)).unwrap();
    Cluster::new(kube, BTreeMap::new()).within(realm)
}

fn answer(code: u16, body: &Value) -> Answer {
    Answer::reply(code, "content-type: application/json\r\n", body.to_string().as_bytes())
}

fn book(version: &str, data: Value) -> Answer {
    let metadata = json!({"name": NAME, "namespace": "team-a", "resourceVersion": version});
    answer(200, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}))
}

/// The data that the last request carries.
fn sent(server: &FakeServer) -> Value {
    let request = server.requests().pop().expect("something was asked");
    let body = request.split_once("\r\n\r\n").expect("it has a body").1.to_string();
    serde_json::from_str::<Value>(&body).expect("it is JSON")["data"].clone()
}

#[tokio::test]
async fn an_order_counts_as_read_only_once_the_loop_obeys_it() {
    let ordered = json!({RELEASE_ALL: UNTIL_INSTALLED});
    let answers = vec![book("1", ordered.clone()), book("2", ordered.clone()), book("3", ordered)];
    let server = FakeServer::start(answers).await;
    let mut book = Notebook::open(store(&server).await, "team-a").await.unwrap();
    let status = GovernorStatus { observed_generation: Some(3), ..GovernorStatus::default() };
    book.put(status.clone()).await.unwrap();
    assert_eq!(sent(&server).get(OBEYED), None, "nobody asked for it yet");
    assert!(sent(&server)["status"].as_str().unwrap().contains("observedGeneration: 3"));
    assert!(book.obey());
    book.put(status).await.unwrap();
    assert_eq!(sent(&server)[OBEYED], UNTIL_INSTALLED);
    assert_eq!(sent(&server)[RELEASE_ALL], UNTIL_INSTALLED, "the order is not ours to take out");
}

#[tokio::test]
async fn what_is_so_already_is_not_written_and_what_somebody_broke_is_not_written_over() {
    let status = json!({"status": "observedGeneration: 3\n"});
    let server = FakeServer::start(vec![book("1", status), book("2", json!({"status": "ledger: {"}))]).await;
    let mut book = Notebook::open(store(&server).await, "team-a").await.unwrap();
    book.put(book.status().clone()).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    let broken = book.refresh().await.unwrap_err().to_string();
    assert!(broken.contains("team-a/flyball-governor") && broken.contains("take that key out"), "{broken}");
    assert_eq!(book.status().observed_generation, Some(3), "what was known stays");
}

#[tokio::test]
async fn a_namespace_that_may_not_be_looked_into_is_told_and_hides_no_other() {
    let forbidden = json!({"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no"});
    let health = json!({"metadata": {"name": "cart", "namespace": "shop"}, "spec": {"service": "cart"}});
    let listed = json!({"metadata": {"resourceVersion": "1"}, "items": [health]});
    let answers = vec![answer(403, &forbidden), answer(200, &listed)];
    let server = FakeServer::start(answers).await;
    let listing = store(&server).await.list::<ServiceHealth>(None).await.unwrap();
    assert_eq!((listing.objects.len(), listing.problems.len()), (1, 1), "{:?}", listing.problems);
    let none = FakeServer::start(vec![answer(403, &forbidden), answer(403, &forbidden)]).await;
    assert!(store(&none).await.list::<ServiceHealth>(None).await.is_err());
}
