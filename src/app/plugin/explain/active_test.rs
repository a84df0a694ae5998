//! Situations in which something is done.

use super::case_test::*;
use crate::domain::model::rail::Pause;
use serde_json::json;

/// Why it did.
pub const ACTIVE: [Case; 11] = [
    ("asks", || {
        of(ill(), |scene| {
            scene.policies = vec![view(&POLICY.replace("mode: Enforce", "mode: Approve"))];
            decide(
                scene,
                "AwaitingApproval",
                "02:12:00",
                &[("ConditionTrue", "reject-rate is True"), ASKED],
                |status| {
                    status["proposalHash"] = json!("00112233445566778899");
                    status["deadline"] = json!(at("03:12:00"));
                },
            );
            scene.approvals = vec![serde_json::from_value(json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "DecisionApproval", "metadata": {"name": "a", "namespace": "shop"},
                "spec": {"decisionRef": {"name": "inventory-strong-check-0a1b2c3d4e"}, "proposalHash": "ffeeddcc", "verdict": "Approve", "by": "ann@example.com"}})).unwrap()];
        })
    }),
    ("cuts", || {
        of(ill(), |scene| {
            decide(
                scene,
                "Acting",
                "02:13:10",
                &[
                    ("ConditionTrue", "reject-rate is True"),
                    (
                        "ProviderUnavailable",
                        "flag inventory-strong-check: the store did not answer within 5s",
                    ),
                ],
                cut,
            )
        })
    }),
    ("holds", || of(ill(), |scene| decide(scene, "Holding", "02:03:14", &[NOT_WELL], cut))),
    ("holds-blind", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["policies"][0]["signals"][0] =
                    json!({"name": "reject-rate", "reading": "absent"})
            });
            decide(
                scene,
                "Holding",
                "02:03:14",
                &[(
                    "Blind",
                    "the evidence is missing, the cut stays: reject-rate (absent) beyond its limit 0.15 for 12 readings is Unknown",
                )],
                cut,
            );
        })
    }),
    ("holds-longer-after-relapses", || {
        of(ill(), |scene| {
            change_health(scene, |health| {
                health["status"]["policies"][0]["tiers"][0]["holdFactor"] = json!(4)
            });
            decide(scene, "Holding", "02:11:00", &[NOT_WELL], |status| {
                cut(status);
                status["relapses"] = json!(2);
            });
        })
    }),
    ("tries", || {
        of(calm(), |scene| {
            decide(
                scene,
                "Probing",
                "02:12:00",
                &[(
                    "ProbeStarted",
                    "7 of 18 readings since the flag went back: reject-rate (0.01 ratio) beyond its limit 0.15 for 12 readings is False",
                )],
                |status| {
                    cut(status);
                    status["relapses"] = json!(1);
                },
            );
        })
    }),
    ("latched", || {
        of(ill(), |scene| {
            decide(
                scene,
                "Latched",
                "02:11:00",
                &[("TooManyRelapses", "it stays cut until a person or its deadline ends it")],
                |status| {
                    cut(status);
                    status["relapses"] = json!(3);
                },
            );
        })
    }),
    ("kept-at-its-deadline", || {
        of(ill(), |scene| {
            let keeps = POLICY.replace(
                "    verify: {signal: reject-rate, within: 3m}",
                "    verify: {signal: reject-rate, within: 3m}\n    onDeadline: Keep",
            );
            scene.policies = vec![view(&keeps)];
            decide(
                scene,
                "Latched",
                "02:11:00",
                &[("DeadlineReached", "maxDuration was over at 2026-11-24T02:11:00Z")],
                |status| {
                    cut(status);
                    status["deadline"] = json!(at("02:11:00"));
                },
            );
        })
    }),
    ("gives-back-and-cannot", || {
        of(calm(), |scene| {
            decide(
                scene,
                "Restoring",
                "02:06:00",
                &[
                    ("DeadlineReached", "maxDuration was over"),
                    ("ProviderUnavailable", "flag inventory-strong-check: the store refused: status 503"),
                ],
                |status| {
                    cut(status);
                    status["outcome"] = json!("Expired");
                },
            );
        })
    }),
    ("restoring-is-paused", || {
        of(calm(), |scene| {
            change_governor(scene, |governor| governor["spec"]["paused"] = json!({"restore": true}));
            decide(scene, "Holding", "02:03:14", &[("Paused", "the Governor's paused.restore is set")], cut);
        })
    }),
    ("hostile-texts", || {
        of(ill(), |scene| {
            decide(
                scene,
                "Holding",
                "02:03:14",
                &[("NotRecovered", "\u{1b}[2J\u{202e}evil\u{7} reject-rate\nNormal looking line")],
                cut,
            );
            scene.pauses = vec![("namespace/\u{1b}[31mshop".into(), Pause { act: true, restore: false })];
        })
    }),
];
