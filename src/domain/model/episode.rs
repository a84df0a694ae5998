//! The life of a Decision, and what a tier remembers between lives.
//!
//! Owns phases, outcomes and memory as data. Which phase follows which is decided in `decide`
//! and `govern`.

use super::effect::{Counts, Effect};
use super::id::TierKey;
use super::issue::Issue;
use super::reason::Reason;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a Decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Mode Observe: it would act.
    WouldAct,
    /// A rail refuses.
    Blocked,
    /// A person must say yes.
    AwaitingApproval,
    /// The intent is stored, the flags are being cut.
    Acting,
    /// All flags are cut and were read back.
    Holding,
    /// The feature was given back and is being watched.
    Probing,
    /// The flags are being given back for good.
    Restoring,
    /// Cut until a person or the deadline ends it.
    Latched,
    /// A tier without flags is asking people.
    Open,
    Ended,
}

impl Phase {
    pub const ALL: [Phase; 10] = [
        Self::WouldAct,
        Self::Blocked,
        Self::AwaitingApproval,
        Self::Acting,
        Self::Holding,
        Self::Probing,
        Self::Restoring,
        Self::Latched,
        Self::Open,
        Self::Ended,
    ];

    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WouldAct => "WouldAct",
            Self::Blocked => "Blocked",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::Acting => "Acting",
            Self::Holding => "Holding",
            Self::Probing => "Probing",
            Self::Restoring => "Restoring",
            Self::Latched => "Latched",
            Self::Open => "Open",
            Self::Ended => "Ended",
        }
    }

    /// Whether a flag may be cut, or ours to cut again, in this phase: it counts in budgets.
    pub fn holds(self) -> bool {
        matches!(self, Self::Acting | Self::Holding | Self::Probing | Self::Restoring | Self::Latched)
    }

    /// Whether the feature is away from users, as far as the phase tells: it is accounted.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::Acting | Self::Holding | Self::Latched | Self::Restoring)
    }

    /// Whether the service runs without the feature, so that its baselines must not learn.
    pub fn teaches_nothing(self) -> bool {
        matches!(self, Self::Acting | Self::Holding | Self::Latched | Self::Restoring | Self::Probing)
    }
}

/// How a Decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// The service is well and the flags have their originals again.
    Restored,
    /// `maxDuration` was over.
    Expired,
    /// A person's edit won.
    Superseded,
    /// The action did not help.
    Ineffective,
    /// A person, or a lost claim, ended it.
    Released,
    /// A person said no.
    Denied,
    /// Nothing was changed.
    Failed,
    /// The flag was deleted or re-created.
    FlagGone,
    /// It never acted, and the reason has passed.
    Passed,
}

impl Outcome {
    pub const ALL: [Outcome; 9] = [
        Self::Restored,
        Self::Expired,
        Self::Superseded,
        Self::Ineffective,
        Self::Released,
        Self::Denied,
        Self::Failed,
        Self::FlagGone,
        Self::Passed,
    ];

    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "Restored",
            Self::Expired => "Expired",
            Self::Superseded => "Superseded",
            Self::Ineffective => "Ineffective",
            Self::Released => "Released",
            Self::Denied => "Denied",
            Self::Failed => "Failed",
            Self::FlagGone => "FlagGone",
            Self::Passed => "Passed",
        }
    }

    /// Whether the tier must see its `when` False before it may engage again.
    pub fn locks_out(self) -> bool {
        matches!(self, Self::Expired | Self::Ineffective | Self::Superseded | Self::Denied)
    }
}

/// Most transitions that a Decision keeps.
pub const TRANSITIONS_MAX: usize = 32;

/// One step of a Decision's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    pub at: DateTime<Utc>,
    pub phase: Phase,
    pub reasons: Vec<Reason>,
}

/// One episode of (policy, service, tier): what a Decision object stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Episode {
    /// Name of the Decision.
    pub name: String,
    pub key: TierKey,
    pub policy_uid: String,
    pub ordinal: u64,
    /// The word of the tier's level: `Fuse`, `Degrade` or `Optimize`.
    pub level: String,
    pub started: DateTime<Utc>,
    pub phase: Phase,
    /// When the phase began.
    pub since: DateTime<Utc>,
    /// When the flags were first asked to be cut; probes do not reset it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_cut: Option<DateTime<Utc>>,
    /// When it must end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// How it will end once the flags are back (phase Restoring), or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Probes of this episode that relapsed.
    #[serde(default)]
    pub relapses: u32,
    /// How long the feature was away in the phases before this one, in seconds.
    #[serde(default)]
    pub held_seconds: u64,
    /// What a person is asked to approve; None: nobody is asked, or it is not settled yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// What came of the cut; None: it is not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// The flags it holds or would hold.
    pub flags: Vec<HeldFlag>,
    /// The issues that it asked for, as they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// Why it stands where it stands.
    pub reasons: Vec<Reason>,
    /// Oldest first, at most [`TRANSITIONS_MAX`].
    pub transitions: Vec<Transition>,
}

/// A frozen proposal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// The tests that held when it was frozen, without the live values.
    pub rules: Vec<String>,
    /// Hash of the whole; empty until the Decision has an identity of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// One flag of an episode, for the reader: before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldFlag {
    pub action: String,
    pub provider: String,
    pub key: String,
    pub fallback: String,
    /// Name of the FlagHold.
    pub hold: String,
    /// The flag as it was before our first write; empty while nothing was to be written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// Since when, in phase Acting, it was to be cut and is not: such an action is given up after
    /// a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// Since when clients are served the cut, where they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_at: Option<DateTime<Utc>>,
}

impl Episode {
    /// Moves on to `phase`, keeping the last transitions. The reasons replace the former ones.
    pub fn enter(&mut self, now: DateTime<Utc>, phase: Phase, reasons: Vec<Reason>) {
        self.held_seconds = self.held_until(now);
        self.phase = phase;
        self.since = now;
        self.reasons = reasons.clone();
        self.transitions.push(Transition { at: now, phase, reasons });
        if self.transitions.len() > TRANSITIONS_MAX {
            let excess = self.transitions.len() - TRANSITIONS_MAX;
            self.transitions.drain(..excess);
        }
    }

    /// How long the feature was away until `now`, in seconds.
    pub fn held_until(&self, now: DateTime<Utc>) -> u64 {
        let away = self.phase.is_cut() && self.first_cut.is_some();
        let more = if away { (now - self.since).num_seconds() } else { 0 };
        self.held_seconds.saturating_add(u64::try_from(more).unwrap_or(0))
    }

    /// Ends it.
    pub fn end(&mut self, now: DateTime<Utc>, outcome: Outcome, reasons: Vec<Reason>) {
        self.outcome = Some(outcome);
        self.enter(now, Phase::Ended, reasons);
    }
}

/// What a tier remembers between episodes of one service, and the live one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TierMemory {
    /// Number of the last episode; the next is one more.
    #[serde(default)]
    pub ordinal: u64,
    /// No engagement before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_out: Option<LockOut>,
    /// How many times longer than `recover.for` the signals must be well before a probe:
    /// doubles with each relapse, decays with each success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_factor: Option<u32>,
    /// `flyball.dev/unlatch` names this tier and was obeyed; it counts again once it was gone.
    #[serde(default)]
    pub unlatched: bool,
    /// What came of its decisions.
    #[serde(default)]
    pub counts: Counts,
    /// How long its ended episodes kept the feature away, in seconds.
    #[serde(default)]
    pub held_seconds: u64,
    /// Availability that they gave up, in milliseconds: the time held times the declared share.
    #[serde(default)]
    pub lost_millis: u64,
    /// The last issue of each action.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// The live episode. Kept in its Decision, not here, when stored.
    #[serde(skip)]
    pub episode: Option<Episode>,
}

impl TierMemory {
    /// Whether an issue may be open of which leave is to be taken before this is forgotten.
    pub fn owes_leave(&self) -> bool {
        self.issues.iter().any(|issue| issue.state.may_be_open())
    }
}

/// Why a tier may not engage again yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockOut {
    pub since: DateTime<Utc>,
    pub outcome: Outcome,
    /// Generation of the policy at that time; a change of spec lifts the lock.
    pub generation: i64,
}

/// What is remembered of one service under one policy, by tier.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Memory {
    pub tiers: BTreeMap<String, TierMemory>,
}

impl Memory {
    /// The live episodes.
    pub fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.tiers.values().filter_map(|tier| tier.episode.as_ref())
    }
}
