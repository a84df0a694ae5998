//! What is said in each situation, held against golden files in tests/data/explain.
//!
//! FLYBALL_GOLDEN=write writes the files anew. Every situation answers "why did it" or "why did it not".

use super::case_test::*;
use super::decision::explain_decision;
use super::service::explain;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::show::style::Style;
use crate::app::plugin::show::text;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::rail::Pause;
use crate::edge::crd::field::condition::{Condition, Truth};
use crate::edge::crd::field::stamp::Stamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

type Case = (&'static str, fn() -> Scene);

fn of(mut scene: Scene, change: impl FnOnce(&mut Scene)) -> Scene {
    change(&mut scene);
    scene
}

fn condition(type_: &str, status: Truth, reason: &str, message: &str) -> Condition {
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

const NOT_WELL: (&str, &str) = (
    "NotRecovered",
    "well for 4 of 30 readings: reject-rate (0.02 ratio) beyond its limit 0.15 for 12 readings is False; lock-wait-p99 (0.3 seconds) anomalous (usual 0.1 to 0.5) is False",
);
const ASKED: (&str, &str) = (
    "ApprovalAwaited",
    "a person must approve it first: a DecisionApproval with proposalHash 00112233445566778899",
);

/// Why it did not.
const QUIET: [Case; 22] = [
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
                    "reject-rate (absent ratio) beyond its limit 0.15 for 12 readings is Unknown; lock-wait-p99 (rejected: the source did not answer seconds) anomalous is Unknown",
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
const UNKNOWN: [Case; 5] = [
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

/// Why it did.
const ACTIVE: [Case; 11] = [
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
                    "the evidence is missing, the cut stays: reject-rate (absent ratio) beyond its limit 0.15 for 12 readings is Unknown",
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

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/explain").join(format!("{name}.txt"))
}

/// How a text differs from its golden file, if it does.
fn unlike(name: &str, told: &str) -> Option<String> {
    let file = file(name);
    if std::env::var("FLYBALL_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&file, told).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(expected.as_str(), told);
    (told != expected).then(|| format!("{name}:\n{}", difference.unified_diff().context_radius(2)))
}

fn all() -> impl Iterator<Item = &'static Case> {
    QUIET.iter().chain(&UNKNOWN).chain(&ACTIVE)
}

#[test]
fn every_situation_is_told_as_its_golden_file_has_it() {
    let told = all().filter_map(|(name, scene)| unlike(name, &text::told(&explain(&scene()), Style::PLAIN)));
    let unlike: Vec<String> = told.collect();
    assert!(unlike.is_empty(), "{}", unlike.join("\n\n"));
}

#[test]
fn a_decision_s_life_is_told_as_its_golden_file_has_it() {
    let mut scene = calm();
    decide(
        &mut scene,
        "Ended",
        "02:12:00",
        &[
            ("ProbePassed", "well during the probe: reject-rate is False"),
            ("RestoreVerified", "every flag was read back with its original"),
        ],
        |status| {
            cut(status);
            status["outcome"] = json!("Restored");
            status["heldSeconds"] = json!(330);
            status["effect"] = json!({"signal": "reject-rate", "excessBefore": 0.06, "easing": false, "company": false, "verdict": "Improved",
            "message": "reject-rate was 0.06 beyond its threshold before the cut and is 0.13 on the good side of it after"});
            let step = |clock: &str, phase: &str, code: &str, message: &str| json!({"at": at(clock), "phase": phase, "reasons": [{"code": code, "message": message}]});
            let values: Vec<String> =
                (0..60).map(|n| if n < 40 { "0.01".into() } else { format!("0.{n}") }).collect();
            status["evidence"] = json!({"at": at("02:03:10"), "signals": [{"signal": "reject-rate", "summary": "0.21 ratio, usual 0 to 0.03",
                "query": "q", "limit": 0.15, "start": at("01:53:20"), "stepSeconds": 10, "values": values.join(" "),
                "lower": "0 ".repeat(60), "upper": "0.03 ".repeat(60),
                "rows": [{"query": "top-locks", "labels": {"lock": "stock\u{1b}[31m"}, "value": 3.25, "unit": "s"}],
                "traces": [{"id": "4bf92f3577b34da6", "at": at("02:03:01"), "value": 1.9, "link": "https://traces/4bf92f3577b34da6"}]}]});
            status["transitions"] = json!([
                step(
                    "02:03:10",
                    "Acting",
                    "ConditionTrue",
                    "reject-rate (0.21 ratio) beyond its limit 0.15 for 12 readings is True"
                ),
                step("02:03:14", "Holding", "CutVerified", "every flag was read back at its fallback"),
                step("02:08:40", "Probing", "Recovered", "well for 30 readings"),
                step("02:12:00", "Ended", "ProbePassed", "well during the probe"),
            ]);
        },
    );
    let told = text::decision(&explain_decision(&scene, &scene.decisions[0]), Style::PLAIN);
    let difference = unlike("decision-restored", &told);
    assert!(difference.is_none(), "{}", difference.unwrap());
}

#[test]
fn no_situation_is_told_with_what_a_terminal_obeys() {
    for (name, scene) in all() {
        let told = explain(&scene());
        let shown = text::told(&told, Style::PLAIN);
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.chars().any(bad), "{name}: {shown:?}");
        assert!(!serde_json::to_string(&told).unwrap().contains("\\u001b"), "{name}");
    }
}

#[test]
fn there_is_a_golden_file_for_each_situation_and_no_other() {
    let files = std::fs::read_dir(file("x").parent().unwrap()).unwrap();
    let found: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let names = all().map(|(name, _)| *name).chain(["decision-restored"]);
    assert_eq!(found, names.map(|name| format!("{name}.txt")).collect());
}

#[test]
fn colours_change_nothing_but_colours() {
    let told = explain(&ill());
    let coloured = text::told(&told, Style { colour: true, width: 100 });
    let codes = regex::Regex::new("\x1b\\[[0-9]+m").unwrap();
    assert!(codes.is_match(&coloured));
    assert_eq!(codes.replace_all(&coloured, ""), text::told(&told, Style::PLAIN));
}
