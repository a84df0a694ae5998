//! Situations that people ask about: one healthy scene, and what is changed in it for each.

use crate::app::plugin::scene::{LeaseView, PolicyView, Scene};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::edge::crd::accept::policy::{cluster_policy, policy};
use crate::edge::crd::accept::source::SourceFacts;
use crate::edge::crd::field::condition::{Condition, Truth};
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::yaml;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

pub const POLICY: &str = r#"
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: inventory, namespace: shop}
spec:
  mode: Enforce
  interval: 10s
  services: {exclude: [batch]}
  signals:
  - {name: reject-rate, query: "sum by (namespace, service) (rate(rejected_total[1m]))", facing: User, weight: 5, limit: 0.15, unit: ratio}
  - {name: lock-wait-p99, query: "sum by (namespace, service) (lock_wait)", unit: seconds}
  - {name: lock-contention, query: "sum by (namespace, service) (contention)", limit: 100}
  tiers:
  - name: strong-check
    level: Fuse
    when: {all: [{signal: reject-rate, beyondLimit: {for: 2m}}, {signal: lock-wait-p99, anomalous: {}}]}
    actions: [{name: cut, flag: {providerRef: {name: flags}, key: "{{service}}-strong-check", fallback: "off"}}]
    verify: {signal: reject-rate, within: 3m}
  - name: local-cache
    level: Degrade
    when: {any: [{signal: lock-wait-p99, above: {value: 1.2, times: 5, within: 1m}}, {all: [{score: {below: 60, for: 3m}}, {signal: reject-rate, anomalous: {periods: 3}}]}]}
    actions: [{name: cache, flag: {providerRef: {name: flags}, key: "{{service}}-local-cache", fallback: "on"}}]
  - name: split-lock
    level: Optimize
    when: {any: [{signal: lock-contention, beyondLimit: {for: 1m}}]}
"#;

/// An instant of the night that everything here happens in.
pub fn at(clock: &str) -> String {
    format!("2026-11-24T{clock}Z")
}

pub fn now() -> DateTime<Utc> {
    at("02:13:17").parse().unwrap()
}

fn sources() -> BTreeMap<String, SourceFacts> {
    [("default".to_string(), SourceFacts::default())].into()
}

/// The policy of this text.
pub fn view(text: &str) -> PolicyView {
    let document = yaml::to_value(text).unwrap();
    let name = document["metadata"]["name"].as_str().unwrap().to_string();
    let namespace = document["metadata"]["namespace"].as_str().map(str::to_string);
    let verdict = match namespace {
        Some(_) => policy(&serde_json::from_value::<HealthPolicy>(document).unwrap(), &sources()),
        None => {
            let labels = [("shop".to_string(), [("team".to_string(), "stock".to_string())].into())].into();
            let object: ClusterHealthPolicy = serde_json::from_value(document).unwrap();
            cluster_policy(&object, &sources(), Some(&labels))
        }
    };
    PolicyView { key: PolicyKey { namespace, name }, verdict, status: Default::default() }
}

/// A calm night: everything well, everything read.
pub fn calm() -> Scene {
    let governor = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "Governor", "metadata": {"name": "default"}, "spec": {}});
    let provider = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "FlagProvider", "metadata": {"name": "flags"},
        "spec": {"openFeature": {"object": {"name": "flags"}}}});
    Scene {
        now: now(),
        service: ServiceKey::new("shop", "inventory"),
        health: Some(serde_json::from_value(health()).unwrap()),
        policies: vec![view(POLICY)],
        governor: Some(serde_json::from_value(governor).unwrap()),
        providers: [("flags".to_string(), serde_json::from_value(provider).unwrap())].into(),
        holds: Vec::new(),
        decisions: Vec::new(),
        approvals: Vec::new(),
        pauses: Vec::new(),
        workloads: Vec::new(),
        lease: Some(LeaseView {
            holder: "flyball-7d9f".into(),
            renewed: at("02:13:12").parse().unwrap(),
            lasts: Duration::from_secs(30),
        }),
        unread: BTreeMap::new(),
    }
}

/// The stored health of a well service.
pub fn health() -> Value {
    let signal = |name: &str, value: f64, band: [f64; 2]| {
        json!({"name": name, "reading": value.to_string(), "value": value, "expected": band[0], "lower": band[0],
            "upper": band[1], "severity": 0.0, "alarm": false, "penalty": 0.0})
    };
    json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": "ServiceHealth", "metadata": {"name": "inventory", "namespace": "shop"},
        "spec": {"service": "inventory"},
        "status": {"score": 99.5, "verdict": "Healthy", "observedAt": at("02:12:50"), "policies": [{
            "kind": "HealthPolicy", "name": "inventory", "uid": "u", "score": 99.5, "verdict": "Healthy",
            "signals": [signal("reject-rate", 0.01, [0.0, 0.03]), signal("lock-wait-p99", 0.2, [0.1, 0.5]),
                signal("lock-contention", 12.0, [3.0, 20.0])],
            "tiers": [
                tier("strong-check", &[("ConditionFalse", "reject-rate (0.01 ratio) beyond its limit 0.15 for 12 readings is False; lock-wait-p99 (0.2 seconds) anomalous (usual 0.1 to 0.5) is False")]),
                tier("local-cache", &[("ConditionFalse", "lock-wait-p99 (0.2 seconds) above 1.2 5 times in 6 readings is False; score 99.5 below 60 for 18 readings is False; reject-rate (0.01 ratio) anomalous for 3 readings (usual 0 to 0.03) is False")]),
                tier("split-lock", &[("ConditionFalse", "lock-contention (12) beyond its limit 100 for 6 readings is False")]),
            ],
        }]},
    })
}

pub fn tier(name: &str, reasons: &[(&str, &str)]) -> Value {
    json!({"name": name, "ordinal": 1, "unlatched": false, "heldSeconds": 0, "lostMillis": 0, "effects": {}, "reasons": entries(reasons)})
}

fn entries(reasons: &[(&str, &str)]) -> Value {
    reasons.iter().map(|(code, message)| json!({"code": code, "message": message})).collect()
}

const TRUE: &str = "reject-rate (0.21 ratio) beyond its limit 0.15 for 12 readings is True; lock-wait-p99 (1.9 seconds) anomalous (usual 0.1 to 0.5) is True";

/// The same night with an incident: the condition of strong-check holds.
pub fn ill() -> Scene {
    let mut scene = calm();
    change_health(&mut scene, |health| {
        let status = &mut health["status"];
        status["score"] = json!(21.4);
        status["verdict"] = json!("Breaching");
        status["worstSignal"] = json!("reject-rate");
        let policy = &mut status["policies"][0];
        policy["score"] = json!(21.4);
        policy["verdict"] = json!("Breaching");
        for (index, value, penalty) in [(0, 0.21, 0.67), (1, 1.9, 0.95)] {
            policy["signals"][index]["value"] = json!(value);
            policy["signals"][index]["reading"] = json!(value.to_string());
            policy["signals"][index]["severity"] = json!(7.0);
            policy["signals"][index]["alarm"] = json!(true);
            policy["signals"][index]["penalty"] = json!(penalty);
        }
        policy["tiers"][0] = tier("strong-check", &[("ConditionTrue", TRUE)]);
    });
    scene
}

pub fn change_health(scene: &mut Scene, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::to_value(&scene.health).unwrap();
    change(&mut value);
    scene.health = Some(serde_json::from_value::<ServiceHealth>(value).unwrap());
}

pub fn change_governor(scene: &mut Scene, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::to_value(&scene.governor).unwrap();
    change(&mut value);
    scene.governor = Some(serde_json::from_value::<Governor>(value).unwrap());
}

/// The reasons of a tier, by its number.
pub fn say(scene: &mut Scene, index: usize, reasons: &[(&str, &str)]) {
    change_health(scene, |health| {
        health["status"]["policies"][0]["tiers"][index]["reasons"] = entries(reasons)
    });
}

/// The refusal of strong-check although its condition holds.
pub fn refuse(scene: &mut Scene, code: &str, message: &str) {
    say(scene, 0, &[("ConditionTrue", TRUE), (code, message)]);
}

/// A live or ended Decision of strong-check; `change` its status.
pub fn decide(
    scene: &mut Scene,
    phase: &str,
    since: &str,
    reasons: &[(&str, &str)],
    change: impl FnOnce(&mut Value),
) {
    let mut value = json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": "Decision",
        "metadata": {"name": "inventory-strong-check-0a1b2c3d4e", "namespace": "shop", "uid": "d"},
        "spec": {"policyRef": {"kind": "HealthPolicy", "namespace": "shop", "name": "inventory"}, "policyUid": "u",
            "service": "inventory", "tier": "strong-check", "ordinal": 2, "level": "Fuse", "started": at("02:03:10"),
            "flags": [{"action": "cut", "provider": "flags", "key": "inventory-strong-check", "fallback": "off", "hold": "hold-1f"}]},
        "status": {"phase": phase, "since": at(since), "relapses": 0, "heldSeconds": 0, "reasons": entries(reasons),
            "action": "inventory-strong-check=off",
            "transitions": [{"at": at("02:03:10"), "phase": "Acting", "reasons": entries(&[("ConditionTrue", TRUE)])}]},
    });
    change(&mut value["status"]);
    if phase != "Ended" {
        change_health(scene, |health| {
            let tier = &mut health["status"]["policies"][0]["tiers"][0];
            tier["phase"] = json!(phase);
            tier["decision"] = json!("inventory-strong-check-0a1b2c3d4e");
            tier["reasons"] = entries(reasons);
            health["status"]["tier"] = json!("strong-check");
        });
    }
    scene.decisions.insert(0, serde_json::from_value::<Decision>(value).unwrap());
}

/// First cut at 02:03:10, one hour at most.
pub fn cut(status: &mut Value) {
    status["firstCut"] = json!(at("02:03:10"));
    status["deadline"] = json!(at("03:03:10"));
}

/// A hold of `decision` on a flag of `service`.
pub fn hold(service: &str, decision: &str) -> FlagHold {
    serde_json::from_value(json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": "FlagHold", "metadata": {"name": format!("hold-{decision}")},
        "spec": {"target": {"provider": "flags", "store": "openFeature", "endpoint": "", "key": format!("{service}-check")},
            "installation": "i", "preImage": "{}", "fallback": "off",
            "claims": [{"decision": decision, "policyRef": {"kind": "HealthPolicy", "namespace": "shop", "name": "p"},
                "service": {"namespace": "shop", "name": service}, "tier": "cut", "deadline": at("03:00:00"),
                "keep": false, "cut": true}]},
    }))
    .unwrap()
}

/// A situation by the name of its golden file.
pub type Case = (&'static str, fn() -> Scene);

/// A scene with something changed.
pub fn of(mut scene: Scene, change: impl FnOnce(&mut Scene)) -> Scene {
    change(&mut scene);
    scene
}

/// A condition as the governor writes it.
pub fn condition(type_: &str, status: Truth, reason: &str, message: &str) -> Condition {
    let (reason, message) = (reason.to_string(), message.to_string());
    let last_transition_time = Stamp(now());
    Condition {
        type_: type_.into(),
        status,
        observed_generation: Some(1),
        last_transition_time,
        reason,
        message,
    }
}

/// Why a cut is not given back yet.
pub const NOT_WELL: (&str, &str) = (
    "NotRecovered",
    "well for 4 of 30 readings: reject-rate (0.02 ratio) beyond its limit 0.15 for 12 readings is False; lock-wait-p99 (0.3 seconds) anomalous (usual 0.1 to 0.5) is False",
);
/// Why a person is waited for.
pub const ASKED: (&str, &str) = (
    "ApprovalAwaited",
    "a person must approve it first: a DecisionApproval with proposalHash 00112233445566778899",
);
