//! Situations of one night on call: what is odd is beside the policy, in a store, a clock, a workload or a person's edit.

use super::case_test::*;
use crate::app::plugin::scene::{Scene, WorkloadView};
use crate::domain::model::rail::Pause;
use crate::edge::crd::field::condition::Truth;
use serde_json::{Value, json};

const OVERDUE: &str = "lock-wait-p99 (0.4 seconds) above 1.2 5 times in 6 readings is False (3 so far); score 99.5 below 60 for 18 readings is False; reject-rate (0.01 ratio) anomalous for 3 readings (usual 0 to 0.03) is False";

fn ended(scene: &mut Scene, outcome: &str, reasons: &[(&str, &str)]) {
    decide(scene, "Ended", "02:11:00", reasons, |status| {
        cut(status);
        status["outcome"] = json!(outcome);
    });
}

fn locked_out(scene: &mut Scene, outcome: &str) {
    change_health(scene, |health| {
        health["status"]["policies"][0]["tiers"][0]["lockOut"] =
            json!({"since": at("02:11:00"), "outcome": outcome, "generation": 3})
    });
    let message = format!(
        "the last episode ended {outcome}; it engages again once its signals have been well for 30 readings"
    );
    say(scene, 0, &[("LockedOut", &message)]);
}

/// The flag of strong-check, held for somebody else, too.
fn also_held(scene: &mut Scene, policy: Value, decision: &str) {
    let mut value = serde_json::to_value(hold("inventory", decision)).unwrap();
    value["metadata"]["name"] = json!("hold-1f");
    value["spec"]["target"]["key"] = json!("inventory-strong-check");
    value["spec"]["claims"][0]["policyRef"] = policy;
    scene.holds.push(serde_json::from_value(value).unwrap());
}

fn unread(scene: &mut Scene, reading: &str, condition_: (&str, &str)) {
    change_health(scene, |health| {
        health["status"]["verdict"] = json!("Unknown");
        health["status"]["score"] = Value::Null;
        let policy = &mut health["status"]["policies"][0];
        policy["verdict"] = json!("Unknown");
        policy["score"] = Value::Null;
        policy["signals"][0] = json!({"name": "reject-rate", "reading": reading});
    });
    let message = format!(
        "reject-rate ({reading}) beyond its limit 0.15 for 12 readings is Unknown; lock-wait-p99 (0.2 seconds) anomalous (usual 0.1 to 0.5) is False"
    );
    say(scene, 0, &[("ConditionUnknown", &message)]);
    let (reason, message) = condition_;
    scene.policies[0].status.conditions = vec![condition("SignalsHealthy", Truth::False, reason, message)];
}

fn workload(wanted: u64, ready: u64, updated: u64) -> Vec<WorkloadView> {
    vec![WorkloadView { object: "deployment/inventory".into(), wanted, ready, updated }]
}

/// Why it did, and why it did not.
pub const NIGHT: [Case; 25] = [
    ("still-off-after-it-ended", || {
        of(calm(), |scene| {
            ended(scene, "Restored", &[("ProbePassed", "well during the probe: reject-rate is False")]);
            also_held(
                scene,
                json!({"kind": "HealthPolicy", "namespace": "shop", "name": "elder"}),
                "elder-strong-check-1",
            );
        })
    }),
    ("held-with-a-cluster-policy", || {
        of(ill(), |scene| {
            decide(scene, "Holding", "02:03:14", &[NOT_WELL], cut);
            also_held(scene, json!({"kind": "ClusterHealthPolicy", "name": "rejects"}), "rejects-cut-7");
            scene.policies.push(view("{apiVersion: flyball.dev/v1alpha1, kind: ClusterHealthPolicy, metadata: {name: rejects}, spec: {namespaceSelector: {}, signals: [{name: a, query: 'sum by (namespace, service) (a)'}]}}"));
        })
    }),
    ("not-a-number", || {
        of(calm(), |scene| {
            let flaw =
                ("RowsRejected", "signal reject-rate: some of its rows cannot be used: the value is NaN");
            unread(scene, "rejected: the value is NaN", flaw);
        })
    }),
    ("two-rows", || {
        of(calm(), |scene| {
            let flaw = (
                "RowsRejected",
                "signal reject-rate: some of its rows cannot be used: two rows answer for this service",
            );
            unread(scene, "rejected: two rows answer for this service", flaw);
        })
    }),
    ("labels-do-not-match", || {
        of(calm(), |scene| {
            scene.health = None;
            scene.policies[0].status.conditions = vec![
                condition(
                    "SignalsHealthy",
                    Truth::False,
                    "NoData",
                    "the source answers, and names no service that is governed: reject-rate, lock-wait-p99; check metric and label names",
                ),
                condition("Ready", Truth::False, "SignalsUnhealthy", "see the condition SignalsHealthy"),
            ];
        })
    }),
    ("source-away-during-a-hold", || {
        of(ill(), |scene| {
            let flaw = ("Unanswered", "signal reject-rate: the source did not answer within 10s");
            unread(scene, "rejected: the source did not answer", flaw);
            decide(
                scene,
                "Holding",
                "02:03:14",
                &[(
                    "Blind",
                    "the evidence is missing: reject-rate (rejected: the source did not answer) beyond its limit 0.15 for 12 readings is Unknown",
                )],
                cut,
            );
        })
    }),
    ("scaled-to-nothing", || {
        of(calm(), |scene| {
            unread(scene, "absent", ("Answered", "every signal is answered"));
            scene.policies[0].status.conditions.clear();
            scene.workloads = workload(0, 0, 0);
        })
    }),
    ("rolled-out-just-now", || of(ill(), |scene| scene.workloads = workload(3, 2, 1))),
    ("short-of-pods", || of(ill(), |scene| scene.workloads = workload(3, 1, 3))),
    ("budget-used-up-by-another", || {
        of(ill(), |scene| {
            change_governor(
                scene,
                |governor| governor["spec"]["budgets"] = json!({"perService": 1, "perNamespace": 2, "perCluster": 20, "perWindow": {"count": 30, "window": "1h"}}),
            );
            scene.holds = vec![hold("cart", "cart-check-1"), hold("search", "search-check-1")];
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    ("BudgetExceeded", "budget perNamespace: 2 of 2 used"),
                ],
                |_| {},
            );
        })
    }),
    ("refused-and-healed-by-another", || {
        of(calm(), |scene| {
            let fallback = "flag inventory-strong-check belongs at on for the older policy shop/elder; this tier wants off";
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[("NotRecovered", "reject-rate (0 ratio) beyond its limit 0.15 for 12 readings is False")],
                |status| {
                    status["deadline"] = json!(at("03:03:10"));
                    status["transitions"] = json!([{"at": at("02:03:10"), "phase": "Blocked", "reasons": [
                        {"code": "ConditionTrue", "message": "reject-rate is True"}, {"code": "ClaimConflict", "message": fallback}]}]);
                },
            );
            also_held(
                scene,
                json!({"kind": "HealthPolicy", "namespace": "shop", "name": "elder"}),
                "elder-strong-check-1",
            );
        })
    }),
    ("storm", || {
        of(ill(), |scene| refuse(scene, "Storm", "12 engagements refused: budget perCluster: 20 of 20 used"))
    }),
    ("nobody-answered", || {
        of(ill(), |scene| {
            scene.policies = vec![view(&POLICY.replace("mode: Enforce", "mode: Approve"))];
            ended(scene, "Passed", &[("ApprovalTimedOut", "nobody answered in time, and onTimeout is Skip")]);
            locked_out(scene, "Passed");
        })
    }),
    ("secret-lacks-a-key", || {
        of(ill(), |scene| {
            let mut provider = serde_json::to_value(&scene.providers["flags"]).unwrap();
            let told = "Secret flyball/unleash has no key token; it has: password";
            provider["status"] = json!({"conditions": [{"type": "Ready", "status": "False", "reason": "ProviderRefused",
                "message": told, "lastTransitionTime": at("02:00:00"), "observedGeneration": 1}]});
            scene.providers.insert("flags".into(), serde_json::from_value(provider).unwrap());
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    ("ProviderRefused", "FlagProvider flags: Secret flyball/unleash has no key token"),
                ],
                |_| {},
            );
        })
    }),
    ("tracker-refuses", || {
        of(ill(), |scene| {
            let splits = POLICY.replace(
                "    when: {any: [{signal: lock-contention, beyondLimit: {for: 1m}}]}",
                "    when: {any: [{signal: lock-contention, beyondLimit: {for: 1m}}]}\n    actions: [{name: issue, issue: {trackerRef: {name: code}, repository: \"shop/{{service}}\"}}]",
            );
            scene.policies = vec![view(&splits)];
            change_health(scene, |health| {
                health["status"]["policies"][0]["tiers"][2]["issues"] = json!([{"action": "issue", "tracker": "code",
                    "repository": "shop/inventory", "fingerprint": "f", "occasion": "inventory-split-lock-1", "state": "Wanted",
                    "claimed": at("02:05:00"), "trouble": {"code": "ProviderRefused", "message": "the tracker refused: status 403, the token may not write issues"}}]);
            });
        })
    }),
    ("window-opens-elsewhere-soon", || {
        of(ill(), |scene| {
            let nightly = "  windows: [{name: nightly, schedule: \"0 4 * * *\", duration: 3h, effects: [NoAct]}]\n  tiers:";
            let zoned = POLICY
                .replace("  tiers:", nightly)
                .replace("  interval: 10s", "  interval: 10s\n  timezone: Europe/Berlin");
            scene.policies = vec![view(&zoned)];
            decide(scene, "Holding", "02:03:14", &[NOT_WELL], cut);
        })
    }),
    ("window-open-elsewhere", || {
        of(ill(), |scene| {
            let nightly = "  windows: [{name: nightly, schedule: \"0 2 * * *\", duration: 3h, effects: [NoAct]}]\n  tiers:";
            let zoned = POLICY
                .replace("  tiers:", nightly)
                .replace("  interval: 10s", "  interval: 10s\n  timezone: Europe/Berlin");
            scene.policies = vec![view(&zoned)];
            refuse(scene, "NoActWindow", "window nightly of the policy is open");
        })
    }),
    ("policy-edited-during-the-hold", || {
        of(ill(), |scene| {
            scene.policies = vec![view(&POLICY.replace("-strong-check\"", "-light-check\""))];
            decide(
                scene,
                "Restoring",
                "02:13:00",
                &[("TierGone", "action cut on flag inventory-strong-check is not in the tier any more")],
                |status| {
                    cut(status);
                    status["outcome"] = json!("Released");
                },
            );
        })
    }),
    ("trial-while-restoring-is-paused", || {
        of(calm(), |scene| {
            scene.pauses = vec![("namespace/shop".into(), Pause { act: false, restore: true })];
            decide(
                scene,
                "Holding",
                "02:03:14",
                &[
                    ("Recovered", "well for 30 readings: reject-rate is False"),
                    ("Paused", "flyball.dev/paused is set on namespace shop"),
                ],
                cut,
            );
        })
    }),
    ("ended-by-its-deadline", || {
        of(ill(), |scene| {
            ended(scene, "Expired", &[("DeadlineReached", "maxDuration was over at 2026-11-24T02:10:58Z")]);
            locked_out(scene, "Expired");
        })
    }),
    ("did-not-help", || {
        of(ill(), |scene| {
            ended(
                scene,
                "Ineffective",
                &[(
                    "Ineffective",
                    "reject-rate was 0.06 beyond its threshold before the cut and is 0.05 after it",
                )],
            );
            locked_out(scene, "Ineffective");
        })
    }),
    ("learns-after-a-reset", || {
        of(calm(), |scene| {
            change_health(scene, |health| {
                health["status"]["verdict"] = json!("Learning");
                health["status"]["score"] = Value::Null;
                let policy = &mut health["status"]["policies"][0];
                policy["verdict"] = json!("Learning");
                policy["score"] = Value::Null;
                policy["signals"][1]["learningRemaining"] = json!("23h50m");
            });
            say(
                scene,
                0,
                &[(
                    "ConditionFalse",
                    "reject-rate (0.01 ratio) beyond its limit 0.15 for 12 readings is False; lock-wait-p99 (0.2 seconds) anomalous (its baseline learns for 1430 more minutes) is Unknown",
                )],
            );
        })
    }),
    ("not-often-enough", || of(calm(), |scene| say(scene, 1, &[("ConditionFalse", OVERDUE)]))),
    ("ledger-of-a-backup", || {
        of(ill(), |scene| {
            refuse(
                scene,
                "MemoryLost",
                "Decision inventory-other-1 holds a flag and was not in the ledger: it was put back in time",
            )
        })
    }),
    ("flag-deleted-during-the-hold", || {
        of(ill(), |scene| ended(scene, "FlagGone", &[("FlagGone", "the flag was deleted or made anew")]))
    }),
];
