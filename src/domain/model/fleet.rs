//! The whole of what policies share: the Governor, holds, the ledger, present flags.
//!
//! Owns the second input of `plan`. The loop fills it before each cycle; nothing in it is
//! guessed: what could not be read says so.

use super::flag::FlagView;
use super::hold::FlagHold;
use super::id::{PolicyKey, ServiceKey};
use super::issue::IssueView;
use super::provider::ProviderFacts;
use super::rail::{Approval, BreakerState, Pauses};
use super::selector::Labels;
use super::served::Served;
use super::tracker::TrackerFacts;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Everything shared, at one instant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fleet {
    /// Id of this installation.
    pub installation: String,
    /// None: no Governor object, so nothing may be engaged.
    pub governor: Option<Governor>,
    /// Providers by name.
    pub providers: BTreeMap<String, ProviderFacts>,
    /// Labels of namespaces by name, where they could be read: what rules of `allow` choose by.
    #[serde(default)]
    pub namespaces: BTreeMap<String, Labels>,
    /// Stored FlagHolds by name.
    pub holds: BTreeMap<String, FlagHold>,
    /// Present flags by hold name.
    pub flags: BTreeMap<String, FlagView>,
    /// Whether clients are served the cuts that are on flags, by hold name, where that can be asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub served: BTreeMap<String, Served>,
    /// Live episodes that hold flags, over all policies: what budgets count.
    pub holding: Vec<Holding>,
    /// The verdict of every governed service, worst of its policies.
    pub verdicts: BTreeMap<ServiceKey, Verdict>,
    /// Engagements of the past, newest last: the budget ledger.
    pub ledger: Vec<LedgerEntry>,
    /// The governor has just started and only looks.
    pub starting_up: bool,
    /// What people paused by annotations on namespaces and workloads.
    pub pauses: Pauses,
    /// Name of an open NoAct window of the Governor.
    pub no_act: Option<String>,
    /// What the breaker said last.
    pub breaker: Option<BreakerState>,
    /// Every DecisionApproval there is.
    pub approvals: Vec<Approval>,
    /// Identity of the stored objects of live Decisions, by name.
    pub uids: BTreeMap<String, String>,
    /// Live Decisions in phase Blocked, by name.
    pub blocked: BTreeSet<String>,
    /// IssueTrackers by name.
    #[serde(default)]
    pub trackers: BTreeMap<String, TrackerFacts>,
    /// What trackers showed last, by fingerprint.
    #[serde(default)]
    pub issues: BTreeMap<String, IssueView>,
}

/// A live episode in a phase that holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holding {
    pub decision: String,
    pub policy: PolicyKey,
    pub service: ServiceKey,
    /// When its flags were first asked to be cut.
    pub first_cut: Option<DateTime<Utc>>,
}

/// What a person ordered for the whole fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Governor {
    pub pause_act: bool,
    pub pause_restore: bool,
    pub release_all: bool,
    /// A person's word that the clock was right at this instant.
    pub confirm_time: Option<DateTime<Utc>>,
    pub budgets: Budgets,
    pub breaker: Breaker,
}

/// How many live holds there may be. None is a missing key: it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    pub per_service: Option<u32>,
    pub per_namespace: Option<u32>,
    pub per_cluster: Option<u32>,
    /// Engagements within a sliding window, and its length.
    pub per_window: Option<(u32, Duration)>,
}

/// When to stop acting because the cause is not the services'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Share of governed services, in percent, above which it opens.
    pub max_breaching_percent: u32,
}

/// One engagement, remembered for the window budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub at: DateTime<Utc>,
    pub decision: String,
}

/// Most entries that the ledger keeps.
pub const LEDGER_MAX: usize = 256;

/// How a service does, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    Healthy,
    Idle,
    Learning,
    Warning,
    Unknown,
    Breaching,
}

impl Verdict {
    pub const ALL: [Verdict; 6] =
        [Self::Healthy, Self::Idle, Self::Learning, Self::Warning, Self::Unknown, Self::Breaching];

    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Idle => "Idle",
            Self::Learning => "Learning",
            Self::Warning => "Warning",
            Self::Unknown => "Unknown",
            Self::Breaching => "Breaching",
        }
    }
}
