//! What `explain` says, as data: the same for people, for `-o json` and for `-o yaml`.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Everything that is said of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    pub namespace: String,
    pub service: String,
    pub verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// How it does, in a sentence.
    pub headline: String,
    /// What its workload does that may explain the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workload: Vec<String>,
    /// What holds for the whole fleet, and stops or limits actions right now.
    pub fleet: Vec<Said>,
    pub policies: Vec<ToldPolicy>,
    /// Ended episodes, newest first.
    pub before: Vec<String>,
    /// What could not be read, so that what is said may lack something.
    pub unread: Vec<String>,
}

/// What one policy says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldPolicy {
    pub kind: &'static str,
    pub name: String,
    pub headline: String,
    /// What keeps it from judging or acting.
    pub troubles: Vec<Said>,
    pub signals: Vec<ToldSignal>,
    pub tiers: Vec<ToldTier>,
}

/// One signal against its band and its limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldSignal {
    pub name: String,
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub penalty: Option<f64>,
    /// Whether it is on its bad side of band or limit.
    pub bad: bool,
}

/// What one tier does, or why it does not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldTier {
    pub name: String,
    pub headline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Why it stands as it stands.
    pub why: Vec<Said>,
    /// Issues that it asked for, and how they stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
    /// Each test of its condition: whether it holds, and what is missing.
    pub condition: Vec<String>,
    /// What happens next, and when.
    pub next: Vec<String>,
    /// What a person can do about it.
    pub you_can: Vec<Order>,
}

/// A sentence, the word to search for, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub you_can: Vec<Order>,
}

impl Said {
    /// A sentence that nobody has to do anything about.
    pub fn just(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, you_can: Vec::new() }
    }
}

/// Something that a person can do: what it does, who may, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub what: String,
    pub who: &'static str,
    pub command: String,
}

/// The life of one Decision, and what it stands on now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldDecision {
    pub namespace: String,
    pub name: String,
    pub headline: String,
    /// Oldest first.
    pub story: Vec<Step>,
    /// What came of the cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    pub flags: Vec<String>,
    /// The signals behind it, as they were when it began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// Its service and tier as they stand now.
    pub now: Told,
}

/// One step of a life.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub at: String,
    pub phase: String,
    pub why: Vec<String>,
}

/// One signal as it was when a Decision began.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    pub signal: String,
    pub summary: String,
    /// At equal distances, oldest first; null where nothing was fresh.
    pub values: Vec<Option<f64>>,
    /// The band at each of them.
    pub bands: Vec<Option<(f64, f64)>>,
    pub start: Option<DateTime<Utc>>,
    pub step_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The largest rows of its evidence queries, and traces.
    pub lines: Vec<String>,
}
