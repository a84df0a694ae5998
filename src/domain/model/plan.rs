//! What is to be true: the output of `plan`, which leaves no choice to the executor.
//!
//! A plan states targets, not steps: applied to a world in which they hold already, it has no
//! effects.

use super::episode::{Episode, TierMemory};
use super::flag::FlagTarget;
use super::fleet::LedgerEntry;
use super::hold::FlagHold;
use super::id::{PolicyKey, ServiceKey, TierKey};
use super::issue::IssuePlan;
use super::rail::BreakerState;
use super::reason::Reason;
use serde::{Deserialize, Serialize};

/// The targets of one cycle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Decisions as they shall be stored, live ones and those that end now.
    pub decisions: Vec<Episode>,
    /// What each tier remembers from now on.
    pub memories: Vec<TierNext>,
    /// FlagHolds and flags as they shall be.
    pub flags: Vec<FlagPlan>,
    /// Issues as they shall be, one for each fingerprint.
    #[serde(default)]
    pub issues: Vec<IssuePlan>,
    /// The ledger as it shall be stored, before any hold; None: unchanged.
    pub ledger: Option<Vec<LedgerEntry>>,
    /// What was refused without a Decision, for status.
    pub refusals: Vec<Refusal>,
    /// The breaker's word as it shall be stored; None: unchanged.
    pub breaker: Option<BreakerState>,
    /// Engagements refused together: one reason with their count.
    pub storm: Option<Reason>,
}

/// A tier's next memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierNext {
    pub key: TierKey,
    pub memory: TierMemory,
}

/// One flag's target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagPlan {
    /// Name of the FlagHold.
    pub name: String,
    pub target: FlagTarget,
    /// The hold while anything is to be done; kept after `effect` until that was read back.
    pub hold: FlagHold,
    pub effect: FlagEffect,
    /// Delete the hold once the effect is verified.
    pub release: bool,
}

/// What the flag itself shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlagEffect {
    /// It serves the fallback, until the hold's deadline.
    Cut,
    /// It has its original again, a person's edits inside it kept.
    Original,
    /// It is somebody else's now: not touched.
    LeaveAlone,
}

/// Something wanted and refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    pub policy: PolicyKey,
    pub service: ServiceKey,
    pub tier: String,
    pub reasons: Vec<Reason>,
}
