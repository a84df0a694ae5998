//! The steps of reading and writing objects, against answers that a real API server gives only at
//! bad moments.

use super::patch::path;
use super::shape::Shape;
use super::store::{Declared, FlagObjects};
use crate::domain::model::flag::{FlagTarget, FlagView, ObjectName, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::provider::{Access, ObjectTemplate};
use crate::domain::model::reason::Code;
use crate::domain::model::template::Template;
use crate::edge::flags::error::FlagError;
use crate::edge::flags::provider::Provider;
use crate::edge::http::fake_server::{Answer, FakeServer};
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::connect;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// The provider of FeatureFlags behind a server that gives these answers, and the server.
async fn rig(answers: Vec<Answer>) -> (FakeServer, Provider) {
    let server = FakeServer::start(answers).await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("kubeconfig");
    let url = server.url();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: \"{url}\"}}}}]\n\
         users: [{{name: u, user: {{token: t}}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    );
    std::fs::write(&config, text).unwrap();
    let kube = Kube::new(&connect(Some(&config)).await.unwrap()).within(Duration::from_millis(500));
    let name = Template::parse("{{service}}-flags").unwrap();
    let declared = Declared {
        name: "flags".into(),
        shape: Shape::FeatureFlag,
        object: ObjectTemplate { name, namespace: None },
        base: None,
        access: Access::Unsaid,
        propagation: Duration::ZERO,
    };
    (server, Provider::Object(FlagObjects::new(declared, kube, "here")))
}

fn object(version: &str) -> Value {
    json!({
        "metadata": {"name": "inventory-flags", "namespace": "shop", "uid": "u", "resourceVersion": version},
        "spec": {"flagSpec": {"flags": {"check":
            {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}}}},
    })
}

fn found(object: &Value) -> Answer {
    Answer::reply(200, "content-type: application/json\r\n", object.to_string().as_bytes())
}

fn refused(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message, "details": {"name": "inventory-flags", "kind": "featureflags"}});
    Answer::reply(code, "content-type: application/json\r\n", status.to_string().as_bytes())
}

fn held(provider: &Provider) -> FlagHold {
    let flag = object("1")["spec"]["flagSpec"]["flags"]["check"].to_string();
    FlagHold {
        target: provider.facts().target(&ServiceKey::new("shop", "inventory"), "check"),
        installation: "here".into(),
        pre_image: flag,
        uid: Some("u".into()),
        fallback: "off".into(),
        deadline: Some(now() + chrono::TimeDelta::hours(1)),
        claims: Vec::new(),
        created: None,
    }
}

/// The verb of each request, in order.
fn verbs(server: &FakeServer) -> Vec<String> {
    let requests = server.requests();
    requests.iter().map(|request| request.split(' ').next().unwrap_or("").to_string()).collect()
}

#[tokio::test]
async fn a_write_tests_who_and_what_it_writes_to() {
    let (server, provider) = rig(vec![found(&object("7"))]).await;
    let hold = held(&provider);
    provider.cut(&hold, &hold.pre_image).await.unwrap();
    assert_eq!(verbs(&server), ["GET", "PATCH"]);
    let request = &server.requests()[1];
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let place = "/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags/inventory-flags";
    let line = head.lines().next().unwrap_or_default();
    assert!(line.starts_with(&format!("PATCH {place}?")) && line.contains("fieldManager=flyball"), "{line}");
    let ops: Value = serde_json::from_str(body).unwrap();
    assert_eq!(ops[0], json!({"op": "test", "path": "/metadata/uid", "value": "u"}));
    assert_eq!(ops[1], json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}));
    assert_eq!(ops[2]["path"], json!(path(&["spec", "flagSpec", "flags", "check"])));
}

#[tokio::test]
async fn an_object_that_others_write_meanwhile_is_read_again() {
    let moved = "the test operation failed";
    let (server, provider) = rig(vec![
        found(&object("1")),
        refused(422, "Invalid", moved),
        found(&object("2")),
        refused(409, "Conflict", moved),
        found(&object("3")),
    ])
    .await;
    let hold = held(&provider);
    provider.cut(&hold, &hold.pre_image).await.unwrap();
    assert_eq!(verbs(&server), ["GET", "PATCH", "GET", "PATCH", "GET", "PATCH"]);
    assert!(server.requests()[5].contains("\"value\":\"3\""), "the last write tests the last version");
}

#[tokio::test]
async fn a_storm_of_writes_ends_in_a_conflict_and_not_in_more_writes() {
    let storm = (0..40).map(|i| match i % 2 {
        0 => found(&object(&i.to_string())),
        _ => refused(409, "Conflict", "written"),
    });
    let (server, provider) = rig(storm.collect()).await;
    let hold = held(&provider);
    let error = provider.cut(&hold, &hold.pre_image).await.unwrap_err();
    assert!(matches!(error, FlagError::Conflict { .. }), "{error}");
    assert_eq!(verbs(&server).iter().filter(|verb| *verb == "PATCH").count(), 10);
}

#[tokio::test]
async fn an_edit_of_our_flag_meanwhile_is_a_conflict() {
    let mut edited = object("2");
    edited["spec"]["flagSpec"]["flags"]["check"]["variants"]["on"] = json!(1);
    let (server, provider) =
        rig(vec![found(&object("1")), refused(422, "Invalid", "test failed"), found(&edited)]).await;
    let hold = held(&provider);
    let error = provider.cut(&hold, &hold.pre_image).await.unwrap_err();
    assert!(matches!(error, FlagError::Conflict { .. }), "{error}");
    assert_eq!(verbs(&server), ["GET", "PATCH", "GET"]);
}

#[tokio::test]
async fn what_the_server_does_not_accept_is_said_and_not_tried_again() {
    let (server, provider) =
        rig(vec![found(&object("1")), refused(422, "Invalid", "spec is wrong"), found(&object("1"))]).await;
    let hold = held(&provider);
    let error = provider.cut(&hold, &hold.pre_image).await.unwrap_err();
    assert!(matches!(&error, FlagError::Forbidden { message, .. } if message.contains("spec is wrong")));
    assert_eq!(verbs(&server), ["GET", "PATCH", "GET"]);
}

#[tokio::test]
async fn who_may_not_write_is_told_by_rbac_or_admission() {
    let denied = "admission webhook \"v.openfeature.dev\" denied the request: no";
    let (_server, provider) = rig(vec![found(&object("1")), refused(403, "Forbidden", denied)]).await;
    let hold = held(&provider);
    let error = provider.cut(&hold, &hold.pre_image).await.unwrap_err();
    assert!(matches!(&error, FlagError::Forbidden { .. }), "{error}");
    assert_eq!(error.reason().code, Code::ProviderRefused);
    assert!(error.to_string().contains(denied), "{error}");
}

#[tokio::test]
async fn an_uncertain_write_is_not_repeated() {
    for broken in [
        Answer::Hang,
        refused(500, "InternalError", "failed calling webhook"),
        refused(429, "x", "slow down"),
    ] {
        let (server, provider) = rig(vec![found(&object("1")), broken]).await;
        let hold = held(&provider);
        let error = provider.cut(&hold, &hold.pre_image).await.unwrap_err();
        assert!(matches!(error, FlagError::Unavailable { .. }), "{error}");
        assert_eq!(verbs(&server), ["GET", "PATCH"]);
    }
}

#[tokio::test]
async fn an_object_made_anew_is_not_written() {
    let mut anew = object("1");
    anew["metadata"]["uid"] = json!("another");
    let (server, provider) = rig(vec![found(&anew)]).await;
    let hold = held(&provider);
    for written in [provider.cut(&hold, "x").await, provider.restore(&hold, "x").await] {
        assert!(matches!(written, Err(FlagError::Conflict { .. })), "{written:?}");
    }
    assert_eq!(verbs(&server), ["GET", "GET"]);
    let FlagView::Seen(state) = provider.read(&hold.target, "off", Some(&hold), now()).await else {
        panic!("it is there")
    };
    assert_eq!((state.uid.as_deref(), state.standing), (Some("another"), Standing::Free));
}

#[tokio::test]
async fn gone_is_what_the_server_says_is_not_there_and_nothing_else() {
    let gone = FlagView::Gone { since: now() };
    let unreadable = |view: &FlagView, what: &str| match view {
        FlagView::Unreadable(reason) => assert!(reason.message.contains(what), "{reason} / {what}"),
        other => panic!("{other:?} / {what}"),
    };
    let not_served = Answer::reply(404, "", b"404 page not found");
    for (answer, what) in [
        (refused(404, "NotFound", "no such object"), None),
        (not_served, Some("does not serve")),
        (refused(401, "Unauthorized", "who are you"), Some("who are you")),
        (refused(403, "Forbidden", "cannot get"), Some("cannot get")),
        (refused(503, "ServiceUnavailable", "starting"), Some("starting")),
        (Answer::reply(200, "", b"[]"), Some("no metadata")),
        (Answer::reply(200, "", b"{"), Some("cannot be read")),
        (Answer::reply(302, "location: http://127.0.0.1:1/\r\n", b""), Some("status 302")),
        (Answer::Hang, Some("within")),
    ] {
        let (_server, provider) = rig(vec![answer]).await;
        let target = held(&provider).target;
        let view = provider.read(&target, "off", None, now()).await;
        match what {
            None => assert_eq!(view, gone),
            Some(what) => unreadable(&view, what),
        }
    }
}

#[tokio::test]
async fn names_that_metrics_made_up_never_become_a_path() {
    let (server, provider) = rig(vec![found(&object("1"))]).await;
    for (namespace, service) in
        [("shop", "../../secrets/x"), ("shop", "A"), ("..", "a"), ("a.b", "a"), ("", "a")]
    {
        let target = provider.facts().target(&ServiceKey::new(namespace, service), "check");
        let FlagView::Unreadable(reason) = provider.read(&target, "off", None, now()).await else {
            panic!("{namespace} {service}")
        };
        assert!(reason.message.contains("no name that Kubernetes allows"), "{reason}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn every_cut_of_ours_is_found_whatever_else_is_listed() {
    let (_server, provider) = rig(vec![found(&object("1")), found(&object("1"))]).await;
    let hold = held(&provider);
    provider.cut(&hold, &hold.pre_image).await.unwrap();
    let ops: Value = {
        let request = _server.requests().remove(1);
        serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let mut cut = object("2");
    cut["spec"]["flagSpec"]["flags"]["check"] = ops[2]["value"].clone();
    let mut broken = object("3");
    broken["metadata"]["name"] = json!("broken");
    broken["spec"]["flagSpec"]["flags"] = json!([]);
    let list = json!({"metadata": {"resourceVersion": "9"}, "items": [broken, cut]});
    let (_server, provider) = rig(vec![found(&list), found(&broken), found(&cut)]).await;
    let orphans = provider.orphans(&BTreeSet::new()).await.unwrap();
    assert_eq!(orphans.holds.len(), 1);
    let orphan = &orphans.holds[0];
    assert_eq!(orphan.target, FlagTarget { object: hold.target.object.clone(), ..hold.target.clone() });
    assert_eq!((orphan.uid.as_deref(), orphan.fallback.as_str()), (Some("u"), "off"));
    assert!(orphans.lost[0].starts_with("shop/broken: "), "{:?}", orphans.lost);
    let object = ObjectName { namespace: "shop".into(), name: "inventory-flags".into() };
    assert_eq!(orphan.target.object, Some(object));
    let (_server, provider) = rig(vec![refused(403, "Forbidden", "cannot list")]).await;
    assert!(provider.orphans(&BTreeSet::new()).await.is_err());
}
