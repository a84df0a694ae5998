//! What a Decision shows beside its reasons.
//!
//! Readings are kept as lines of numbers, not as lists of them: `kubectl describe` prints each item
//! of a list on a line of its own.

use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was found out when an episode began. It decides nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceEntry {
    /// The instant that was asked for.
    pub at: Stamp,
    /// The signals that the tier's tests held for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub signals: Vec<SignalEvidenceEntry>,
    /// What could not be found out, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), inner(length(max = 1024)), extend("x-kubernetes-list-type" = "atomic"))]
    pub troubles: Vec<String>,
}

/// What is shown of one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalEvidenceEntry {
    /// Name of the signal.
    #[schemars(length(max = 128))]
    pub signal: String,
    /// Its newest value, and what is usual, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub summary: String,
    /// Its last readings as a line of bars, oldest first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 64))]
    pub chart: String,
    /// Unit of its values, for display. Default: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub unit: String,
    /// What is too much, whatever is usual. Unit: the signal's. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub limit: Option<f64>,
    /// PromQL of the signal, as it is asked.
    #[schemars(length(max = 2048))]
    pub query: String,
    /// When the first reading was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Stamp>,
    /// Time between two readings. Unit: seconds.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub step_seconds: u64,
    /// The readings, oldest first, separated by spaces; `-` where there was none that is fresh. Unit:
    /// the signal's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 2048))]
    pub values: String,
    /// Lower end of the band at each of them; `-` where nothing was known. Unit: the signal's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 2048))]
    pub lower: String,
    /// Upper end of the band at each of them; `-` where nothing was known. Unit: the signal's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 2048))]
    pub upper: String,
    /// What the signal's evidence queries answered, the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 40), extend("x-kubernetes-list-type" = "atomic"))]
    pub rows: Vec<RowEntry>,
    /// Traces of requests behind the signal, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), extend("x-kubernetes-list-type" = "atomic"))]
    pub traces: Vec<TraceEntry>,
}

/// One row of an evidence query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowEntry {
    /// Name of the evidence query.
    #[schemars(length(max = 128))]
    pub query: String,
    /// The row's labels, without those that name the service.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "word::labels")]
    pub labels: BTreeMap<String, String>,
    /// The value. Unit: the query's.
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub value: f64,
    /// Unit of the value, for display. Default: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub unit: String,
}

/// One trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraceEntry {
    /// The trace id.
    #[schemars(length(max = 128))]
    pub id: String,
    /// When the request was measured.
    pub at: Stamp,
    /// What was measured of it. Unit: the metric's.
    #[schemars(range(min = -1.7e308, max = 1.7e308))]
    pub value: f64,
    /// Labels of the series and of the exemplar.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "word::labels")]
    pub labels: BTreeMap<String, String>,
    /// Where it can be looked at, if the MetricSource says so. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub link: Option<String>,
}
