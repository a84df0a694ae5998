//! Issues: what is remembered of each, what its tracker showed last, and what shall be.
//!
//! Owns the states of an issue and the plan for one as data. Which state follows which is decided in
//! `govern`; what is done next in a tracker, in `upkeep`.

use super::evidence::Evidence;
use super::id::{ServiceKey, TierKey};
use super::reason::Reason;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Where an issue stands, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IssueState {
    /// It is claimed: it is to be opened, reopened, or found open.
    Wanted,
    Open,
    /// Its service was healthy for long enough: it is to be closed.
    Closing,
    /// We closed it.
    Closed,
    /// A person closed it as done, or deleted it.
    Done,
    /// A person closed it as not to be fixed: it is quiet until the trouble grows.
    Silenced,
}

impl IssueState {
    pub const ALL: [IssueState; 6] =
        [Self::Wanted, Self::Open, Self::Closing, Self::Closed, Self::Done, Self::Silenced];

    /// Whether an issue in this state may be open in its tracker.
    pub fn may_be_open(self) -> bool {
        matches!(self, Self::Wanted | Self::Open | Self::Closing)
    }

    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "Wanted",
            Self::Open => "Open",
            Self::Closing => "Closing",
            Self::Closed => "Closed",
            Self::Done => "Done",
            Self::Silenced => "Silenced",
        }
    }
}

/// One issue of a tier: on its Decision, where it is the intent, and in the tier's memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    pub action: String,
    pub tracker: String,
    pub repository: String,
    pub fingerprint: String,
    /// It stands for many services.
    #[serde(default)]
    pub grouped: bool,
    /// Name of the Decision for which it was claimed; of a group, of its first one.
    pub occasion: String,
    pub state: IssueState,
    /// When it was claimed for this occasion.
    pub claimed: DateTime<Utc>,
    /// How bad it was at its worst in this occasion: each step is twice as bad.
    pub weight: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Since when the service is healthy, times of which nothing is known left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub well_since: Option<DateTime<Utc>>,
    /// Since when nothing is known of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind_since: Option<DateTime<Utc>>,
    /// What keeps it from being as it shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Reason>,
}

/// What a tracker showed last of an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueView {
    /// What it answers: the same of the plan that was carried out.
    pub occasion: String,
    pub target: IssueTarget,
    pub weight: u32,
    pub answer: Answer,
}

/// What came of looking after an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Seen(Seen),
    Trouble(Reason),
}

/// An issue in its tracker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub number: u64,
    pub url: String,
    pub standing: IssueStanding,
}

/// How an issue stands in its tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssueStanding {
    Open,
    ClosedByUs,
    ClosedByPerson,
    /// Closed by a person as not to be fixed.
    WontFix,
    /// Deleted, or never there.
    Gone,
}

/// What shall become of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IssueTarget {
    /// There is one, and it is open, unless a person silenced it.
    Open,
    /// If it is open, its text is up to date. It is neither opened nor closed.
    Keep,
    Closed,
    /// Nobody watches it any more: if it is open, its text says so. It is neither opened nor closed.
    Left,
}

/// One issue as it shall be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuePlan {
    pub key: TierKey,
    /// Name of the Decision that stores the intent; None: the memory of the tier does.
    pub decision: Option<String>,
    pub issue: Issue,
    pub target: IssueTarget,
    /// Beside those of the tracker.
    pub labels: Vec<String>,
    pub template: String,
    pub reopen_within: Duration,
    pub story: Story,
}

/// What an issue tells: the inputs of its template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    pub service: ServiceKey,
    /// The policy, as people write it.
    pub policy: String,
    pub tier: String,
    pub level: String,
    pub decision: String,
    pub started: DateTime<Utc>,
    /// Why the tier acts, as sentences.
    pub reasons: Vec<String>,
    /// What is cut at the same time: `key=fallback`.
    pub flags: Vec<String>,
    /// The services of a storm, some of them by name.
    pub services: Vec<String>,
    /// How many there are.
    pub total: usize,
    pub evidence: Option<Evidence>,
}

impl fmt::Display for Issue {
    /// In a few words: `issue shop/cart#12 (Open)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "issue {}", self.repository)?;
        if let Some(number) = self.number {
            write!(f, "#{number}")?;
        }
        write!(f, " ({})", self.state.as_str())
    }
}

impl Issue {
    /// Moves on.
    pub fn enter(&mut self, state: IssueState) {
        self.state = state;
        self.well_since = None;
        self.blind_since = None;
    }
}

#[cfg(test)]
impl IssuePlan {
    /// A plan for tests: an issue that is wanted, claimed at the epoch.
    pub fn example(occasion: &str, weight: u32) -> Self {
        let policy = super::id::PolicyKey { namespace: None, name: "p".into() };
        let service = ServiceKey::new("shop", "cart");
        Self {
            key: TierKey { policy, service: service.clone(), tier: "t".into() },
            decision: None,
            issue: Issue {
                action: "ask".into(),
                tracker: "code".into(),
                repository: "shop/cart".into(),
                fingerprint: "f".into(),
                grouped: false,
                occasion: occasion.into(),
                state: IssueState::Wanted,
                claimed: DateTime::UNIX_EPOCH,
                weight,
                number: None,
                url: String::new(),
                well_since: None,
                blind_since: None,
                trouble: None,
            },
            target: IssueTarget::Open,
            labels: Vec::new(),
            template: "default".into(),
            reopen_within: Duration::ZERO,
            story: Story {
                service,
                policy: "p".into(),
                tier: "t".into(),
                level: "Optimize".into(),
                decision: occasion.into(),
                started: DateTime::UNIX_EPOCH,
                reasons: Vec::new(),
                flags: Vec::new(),
                services: Vec::new(),
                total: 1,
                evidence: None,
            },
        }
    }
}
