//! ServiceHealth: how a service does, by policy, and what its tiers remember.

use super::reason_entry::ReasonEntry;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::reference::PolicyKind;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The service that the status speaks of. Written by the governor.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "ServiceHealth",
    plural = "servicehealths",
    shortname = "svh",
    category = "flyball",
    namespaced,
    status = "ServiceHealthStatus",
    derive = "PartialEq",
    doc = "How one service does: score, verdict, bands. Written by the governor, one per service.",
    printcolumn(name = "Score", type_ = "number", json_path = ".status.score"),
    printcolumn(name = "Verdict", type_ = "string", json_path = ".status.verdict"),
    printcolumn(name = "Tier", type_ = "string", json_path = ".status.tier"),
    printcolumn(name = "Worst Signal", type_ = "string", json_path = ".status.worstSignal"),
    printcolumn(name = "Observed", type_ = "date", json_path = ".status.observedAt", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
pub struct ServiceHealthSpec {
    /// Name of the service, as the identity label says it.
    #[schemars(length(min = 1, max = 253))]
    pub service: String,
}

/// How the service does; the top line is the worst of its policies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceHealthStatus {
    /// The lowest score of its policies; absent while unknown. Unit: points, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub score: Option<f64>,
    /// The worst verdict of its policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::verdict")]
    pub verdict: Option<String>,
    /// The deepest tier that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub tier: Option<String>,
    /// The signal that costs most of the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub worst_signal: Option<String>,
    /// When this was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Stamp>,
    /// What each policy says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["kind", "name"])
    )]
    pub policies: Vec<PolicyHealth>,
}

/// What one policy says of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyHealth {
    /// Kind of the policy.
    pub kind: PolicyKind,
    /// Name of the policy.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Identity of the policy object whose tiers are remembered below.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub uid: Option<String>,
    /// The score; absent while too little is known. Unit: points, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub score: Option<f64>,
    /// The verdict.
    #[schemars(schema_with = "word::verdict")]
    pub verdict: String,
    /// How long ended episodes of its tiers kept a feature away. Unit: minutes. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e12))]
    pub held_minutes: Option<f64>,
    /// Availability that they gave up: the time held times the tiers' `slaImpact`. Unit: minutes of
    /// full outage. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e12))]
    pub lost_minutes: Option<f64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<ReasonEntry>,
    /// Its signals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub signals: Vec<SignalHealth>,
    /// Its tiers, and what they remember between episodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub tiers: Vec<TierHealth>,
}

/// One signal of the service, judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalHealth {
    /// Name of the signal.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The reading as people read it: a number, or why there is none.
    #[schemars(length(max = 256))]
    pub reading: String,
    /// The value, if it is fresh. Unit: the signal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub value: Option<f64>,
    /// What was expected. Unit: the signal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub expected: Option<f64>,
    /// Lower end of the band. Unit: the signal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub lower: Option<f64>,
    /// Upper end of the band. Unit: the signal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub upper: Option<f64>,
    /// How far outside the band on the bad side. Unit: half widths of that side of the band.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.7e308))]
    pub severity: Option<f64>,
    /// Whether the baseline itself raises the alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<bool>,
    /// How long the baseline still has to learn: a duration; absent when it is mature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_remaining: Option<Duration>,
    /// What it takes from the score before weighing. Unit: 0 (nothing) to 1 (everything).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub penalty: Option<f64>,
}

/// One tier for the service: what it does or why it does not, and what it remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TierHealth {
    /// Name of the tier.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Phase of the live Decision; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::phase")]
    pub phase: Option<String>,
    /// Name of the live Decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub decision: Option<String>,
    /// Why it does or does not act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<ReasonEntry>,
    /// Number of the last episode. Unit: episodes.
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_u64))]
    pub ordinal: u64,
    /// No engagement before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_until: Option<Stamp>,
    /// Why it may not engage again yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_out: Option<LockOutEntry>,
    /// How many times longer than `recover.for` the signals must be well before a probe.
    /// Unit: times `recover.for`. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub hold_factor: Option<u32>,
    /// Whether a `flyball.dev/unlatch` that is still there was obeyed. Default: false.
    #[serde(default)]
    pub unlatched: bool,
    /// What came of its decisions.
    #[serde(default)]
    pub effects: EffectCounts,
    /// How long its ended episodes kept the feature away. Unit: seconds. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub held_seconds: u64,
    /// Availability that they gave up: the time held times `slaImpact`. Unit: milliseconds of full
    /// outage. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub lost_millis: u64,
    /// The last issue of each of its actions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["action"])
    )]
    pub issues: Vec<IssueEntry>,
}

/// How often what came of decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectCounts {
    /// The signal improved after the cut. Unit: Decisions. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub improved: u32,
    /// It did not. Unit: Decisions. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub ineffective: u32,
    /// It cannot be told. Unit: Decisions. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub inconclusive: u32,
    /// A probe relapsed at least once. Unit: Decisions. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub relapsed: u32,
    /// A person's edit won. Unit: Decisions. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub superseded: u32,
}

/// Why a tier may not engage again yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LockOutEntry {
    /// Since when.
    pub since: Stamp,
    /// How the last episode ended.
    #[schemars(schema_with = "word::outcome")]
    pub outcome: String,
    /// Generation of the policy at that time; a change of spec lifts the lock. Unit: generations
    /// of the spec.
    #[schemars(range(min = -9_223_372_036_854_775_808_i64, max = 9_223_372_036_854_775_807_i64))]
    pub generation: i64,
}
