//! Where objects live in the API server: kind, namespace and name as a path.
//!
//! Owns a table of the kinds the suite touches, so that a misspelt kind fails here and not as a
//! puzzling 404.

use serde_json::Value;

/// Plural, group and version of a kind, and whether it is namespaced.
const KINDS: [(&str, &str, &str, bool); 24] = [
    ("HealthPolicy", "healthpolicies", "flyball.dev/v1alpha1", true),
    ("ClusterHealthPolicy", "clusterhealthpolicies", "flyball.dev/v1alpha1", false),
    ("ServiceHealth", "servicehealths", "flyball.dev/v1alpha1", true),
    ("Decision", "decisions", "flyball.dev/v1alpha1", true),
    ("DecisionApproval", "decisionapprovals", "flyball.dev/v1alpha1", true),
    ("FlagHold", "flagholds", "flyball.dev/v1alpha1", true),
    ("MetricSource", "metricsources", "flyball.dev/v1alpha1", false),
    ("FlagProvider", "flagproviders", "flyball.dev/v1alpha1", false),
    ("IssueTracker", "issuetrackers", "flyball.dev/v1alpha1", false),
    ("Notifier", "notifiers", "flyball.dev/v1alpha1", false),
    ("Governor", "governors", "flyball.dev/v1alpha1", false),
    ("FeatureFlag", "featureflags", "core.openfeature.dev/v1beta1", true),
    ("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", false),
    ("Lease", "leases", "coordination.k8s.io/v1", true),
    ("Namespace", "namespaces", "v1", false),
    ("Service", "services", "v1", true),
    ("ServiceAccount", "serviceaccounts", "v1", true),
    ("ConfigMap", "configmaps", "v1", true),
    ("Secret", "secrets", "v1", true),
    ("Event", "events", "v1", true),
    ("Deployment", "deployments", "apps/v1", true),
    ("ValidatingAdmissionPolicy", "validatingadmissionpolicies", "admissionregistration.k8s.io/v1", false),
    (
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "admissionregistration.k8s.io/v1",
        false,
    ),
    ("ClusterRole", "clusterroles", "rbac.authorization.k8s.io/v1", false),
];

/// The kinds that the definitions of this repository declare.
pub fn our_kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().filter(|(_, _, group, _)| group.starts_with("flyball.dev/")).map(|kind| (kind.0, kind.1))
}

/// Path of all objects of `kind`: of a namespace, or of all if `namespace` is empty.
pub fn all(kind: &str, namespace: &str) -> String {
    let (_, plural, group, namespaced) = KINDS
        .iter()
        .find(|(name, ..)| *name == kind)
        .unwrap_or_else(|| panic!("the suite knows no kind {kind}"));
    let root = if group.contains('/') { "/apis" } else { "/api" };
    match *namespaced && !namespace.is_empty() {
        true => format!("{root}/{group}/namespaces/{namespace}/{plural}"),
        false => format!("{root}/{group}/{plural}"),
    }
}

/// Path of one object.
pub fn one(kind: &str, namespace: &str, name: &str) -> String {
    format!("{}/{name}", all(kind, namespace))
}

/// Path of an object that is there.
pub fn of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let meta = &object["metadata"];
    one(&text(&object["kind"]), &text(&meta["namespace"]), &text(&meta["name"]))
}
