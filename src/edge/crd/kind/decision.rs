//! Decision: one record per episode of (policy, service, tier).

use crate::edge::crd::field::condition::Condition;
use crate::edge::crd::field::reference::PolicyRef;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::told::ToldEntry;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::evidence::EvidenceEntry;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::policy::tier::LevelWord;
use crate::edge::crd::kind::reason_entry::ReasonEntry;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the episode belongs to. Written by the governor; to delete a live Decision is an order
/// to release.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "Decision",
    plural = "decisions",
    shortname = "dec",
    category = "flyball",
    namespaced,
    status = "DecisionStatus",
    derive = "PartialEq",
    doc = "One episode of one tier for one service: what is done, and why. Written by the governor.",
    printcolumn(name = "Service", type_ = "string", json_path = ".spec.service"),
    printcolumn(name = "Tier", type_ = "string", json_path = ".spec.tier"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Outcome", type_ = "string", json_path = ".status.outcome"),
    printcolumn(name = "Action", type_ = "string", json_path = ".status.action"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Policy", type_ = "string", json_path = ".spec.policyRef.name", priority = 1),
    printcolumn(name = "Level", type_ = "string", json_path = ".spec.level", priority = 1),
    printcolumn(name = "Deadline", type_ = "string", json_path = ".status.deadline", priority = 1),
    printcolumn(name = "Effect", type_ = "string", json_path = ".status.effect.verdict", priority = 1),
    printcolumn(name = "Issue", type_ = "string", json_path = ".status.issues[0].url", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct DecisionSpec {
    /// The policy.
    pub policy_ref: PolicyRef,
    /// Identity of the policy object.
    #[schemars(length(max = 128))]
    pub policy_uid: String,
    /// Name of the service; its namespace is the Decision's.
    #[schemars(length(max = 253))]
    pub service: String,
    /// Name of the tier.
    #[schemars(length(max = 253))]
    pub tier: String,
    /// Number of the episode of this tier and service. Unit: episodes.
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_u64))]
    pub ordinal: u64,
    /// How deep the tier cuts: `Fuse`, `Degrade` or `Optimize`.
    pub level: LevelWord,
    /// When the episode began.
    pub started: Stamp,
    /// The flags that it holds or would hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub flags: Vec<FlagEntry>,
}

/// One flag of an episode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagEntry {
    /// Name of the tier's action.
    #[schemars(length(max = 253))]
    pub action: String,
    /// Name of the FlagProvider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Key of the flag.
    #[schemars(length(max = 1024))]
    pub key: String,
    /// What the cut serves.
    #[schemars(length(max = 1024))]
    pub fallback: String,
    /// Name of the FlagHold.
    #[schemars(length(max = 253))]
    pub hold: String,
    /// The flag as it was before our first write. At most 64 KiB. Default: empty, nothing was to
    /// be written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 65536))]
    pub before: String,
    /// Since when it was to be cut and is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Stamp>,
    /// Since when clients are served the cut, where the provider says who can be asked. Default: not
    /// known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_at: Option<Stamp>,
}

/// Where the episode stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionStatus {
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::phase")]
    pub phase: Option<String>,
    /// How it will end once the flags are back (phase Restoring), or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::outcome")]
    pub outcome: Option<String>,
    /// What is done, in one line: `key=fallback` of each flag, and each issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub action: Option<String>,
    /// Why, in one line of sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
    /// When the phase began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Stamp>,
    /// When the flags were first asked to be cut; probes do not reset it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_cut: Option<Stamp>,
    /// When it must end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Stamp>,
    /// Probes that relapsed. Unit: probes.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub relapses: u32,
    /// How long the feature was away in the phases before this one. Unit: seconds. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub held_seconds: u64,
    /// Hash of the proposal that a DecisionApproval has to name; absent while nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub proposal_hash: Option<String>,
    /// The tests that held when a person was asked, without live values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 1024)), extend("x-kubernetes-list-type" = "atomic"))]
    pub rules: Vec<String>,
    /// Who approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub approved_by: Option<String>,
    /// What came of the cut; absent where the tier does not verify it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectEntry>,
    /// The issues that it asked for, as they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["action"])
    )]
    pub issues: Vec<IssueEntry>,
    /// What was found out when it began: readings, hot rows, traces. Default: none, it is still asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceEntry>,
    /// Why it stands where it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<ReasonEntry>,
    /// Its life, oldest first, the last 32 steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub transitions: Vec<TransitionEntry>,
    /// `Engaged`, `Verified`, `Restored` and `NeedsPerson`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,
    /// Who was told of what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["notifier"])
    )]
    pub told: Vec<ToldEntry>,
}

/// What came of a cut, seen in the tier's `verify.signal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectEntry {
    /// The signal.
    #[schemars(length(max = 63))]
    pub signal: String,
    /// How far beyond its threshold it stood before the cut, the median. Unit: the signal's.
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub excess_before: f64,
    /// Whether half of the worst was gone already before the cut.
    #[serde(default)]
    pub easing: bool,
    /// From when on the cut is seen in the signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Stamp>,
    /// Whether another action was on the service meanwhile.
    #[serde(default)]
    pub company: bool,
    /// `Improved`, `Ineffective` or `Inconclusive`; absent until it is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "word::effect")]
    pub verdict: Option<String>,
    /// The numbers behind the verdict.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// One step of a Decision's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransitionEntry {
    /// When.
    pub at: Stamp,
    /// Into which phase.
    #[schemars(schema_with = "word::phase")]
    pub phase: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<ReasonEntry>,
}
