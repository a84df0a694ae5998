//! What the API server itself refuses, by schema and CEL rules: the message names the field, the
//! value and the fix.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::scenario::mistakes::{OTHERS, POLICIES};
use serde_json::Value;

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
    println!("{} bad manifests were refused", POLICIES.len() + OTHERS.len());
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
