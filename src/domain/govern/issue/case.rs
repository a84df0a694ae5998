//! One tier of one service on its way through the planning of issues.

use crate::domain::model::episode::{Episode, Phase, TierMemory};
use crate::domain::model::id::TierKey;
use crate::domain::model::proposal::{Proposal, TierProposal};

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
    /// The episode, if it does what its tier says and not only would.
    pub fn acting(&self) -> Option<&Episode> {
        self.episode.as_ref().filter(|episode| acts(episode.phase))
    }
}

/// Whether an episode in this phase asks for issues.
pub fn acts(phase: Phase) -> bool {
    phase == Phase::Open || (phase.holds() && phase != Phase::Restoring)
}
