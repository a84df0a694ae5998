//! One tier of one service on its way through the planning of issues.

use crate::domain::model::episode::{Episode, Phase, TierMemory};
use crate::domain::model::id::TierKey;
use crate::domain::model::proposal::{Proposal, TierProposal};
use crate::domain::model::reason::Code;

/// One tier with what it is to remember, and its live episode.
pub struct Case<'p> {
    pub proposal: &'p Proposal,
    pub tier: &'p TierProposal,
    pub key: TierKey,
    pub memory: TierMemory,
    /// As it is planned; None without one that lives.
    pub episode: Option<Episode>,
}

impl Case<'_> {
    /// Nobody asks for its issues any more: its policy, its service or its tier is gone.
    pub fn departed(&self) -> bool {
        let gone = |code: Code| matches!(code, Code::PolicyGone | Code::ServiceGone | Code::TierGone);
        self.episode.is_none() && self.tier.reasons.iter().any(|reason| gone(reason.code))
    }

    /// The episode, if it does what its tier says and not only would.
    pub fn acting(&self) -> Option<&Episode> {
        self.episode.as_ref().filter(|episode| acts(episode.phase))
    }
}

/// Whether an episode in this phase asks for issues.
pub fn acts(phase: Phase) -> bool {
    phase == Phase::Open || (phase.holds() && phase != Phase::Restoring)
}
