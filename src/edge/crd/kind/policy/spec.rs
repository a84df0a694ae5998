//! The two policy kinds and the body that they share.

use super::rules;
use super::signal::{FineTuning, SignalSpec};
use super::tier::{ModeWord, TierSpec};
use crate::edge::crd::field::condition::Condition;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::notification::Notification;
use crate::edge::crd::field::reference::NameRef;
use crate::edge::crd::field::selector::LabelSelector;
use crate::edge::crd::field::window::Window;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::service_health::EffectCounts;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is watched and what is done about it, for the services of the policy's own namespace.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "HealthPolicy",
    plural = "healthpolicies",
    shortname = "hpol",
    category = "flyball",
    namespaced,
    status = "PolicyStatus",
    derive = "PartialEq",
    doc = "Signals, tiers and actions for the services of its own namespace.",
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Services", type_ = "integer", json_path = ".status.services"),
    printcolumn(name = "Worst", type_ = "string", json_path = ".status.worst"),
    printcolumn(name = "Tier", type_ = "string", json_path = ".status.tier"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Source", type_ = "string", json_path = ".spec.sourceRef.name", priority = 1),
    printcolumn(name = "Interval", type_ = "string", json_path = ".spec.interval", priority = 1),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
pub struct HealthPolicySpec {
    /// What both kinds of policies share.
    #[serde(flatten)]
    pub body: PolicyBody,
}

/// The same over the namespaces that a selector chooses.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "ClusterHealthPolicy",
    plural = "clusterhealthpolicies",
    shortname = "chpol",
    category = "flyball",
    status = "PolicyStatus",
    derive = "PartialEq",
    doc = "Signals, tiers and actions for the services of chosen namespaces.",
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Services", type_ = "integer", json_path = ".status.services"),
    printcolumn(name = "Worst", type_ = "string", json_path = ".status.worst"),
    printcolumn(name = "Tier", type_ = "string", json_path = ".status.tier"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Source", type_ = "string", json_path = ".spec.sourceRef.name", priority = 1),
    printcolumn(name = "Interval", type_ = "string", json_path = ".spec.interval", priority = 1),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ClusterHealthPolicySpec {
    /// Namespaces whose services are governed; `{}` is every namespace. Required.
    pub namespace_selector: LabelSelector,
    /// What both kinds of policies share.
    #[serde(flatten)]
    pub body: PolicyBody,
}

/// What both kinds of policies share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::interval(),
    validation = rules::declared(),
    validation = rules::limited(),
    validation = rules::countable(),
    validation = rules::verified(),
    validation = rules::overridden()
)]
pub struct PolicyBody {
    /// How far the policy may go: `Observe` (says what it would do), `Approve` (asks a person),
    /// `Enforce` (acts). A tier may set its own. Default: Observe.
    #[serde(default)]
    pub mode: ModeWord,
    /// The MetricSource that is asked. Default: `{name: default}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<NameRef>,
    /// Distance of the instants at which the policy is evaluated: a duration, `1s` to `1h`.
    /// Default: 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Time zone of seasons and schedules, an IANA name such as `Asia/Shanghai`. Default: UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub timezone: Option<String>,
    /// Which services are governed. Default: all that the signals show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<ServicesSpec>,
    /// What is measured. At least one, at most 16. Required.
    #[schemars(
        length(min = 1, max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub signals: Vec<SignalSpec>,
    /// Thresholds of the score. Default: 85, 70 and 50 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreThresholds>,
    /// What is done when signals are bad, at most 8. Default: none, the policy only scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 8),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub tiers: Vec<TierSpec>,
    /// Other values for some of the services; the first that names a service counts.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub overrides: Vec<Override>,
    /// Times at which the policy learns nothing or does nothing. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub windows: Vec<Window>,
    /// Who is told of what. Default: the Governor's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub notifications: Vec<Notification>,
}

/// Which services a policy governs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServicesSpec {
    /// Names of services, with `*` for any run of characters. Default: every service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub include: Vec<String>,
    /// Names of services that are left out although included. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub exclude: Vec<String>,
    /// A service that no signal has shown for so long is retired: a duration. Default: 24h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forget_after: Option<Duration>,
}

/// Thresholds of the score, 0 to 100.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::ordered_score())]
pub struct ScoreThresholds {
    /// At or above it a service is Healthy. Unit: points. Default: 85.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub passing: Option<f64>,
    /// Below it a service is Breaching. Unit: points. Default: 70.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub warning: Option<f64>,
    /// Share of the signals' weight that must be known for a score. Unit: percent. Default: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub min_known_percent: Option<f64>,
}

/// Other values for some of the services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    /// Names of the services, with `*` for any run of characters. Required.
    #[schemars(
        length(min = 1, max = 64),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub services: Vec<String>,
    /// Signals that are judged otherwise. Required.
    #[schemars(
        length(min = 1, max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub signals: Vec<FineTuning>,
}

/// What the governor says of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyStatus {
    /// Generation of the spec that this speaks of. Unit: generations of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_i64))]
    pub observed_generation: Option<i64>,
    /// How many services it governs now. Unit: services.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub services: Option<u32>,
    /// The worst verdict of its services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::verdict")]
    pub worst: Option<String>,
    /// Name of the deepest tier that is engaged for any of its services.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub tier: Option<String>,
    /// What came of its decisions, over all its services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<EffectCounts>,
    /// `Accepted`, `SignalsHealthy`, `BaselineMature` and `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,
}
