//! Situations in which nothing is done, or nobody governs the service.

use super::case_test::*;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::rail::Pause;
use crate::edge::crd::field::condition::Truth;
use serde_json::json;

/// Why it did not.
pub const QUIET: [Case; 22] = [
    ("well", calm),
    ("observes-only", || {
        of(ill(), |scene| {
            scene.policies = vec![view(&POLICY.replace("mode: Enforce", "mode: Observe"))];
            decide(
                scene,
                "WouldAct",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    ("Observing", "nothing is done: the tier only observes"),
                ],
                |status| {
                    status["deadline"] = json!(at("03:03:10"));
                },
            );
        })
    }),
    ("baseline-learns", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["policies"][0]["signals"][1]["learningRemaining"] = json!("3h20m")
            });
            say(
                scene,
                0,
                &[(
                    "ConditionUnknown",
                    "reject-rate (0.21 ratio) beyond its limit 0.15 for 12 readings is True; lock-wait-p99 (1.9 seconds) anomalous (its baseline learns for 200 more minutes) is Unknown",
                )],
            );
            scene.policies[0].status.conditions = vec![condition(
                "BaselineMature",
                Truth::False,
                "Learning",
                "some services have young baselines of lock-wait-p99: `anomalous` and `score` wait for them, thresholds do not",
            )];
        })
    }),
    ("blind", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["verdict"] = json!("Unknown");
                health["status"]["score"] = serde_json::Value::Null;
                let policy = &mut health["status"]["policies"][0];
                policy["verdict"] = json!("Unknown");
                policy["score"] = serde_json::Value::Null;
                policy["signals"][0] = json!({"name": "reject-rate", "reading": "absent"});
                policy["signals"][1] =
                    json!({"name": "lock-wait-p99", "reading": "rejected: the source did not answer"});
                policy["signals"][2] = json!({"name": "lock-contention", "reading": "stale, 94 s old"});
            });
            say(
                scene,
                0,
                &[(
                    "ConditionUnknown",
                    "reject-rate (absent) beyond its limit 0.15 for 12 readings is Unknown; lock-wait-p99 (rejected: the source did not answer) anomalous is Unknown",
                )],
            );
            scene.policies[0].status.conditions = vec![
                condition(
                    "SignalsHealthy",
                    Truth::False,
                    "Unanswered",
                    "signal lock-wait-p99: the source did not answer",
                ),
                condition("Ready", Truth::False, "SignalsUnhealthy", "see the condition SignalsHealthy"),
            ];
        })
    }),
    ("idle", || {
        of(calm(), |scene| {
            change_health(scene, |health| {
                health["status"]["verdict"] = json!("Idle");
                health["status"]["policies"][0]["signals"][0] =
                    json!({"name": "reject-rate", "reading": "idle"});
                health["status"]["policies"][0]["signals"][1] =
                    json!({"name": "lock-wait-p99", "reading": "never seen"});
            });
        })
    }),
    ("users-do-not-feel-it", || {
        of(ill(), |scene| {
            let policy = POLICY.replace("facing: User, ", "");
            scene.policies = vec![view(&policy)];
            say(
                scene,
                0,
                &[(
                    "NotUserFacing",
                    "reject-rate (0.21 ratio) beyond its limit 0.15 for 12 readings is True, but none of it is a signal that users feel (facing: User)",
                )],
            );
        })
    }),
    ("rests", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["policies"][0]["tiers"][0]["cooldownUntil"] = json!(at("02:19:00"))
            });
            say(scene, 0, &[("Cooldown", "it rests until 2026-11-24T02:19:00Z after its last action")]);
            decide(
                scene,
                "Ended",
                "02:09:00",
                &[("ProbePassed", "well during the probe: reject-rate is False")],
                |status| status["outcome"] = json!("Restored"),
            );
        })
    }),
    ("locked-out", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["policies"][0]["tiers"][0]["lockOut"] =
                    json!({"since": at("02:05:00"), "outcome": "Superseded", "generation": 3})
            });
            say(
                scene,
                0,
                &[(
                    "LockedOut",
                    "the last episode ended Superseded; it engages again once its signals have been well for 30 readings",
                )],
            );
            decide(
                scene,
                "Ended",
                "02:05:00",
                &[(
                    "ForeignEdit",
                    "somebody took our cut off the flag; it stays as they left it; argocd-controller at 02:04:57",
                )],
                |status| status["outcome"] = json!("Superseded"),
            );
        })
    }),
    ("budget-used-up", || {
        of(ill(), |scene| {
            scene.holds = vec![hold("inventory", "inventory-other-1")];
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    ("BudgetExceeded", "budget perService: 1 of 1 used"),
                ],
                |status| {
                    status["deadline"] = json!(at("03:03:10"));
                },
            );
        })
    }),
    ("budget-not-declared", || {
        of(ill(), |scene| {
            change_governor(scene, |governor| {
                governor["spec"]["budgets"] = json!({"perService": 1, "perNamespace": 5, "perCluster": 20})
            });
            refuse(scene, "BudgetMissing", "budget perWindow is not declared, so it refuses");
        })
    }),
    ("breaker-open", || {
        of(ill(), |scene| {
            change_governor(scene, |governor| {
                governor["status"] = json!({"breaker": {"open": true, "since": at("02:10:00"), "until": at("02:22:00"),
                    "breaching": 9, "known": 20, "governed": 20, "refused": 4,
                    "message": "9 of 20 services breach at once, above 30 %; it closes 10 minutes after that is over"}});
            });
            refuse(
                scene,
                "BreakerOpen",
                "9 of 20 services breach at once, above 30 %; it closes 10 minutes after that is over",
            );
        })
    }),
    ("paused-by-the-governor", || {
        of(ill(), |scene| {
            change_governor(scene, |governor| governor["spec"]["paused"] = json!({"act": true}));
            refuse(scene, "Paused", "the Governor's paused.act is set");
        })
    }),
    ("paused-on-its-way-down", || {
        of(ill(), |scene| {
            scene.pauses = vec![
                ("namespace/shop".into(), Pause { act: true, restore: true }),
                ("deployment/inventory".into(), Pause { act: false, restore: true }),
            ];
            let annotated = POLICY
                .replace("namespace: shop}", "namespace: shop, annotations: {flyball.dev/paused: act}}");
            scene.policies = vec![view(&annotated)];
            refuse(scene, "Paused", "flyball.dev/paused is set on policy shop/inventory");
        })
    }),
    ("window-open", || {
        of(ill(), |scene| {
            change_governor(
                scene,
                |governor| governor["spec"]["windows"] = json!([{"name": "double-11", "start": at("02:00:00"), "end": at("04:00:00"), "effects": ["NoAct"]}]),
            );
            refuse(scene, "NoActWindow", "window double-11 of the Governor is open");
        })
    }),
    ("no-governor-object", || {
        of(ill(), |scene| {
            scene.governor = None;
            refuse(scene, "NoGovernor", "there is no Governor named default, so nothing is engaged");
        })
    }),
    ("nobody-governs", || {
        of(ill(), |scene| scene.lease.as_mut().unwrap().renewed = at("01:40:00").parse().unwrap())
    }),
    ("just-started", || {
        of(ill(), |scene| refuse(scene, "StartingUp", "the governor has just started and only observes"))
    }),
    ("clock-went-back", || {
        of(ill(), |scene| {
            change_governor(scene, |governor| {
                governor["status"] = json!({"ledger": [{"at": at("05:00:00"), "decision": "d"}]})
            });
            refuse(
                scene,
                "ClockWentBack",
                "the ledger has an engagement at 2026-11-24T05:00:00Z, but it is 2026-11-24T02:13:17Z; once the clock is right, set the Governor's confirmTime to now",
            );
        })
    }),
    ("provider-missing", || {
        of(ill(), |scene| {
            scene.providers.clear();
            scene.policies[0].status.conditions = vec![condition(
                "Ready",
                Truth::False,
                "ProviderMissing",
                "it cannot act: FlagProvider flags is not declared, or not accepted; create it, or name another",
            )];
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    ("ProviderRefused", "FlagProvider flags is not declared"),
                ],
                |_| {},
            );
        })
    }),
    ("claim-conflict", || {
        of(ill(), |scene| {
            decide(
                scene,
                "Blocked",
                "02:03:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    (
                        "ClaimConflict",
                        "flag inventory-strong-check belongs at on for the older policy shop/elder; this tier wants off",
                    ),
                ],
                |_| {},
            );
        })
    }),
    ("already-at-fallback", || {
        of(ill(), |scene| {
            refuse(
                scene,
                "AlreadyAtFallback",
                "flag inventory-strong-check serves off already: nothing to cut or restore",
            )
        })
    }),
    ("release-all", || {
        of(ill(), |scene| {
            change_governor(scene, |governor| governor["spec"]["releaseAll"] = json!(true));
            decide(
                scene,
                "Restoring",
                "02:13:00",
                &[("ReleaseAll", "the Governor's releaseAll is set")],
                |status| {
                    cut(status);
                    status["outcome"] = json!("Released");
                },
            );
        })
    }),
];

/// Why nobody governs a service.
pub const UNKNOWN: [Case; 5] = [
    ("never-seen", || of(calm(), |scene| scene.health = None)),
    ("left-out", || {
        of(calm(), |scene| {
            scene.health = None;
            scene.service = ServiceKey::new("shop", "batch");
            scene.policies.push(view("{apiVersion: flyball.dev/v1alpha1, kind: ClusterHealthPolicy, metadata: {name: pay}, spec: {namespaceSelector: {matchLabels: {team: pay}}, signals: [{name: a, query: 'sum by (namespace, service) (a)'}]}}"));
        })
    }),
    ("no-policy", || {
        of(calm(), |scene| {
            scene.health = None;
            scene.policies.clear();
        })
    }),
    ("policy-not-accepted", || {
        of(calm(), |scene| {
            scene.policies =
                vec![view(&POLICY.replace("signal: reject-rate, within", "signal: rejects, within"))]
        })
    }),
    ("little-may-be-read", || {
        of(ill(), |scene| {
            scene.governor = None;
            scene.lease = None;
            for kind in ["Governor", "Lease", "FlagHold", "FlagProvider"] {
                scene.unread.insert(
                    kind,
                    "governors default is refused to us: User \"eve\" cannot get resource".into(),
                );
            }
            scene.providers.clear();
        })
    }),
];
