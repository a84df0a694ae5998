//! Tiers: when to act, on which terms, and how to come back.

use super::action::ActionSpec;
use super::rules;
use super::when::WhenSpec;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::reference::LABEL;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that is done when signals are bad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::max_duration())]
pub struct TierSpec {
    /// Name of the tier inside the policy. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// How deep it cuts: `Fuse`, `Degrade` or `Optimize`. It orders display, budgets and
    /// precedence. Required.
    pub level: LevelWord,
    /// How far this tier may go: `Observe`, `Approve` or `Enforce`. Default: the policy's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ModeWord>,
    /// What must hold for it to engage. Required.
    pub when: WhenSpec,
    /// Which signals must be among the True ones: `UserFacing` (one that users feel) or `Any`.
    /// Default: UserFacing for Fuse, Any for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires: Option<RequiresWord>,
    /// When its signals count as well again. Default: as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recover: Option<RecoverSpec>,
    /// What it does, in this order, at most 8. Default: nothing, it only says that it is True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 8),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub actions: Vec<ActionSpec>,
    /// How its effect is watched. Default: as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifySpec>,
    /// How long it holds at most, from the first cut: a duration, at most `24h`. Default: 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<Duration>,
    /// What becomes of the cut at the deadline: `Restore`, or `Keep` (latched, people are told).
    /// Default: Restore.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_deadline: Option<OnDeadlineWord>,
    /// How long it rests after an episode: a duration. Default: 10m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Duration>,
    /// After so many relapses in one episode the cut stays until a person or the deadline ends
    /// it. Unit: relapses. Default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub latch_after: Option<u32>,
    /// What the action itself costs the service's users, for reports. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_impact: Option<SlaImpact>,
    /// How a person is asked in mode `Approve`. Default: as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalSpec>,
}

/// When a tier's signals count as well again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoverSpec {
    /// How long they must have been well: a duration. Default: 5m.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Duration>,
    /// How far back across the threshold, as a share of it. Unit: percent. Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub margin_percent: Option<f64>,
}

/// How an action's effect, and a probe, are watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifySpec {
    /// The signal that must improve. Default: none, the effect is not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub signal: Option<String>,
    /// How long is watched, after a cut and in a probe: a duration. Default: 3m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// What follows if it did not help: `Tell` or `Undo`. Default: Tell for Fuse, Undo for the
    /// others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_ineffective: Option<OnIneffectiveWord>,
}

/// What an action costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlaImpact {
    /// Availability that is given up while the tier holds. Unit: percent. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub availability_percent: Option<f64>,
}

/// How a person is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSpec {
    /// How long the answer is waited for: a duration. Default: 5m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// What follows without an answer: `Skip` (nothing is done) or `Act`. Default: Skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeoutWord>,
}

/// How far a policy or tier may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ModeWord {
    #[default]
    Observe,
    Approve,
    Enforce,
}

/// How deep a tier cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LevelWord {
    Fuse,
    Degrade,
    Optimize,
}

/// Which signals must be among the True ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RequiresWord {
    UserFacing,
    Any,
}

/// What becomes of a cut at its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnDeadlineWord {
    Restore,
    Keep,
}

/// What follows if an action did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnIneffectiveWord {
    Tell,
    Undo,
}

/// What follows without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnTimeoutWord {
    Skip,
    Act,
}
