//! Conditions: `all` or `any` of tests, one level of nesting.

use super::rules;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::reference::LABEL;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must hold. Exactly one of `all` and `any`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = rules::all_or_any())]
pub struct WhenSpec {
    /// All of these must hold. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub all: Option<Vec<TermSpec>>,
    /// At least one of these must hold. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub any: Option<Vec<TermSpec>>,
}

/// A test of a signal or of the score, or a group of such tests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::one_check(true), validation = rules::signal_where_due())]
pub struct TermSpec {
    /// The signal that is tested. Required with `above`, `below`, `beyondLimit`, `anomalous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub signal: Option<String>,
    /// The signal is above a value. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<ThresholdSpec>,
    /// The signal is below a value. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<ThresholdSpec>,
    /// The signal is beyond its own `limit`, on its bad side. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond_limit: Option<SpanSpec>,
    /// The signal is unusual, on its bad side. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomalous: Option<AnomalousSpec>,
    /// The service's score is low; takes no `signal`. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreTest>,
    /// A group of which all must hold. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub all: Option<Vec<TestSpec>>,
    /// A group of which at least one must hold. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub any: Option<Vec<TestSpec>>,
}

/// A test of a signal or of the score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::one_check(false), validation = rules::signal_where_due())]
pub struct TestSpec {
    /// The signal that is tested. Required with `above`, `below`, `beyondLimit`, `anomalous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub signal: Option<String>,
    /// The signal is above a value. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<ThresholdSpec>,
    /// The signal is below a value. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<ThresholdSpec>,
    /// The signal is beyond its own `limit`, on its bad side. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond_limit: Option<SpanSpec>,
    /// The signal is unusual, on its bad side. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomalous: Option<AnomalousSpec>,
    /// The service's score is low; takes no `signal`. Default: not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreTest>,
}

/// A value, and how long: `for`, or `times` readings within a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = rules::one_span())]
pub struct ThresholdSpec {
    /// The threshold. Unit: the signal's. Required.
    #[schemars(range(min = -1e15, max = 1e15))]
    pub value: f64,
    /// For how long without a break: a duration. Default: 0s, one reading.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Duration>,
    /// How many of the readings within `within`. Unit: readings. Required with `within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub times: Option<u32>,
    /// How far back readings are counted: a duration. Required with `times`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// How long: `for`, or `times` readings within a time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = rules::one_span())]
pub struct SpanSpec {
    /// For how long without a break: a duration. Default: 0s, one reading.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Duration>,
    /// How many of the readings within `within`. Unit: readings. Required with `within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub times: Option<u32>,
    /// How far back readings are counted: a duration. Required with `times`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// The baseline's own alarm, or readings in a row outside the band.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalousSpec {
    /// So many readings in a row outside the band. Unit: readings. Default: the baseline's own
    /// alarm, which is at once for a far breach and after several readings for a mild one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub periods: Option<u32>,
}

/// A test of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreTest {
    /// The score is below it. Unit: points, 0 to 100. Required.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub below: f64,
    /// For how long without a break: a duration. Default: 0s, one reading.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Duration>,
}
