//! Issues of tiers: claimed with their episode, kept while it lives, closed once the service is well.
//!
//! Owns the step after all episodes are planned: what trackers showed is taken in, and each tier's
//! memory, its Decision and the plan say what its issues shall be. Memory outlives the episode, for
//! an issue is closed long after it. Unknown evidence neither opens nor closes one.

pub mod claim;
pub mod storm;
pub mod target;
pub mod view;
pub mod well;

use super::work::Work;
use crate::domain::model::episode::{Episode, Phase, TierMemory};
use crate::domain::model::id::TierKey;
use crate::domain::model::proposal::{Proposal, TierProposal};
use claim::Claimed;
use std::collections::BTreeMap;

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
fn acts(phase: Phase) -> bool {
    phase == Phase::Open || (phase.holds() && phase != Phase::Restoring)
}

/// Brings the issues of all tiers of `proposals` up to date.
pub fn settle(work: &mut Work, proposals: &[Proposal]) {
    let tiers: BTreeMap<TierKey, (&Proposal, &TierProposal)> = proposals
        .iter()
        .flat_map(|proposal| proposal.tiers.iter().map(move |tier| (proposal, tier)))
        .map(|(proposal, tier)| (super::open::key_of(proposal, tier), (proposal, tier)))
        .collect();
    let mut cases: Vec<Case> = work
        .planned()
        .into_iter()
        .filter_map(|(key, memory)| {
            let (proposal, tier) = *tiers.get(&key)?;
            let concerned = !tier.terms.issues.is_empty() || !memory.issues.is_empty();
            let episode = memory.episode.clone();
            concerned.then_some(Case { proposal, tier, key, memory, episode })
        })
        .collect();
    let mut claimed: Vec<Claimed> = Vec::new();
    for (index, case) in cases.iter_mut().enumerate() {
        view::take_in(work, case);
        claimed.extend(claim::claim(work, case).into_iter().map(|issue| Claimed { case: index, issue }));
        well::watch(work, case);
    }
    storm::enter(work, &mut cases, claimed);
    let plans = target::plans(work, &cases);
    for mut case in cases {
        let issues = &case.memory.issues;
        if let Some(episode) = case.episode.as_mut().filter(|episode| acts(episode.phase)) {
            episode.issues.clone_from(issues);
        }
        work.replan(case.key, case.memory, case.episode);
    }
    work.ask_for(plans);
}
