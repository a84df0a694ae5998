//! Signals: what is asked, whose answer it is, and what is bad about it.

use super::rules;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::reference::LABEL;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shape of a Prometheus label's name.
pub const PROMETHEUS_LABEL: &str = "^[a-zA-Z_][a-zA-Z0-9_]*$";

/// One measured quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::zero_needs_activity())]
pub struct SignalSpec {
    /// Name of the signal inside the policy. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// PromQL that answers for all services at once, one row per service. A comparison at its
    /// top needs `bool`. Required.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Where a row's service and namespace stand. Default: the source's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentitySpec>,
    /// Whether there is any traffic to judge. Default: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivitySpec>,
    /// What an absent row means: `Unknown`, or `Zero` (while active, absent means 0; needs
    /// `activity`). Default: Unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_missing: Option<OnMissingWord>,
    /// Which way is bad: `Higher`, `Lower` or `Either`. Default: Higher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worse: Option<WorseWord>,
    /// Whether users feel it: `Internal` or `User`. Default: Internal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facing: Option<FacingWord>,
    /// Share in the score, relative to the other signals. Unit: none. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub weight: Option<f64>,
    /// What is too much (too little where `worse` is `Lower`), whatever is usual. Unit: the
    /// signal's. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e15, max = 1e15))]
    pub limit: Option<f64>,
    /// Unit of the values, for display only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub unit: Option<String>,
    /// Samples older than this are Stale: a duration. Default: 3 x interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// How the usual is learned. Default: by week, as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineFields>,
    /// Queries whose answers are shown with a decision. They are asked once, when an episode begins,
    /// and decide nothing. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 4),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub evidence: Vec<Evidence>,
}

/// Where a row's service and namespace stand: in two labels, in one label by a pattern, or the
/// namespace is fixed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::identity_whole(), validation = rules::identity_one())]
pub struct IdentitySpec {
    /// Label with the service's name. Default: the source's, `service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub service_label: Option<String>,
    /// Label with the service's namespace. Default: the source's, `namespace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub namespace_label: Option<String>,
    /// One label that holds both, read by `pattern`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub from_label: Option<String>,
    /// Regular expression over `fromLabel` with the named groups `service` and `namespace`.
    /// Required with `fromLabel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub pattern: Option<String>,
    /// The namespace of all rows, where no label tells it; only if the source has
    /// `allowUnfenced`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub namespace: Option<String>,
}

/// Whether there is any traffic to judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivitySpec {
    /// PromQL with one row per service, by the signal's identity. Required.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Below it the signal is Idle: it engages nothing and teaches nothing. Unit: the query's.
    /// Required.
    #[schemars(range(min = -1e15, max = 1e15))]
    pub min: f64,
}

/// How the usual is learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BaselineFields {
    /// The rhythm that is learned: `None`, `Day` or `Week`. Default: Week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<SeasonWord>,
    /// Share of the usual values inside the band. Unit: percent. Default: 95.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 50.0, max = 99.9))]
    pub confidence_percent: Option<f64>,
    /// Deviations that are never out of band, however narrow it is. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_deviation: Option<MinDeviation>,
    /// How long a baseline learns before its word counts: a duration. Default: 24h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Duration>,
}

/// Deviations too small to matter; the larger of the two counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MinDeviation {
    /// In the signal's own terms. Unit: the signal's. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e15))]
    pub absolute: Option<f64>,
    /// As a share of the expected value. Unit: percent. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub percent: Option<f64>,
}

/// A query whose answer is shown with a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Name of the evidence. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// PromQL with rows by the signal's identity and other labels, such as
    /// `topk by (namespace, service) (3, ...)`; the first 10 rows of a service are kept. Required.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Unit of the values, for display only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub unit: Option<String>,
}

/// Other values of one signal for some services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FineTuning {
    /// The signal. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// Its limit for these services. Unit: the signal's. Default: the signal's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e15, max = 1e15))]
    pub limit: Option<f64>,
    /// Its weight for these services. Unit: none. Default: the signal's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub weight: Option<f64>,
}

/// What an absent row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnMissingWord {
    Unknown,
    Zero,
}

/// Which way is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorseWord {
    Higher,
    Lower,
    Either,
}

/// Who feels a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FacingWord {
    Internal,
    User,
}

/// The rhythm that a baseline learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeasonWord {
    None,
    Day,
    Week,
}
