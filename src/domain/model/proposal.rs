//! What one policy wants for one service, and why: the output of `decide`.

use super::effect::{EffectVerdict, Gauge};
use super::episode::{Outcome, TierMemory};
use super::flag::FlagWish;
use super::id::{PolicyKey, ServiceKey};
use super::rail::Pause;
use super::reason::Reason;
use super::tracker::IssueWish;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One policy, one service: what it wants, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub policy: PolicyKey,
    pub policy_uid: String,
    pub generation: i64,
    /// Orders claims that meet in a flag: the older policy wins.
    pub created: Option<DateTime<Utc>>,
    pub service: ServiceKey,
    /// What people paused on the policy itself.
    pub pause: Pause,
    /// Name of an open NoAct window of the policy.
    pub no_act: Option<String>,
    pub tiers: Vec<TierProposal>,
}

/// What one tier wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierProposal {
    pub tier: String,
    /// 2 Fuse, 1 Degrade, 0 Optimize: who is served first.
    pub rank: u8,
    pub level: String,
    pub want: Want,
    pub reasons: Vec<Reason>,
    pub terms: Terms,
    pub sight: Sight,
    /// What the tier remembered when it decided, lock-out lifted if that was due.
    pub memory: TierMemory,
}

/// What is seen right now that an engagement or its effect goes by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sight {
    /// The tests that are True, without live values: what an approval is bound to.
    pub rules: Vec<String>,
    /// The signal whose effect is judged, before a cut.
    pub gauge: Option<Gauge>,
    /// What came of the cut, with the numbers; None: too early, or not judged.
    pub effect: Option<(EffectVerdict, String)>,
    /// Whether the tier's `when` is False right now; None: that is not known.
    pub well: Option<bool>,
    /// How bad it is: each step is twice as far beyond a threshold; 0: nothing is True.
    pub weight: u32,
}

/// The tier's terms, as its policy has them now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    pub mode: Mode,
    pub max_duration: Duration,
    /// At the deadline the cut stays and people are told.
    pub keep: bool,
    pub cooldown: Duration,
    pub latch_after: u32,
    pub sla_percent: f64,
    /// How long a person is waited for, and whether it acts without an answer.
    pub approval: (Duration, bool),
    /// An action that did not help is undone.
    pub undo: bool,
    /// How far back the query of the verified signal looks.
    pub window: Duration,
    /// Hash of the tier as it is written.
    pub digest: String,
    pub wishes: Vec<FlagWish>,
    #[serde(default)]
    pub issues: Vec<IssueWish>,
}

impl Terms {
    /// The terms of a tier that is no longer declared: undo follows the hold alone.
    pub fn spent() -> Self {
        Self {
            mode: Mode::Observe,
            max_duration: Duration::ZERO,
            keep: false,
            cooldown: Duration::ZERO,
            latch_after: 0,
            sla_percent: 0.0,
            approval: (Duration::ZERO, false),
            undo: false,
            window: Duration::ZERO,
            digest: String::new(),
            wishes: Vec::new(),
            issues: Vec::new(),
        }
    }
}

/// How far a policy or tier may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    Observe,
    Approve,
    Enforce,
}

/// A tier's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Want {
    /// No episode, and no reason for one.
    Nothing,
    /// Begin an episode.
    Engage,
    /// Stay as it is.
    Stay,
    /// Give the feature back and watch.
    Probe,
    /// The probe relapsed: cut again.
    Recut,
    /// Give the flags back, then end so.
    Restore(Outcome),
    /// It never acted: end.
    Pass,
}
