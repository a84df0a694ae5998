//! What the API server itself refuses, by schema and CEL rules: the message names the field, the
//! value and the fix.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use serde_json::Value;

/// A mistake in a HealthPolicy's `spec`, and what the refusal must contain.
const POLICIES: [(&str, &[&str]); 21] = [
    ("interval: 500ms, SIGNALS", &["spec.interval", "500ms", "write such as 30s"]),
    ("interval: 7d, SIGNALS", &["spec.interval", "7d", "write 168h"]),
    ("interval: 90, SIGNALS", &["spec.interval", "\"integer\"", "of type string"]),
    ("mode: Enforced, SIGNALS", &["spec.mode", "Enforced", "\"Observe\", \"Approve\", \"Enforce\""]),
    ("signals: []", &["spec.signals", "should have at least 1 items"]),
    ("signals: [{name: a}]", &["spec.signals[0].query", "Required value"]),
    ("signals: [{name: a, query: x}, {name: a, query: z}]", &["spec.signals[1]", "Duplicate value", "a"]),
    ("signals: [{name: Bad_Name, query: x}]", &["spec.signals[0].name", "Bad_Name"]),
    ("signals: [{name: a, query: x, onMissing: Zero}]", &["spec.signals[0]", "signal a", "add activity"]),
    (
        "signals: [{name: a, query: x, weight: -1}]",
        &["spec.signals[0].weight", "-1", "greater than or equal to"],
    ),
    (
        "signals: [{name: a, query: x, identity: {fromLabel: cluster_name}}]",
        &["spec.signals[0].identity", "fromLabel without pattern"],
    ),
    ("score: {passing: 60}, SIGNALS", &["spec.score", "raise passing"]),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: b, anomalous: {}}]}}]",
        &["spec.tiers", "tier t", "declare it"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, beyondLimit: {for: 1m}}]}}]",
        &["spec.tiers", "tier t", "give the signal a limit"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {}}]",
        &["spec.tiers[0].when", "neither all nor any", "write such as any:"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a}]}}]",
        &["spec.tiers[0].when.any[0]", "signal a", "write one test per check"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, above: {value: 1, times: 9, within: 1m}}]}}]",
        &["spec.tiers", "tier t", "ask for fewer"],
    ),
    (
        "SIGNALS, tiers: [{TIER, WHEN, maxDuration: 48h}]",
        &["spec.tiers[0].maxDuration", "48h", "at most 24h", "write such as 1h"],
    ),
    (
        "SIGNALS, tiers: [{name: t, level: Fuse, WHEN, actions: [{name: cut}]}]",
        &["spec.tiers[0].actions[0]", "action cut", "exactly one of flag and issue"],
    ),
    (
        "SIGNALS, tiers: [{name: t, level: Fuse, WHEN, actions: [{name: cut, flag: {providerRef: {name: f}, key: k, fallback: off}}]}]",
        &["spec.tiers[0].actions[0].flag.fallback", "\"boolean\"", "of type string"],
    ),
    (
        "SIGNALS, tiers: [{TIER, WHEN, verify: {signal: b}}]",
        &["spec.tiers", "verify.signal of tier t", "declare it there"],
    ),
];

/// Mistakes in other kinds.
const OTHERS: [(&str, &str, &str, &[&str]); 7] = [
    ("Governor", "mine", "{}", &["mine", "name it default"]),
    (
        "Governor",
        "default",
        "{budgets: {perWindow: {count: 3, window: 5s}}}",
        &["perWindow.window", "5s", "write such as 1h"],
    ),
    (
        "FlagProvider",
        "both",
        "{file: {path: /f}, openFeature: {object: {name: f}}}",
        &["spec", "exactly one of", "file openFeature"],
    ),
    ("FlagProvider", "none", "{}", &["spec", "exactly one of file, configMap, openFeature"]),
    ("MetricSource", "bare", "{url: prometheus}", &["spec.url", "prometheus"]),
    ("IssueTracker", "none", "{}", &["an IssueTracker has exactly one of github"]),
    ("Notifier", "none", "{}", &["a Notifier has exactly one of slack"]),
];

pub fn name_field_value_and_fix(plane: &ControlPlane) {
    plane.make_namespace("refused");
    let mut unlike = Vec::new();
    for (spec, parts) in POLICIES {
        let spec = spec
            .replace("SIGNALS", "signals: [{name: a, query: x}]")
            .replace("TIER", "name: t, level: Fuse, actions: [{name: cut, flag: {providerRef: {name: f}, key: k, fallback: \"off\"}}]")
            .replace("WHEN", "when: {any: [{signal: a, anomalous: {}}]}");
        unlike.extend(refused(plane, "HealthPolicy", "wrong", &format!("{{{spec}}}"), parts));
    }
    for (kind, name, spec, parts) in OTHERS {
        unlike.extend(refused(plane, kind, name, spec, parts));
    }
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

/// A complaint, unless the manifest is refused with all `parts` in the message.
fn refused(plane: &ControlPlane, kind: &str, name: &str, spec: &str, parts: &[&str]) -> Option<String> {
    let document = format!(
        "apiVersion: flyball.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}{}}}\nspec: {spec}\n",
        if kind == "HealthPolicy" { ", namespace: refused" } else { "" }
    );
    let refusal = plane.create(&document);
    let Err(message) = refusal else { return Some(format!("{spec}: is accepted")) };
    let missing: Vec<_> = parts.iter().filter(|part| !message.contains(**part)).collect();
    (!missing.is_empty()).then(|| format!("{spec}: {missing:?} not in: {message}"))
}

pub fn approvals_cannot_be_changed(plane: &ControlPlane) {
    plane.make_namespace("refused");
    let document = "apiVersion: flyball.dev/v1alpha1\nkind: DecisionApproval\n\
         metadata: {name: ok, namespace: refused}\n\
         spec: {decisionRef: {name: d}, proposalHash: 0123456789abcdef, verdict: Approve, by: ann}\n";
    plane.apply(document);
    let changed = plane.try_apply(&document.replace("Approve", "Deny"));
    let refusal = changed.expect_err("an approval was changed");
    assert!(refusal.contains("create another DecisionApproval"), "{refusal}");
    let object: Value = serde_yaml::from_str(document).expect("it is YAML");
    plane.admin.delete(&address::of(&object)).expect("it can be deleted");
}
