//! What a replay found, as it is printed, compared and reported.
//!
//! Owns the words and units of the output: camelCase, minutes as numbers, instants as RFC 3339.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that is told of one replay.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Where the readings came from.
    pub source: String,
    /// What was assumed; a reader must know it to judge the rest.
    pub assumes: Vec<String>,
    /// Readings of signals of services that were judged.
    pub readings: u64,
    pub policies: Vec<PolicyTold>,
    pub tiers: Vec<TierTold>,
    pub budgets: Vec<BudgetTold>,
    pub refusals: Vec<RefusalTold>,
    pub signals: Vec<SignalTold>,
    pub services: Vec<ServiceTold>,
    pub decisions: Vec<DecisionTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
}

/// One policy that was replayed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTold {
    pub policy: String,
    pub kind: String,
    pub interval_seconds: f64,
    pub services: usize,
}

/// One Decision.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionTold {
    pub name: String,
    pub policy: String,
    pub namespace: String,
    pub service: String,
    pub tier: String,
    pub level: String,
    pub mode: String,
    pub started: DateTime<Utc>,
    /// None: it lived at the end of the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    pub phase: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    pub minutes: f64,
    /// How long its flags were cut; 0 for one that only would have acted.
    pub held_minutes: f64,
    pub relapses: u32,
    /// `key=fallback`
    pub flags: Vec<String>,
    /// Budgets that refused it at some time.
    pub budgets: Vec<String>,
    /// Whether it acted, or would have done so: false if every rail refused it to its end.
    pub acted: bool,
    pub transitions: Vec<StepTold>,
    /// With labels: the incidents that it falls into, by name. Empty is a false alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incidents: Option<Vec<String>>,
}

/// One step of a Decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepTold {
    pub at: DateTime<Utc>,
    pub phase: String,
    /// `Code: sentence`
    pub reasons: Vec<String>,
}

/// Totals of one tier of one policy, over its services.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TierTold {
    pub policy: String,
    pub tier: String,
    pub level: String,
    pub mode: String,
    pub decisions: usize,
    /// Of those, refused by a rail to their end.
    pub blocked: usize,
    pub services: usize,
    /// From start to end, of all decisions.
    pub minutes: f64,
    pub held_minutes: f64,
    pub longest_minutes: f64,
    pub relapses: u32,
    /// Availability that the policy declares to give up while the tier holds, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_percent: Option<f64>,
    /// That share of the time held, and of the time of those that only would have acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_minutes: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms: Option<usize>,
}

/// One budget that refused something.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetTold {
    pub budget: String,
    /// Decisions that it refused at some time.
    pub decisions: usize,
    /// Of those, refused to their end.
    pub never_acted: usize,
}

/// Something wanted and refused without a Decision, for as long as it lasted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusalTold {
    pub policy: String,
    pub namespace: String,
    pub service: String,
    pub tier: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub reasons: Vec<String>,
}

/// What could be known of one signal, over the policy's services.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignalTold {
    pub policy: String,
    pub signal: String,
    pub services: usize,
    pub fresh: u64,
    pub idle: u64,
    pub not_applicable: u64,
    /// Stale, absent or rejected.
    pub unknown: u64,
    /// Of fresh, idle and unknown readings; 100 where there was no reading at all.
    pub unknown_percent: f64,
    /// Summed over services.
    pub unknown_minutes: f64,
    /// Unknown readings by why.
    pub why: BTreeMap<String, u64>,
    /// A question that gave no answer, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// How one service did under one policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTold {
    pub policy: String,
    pub namespace: String,
    pub service: String,
    pub decisions: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest_at: Option<DateTime<Utc>>,
    pub minutes_below_warning: f64,
    pub minutes_score_unknown: f64,
}

/// Decisions and a static threshold against labelled incidents.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accuracy {
    pub incidents: Vec<IncidentTold>,
    /// Labels that lie outside the span or name a service that was not seen.
    pub skipped: usize,
    pub flyball: Score,
    pub threshold: Score,
    /// The thresholds and where they come from.
    pub thresholds: Vec<ThresholdTold>,
}

/// How well alarms fit incidents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    pub alarms: usize,
    pub false_alarms: usize,
    pub false_alarm_percent: f64,
    pub found: usize,
    pub missed: usize,
    /// Of the incidents found, how long after their start; negative is before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_delay_minutes: Option<f64>,
}

/// One incident, and who saw it when.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentTold {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Minutes after its start at which the first Decision began; None: missed.
    pub flyball_minutes: Option<f64>,
    pub threshold_minutes: Option<f64>,
    /// How much earlier than the threshold; None unless both saw it.
    pub lead_minutes: Option<f64>,
    /// The first Decision that fell into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

/// One static threshold.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdTold {
    pub policy: String,
    pub service: String,
    pub signal: String,
    /// `above` or `below`
    pub side: &'static str,
    pub value: f64,
    /// `the declared limit`, or `the best in hindsight`
    pub origin: &'static str,
}
