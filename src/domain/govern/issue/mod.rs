//! Issues of tiers: claimed with their episode, kept while it lives, closed once the service is well.
//!
//! Owns the step after all episodes are planned: what trackers showed is taken in, and each tier's
//! memory, its Decision and the plan say what its issues shall be. Memory outlives the episode, for
//! an issue is closed long after it. Unknown evidence neither opens nor closes one.

pub mod case;
pub mod claim;
pub mod storm;
pub mod target;
pub mod view;
pub mod well;

use super::work::Work;
use crate::domain::model::id::TierKey;
use crate::domain::model::issue::Issue;
use crate::domain::model::proposal::{Proposal, TierProposal};
use case::{Case, acts};
use claim::Claimed;
use std::collections::BTreeMap;

/// Most issues that a tier remembers.
const KEPT: usize = 16;

/// Forgets issues of actions that are not in the tier any more, once they are closed, and the oldest
/// where there are too many.
fn forget(case: &mut Case) {
    let declared = |issue: &Issue| case.tier.terms.issues.iter().any(|wish| wish.action == issue.action);
    let issues = &mut case.memory.issues;
    issues.retain(|issue| declared(issue) || issue.state.may_be_open());
    while issues.len() > KEPT {
        let oldest = issues.iter().filter(|issue| !declared(issue)).map(|issue| issue.claimed).min();
        issues.retain(|issue| declared(issue) || Some(issue.claimed) != oldest);
        if oldest.is_none() {
            issues.truncate(KEPT);
        }
    }
}

/// Brings the issues of all tiers of `proposals` up to date.
pub fn settle(work: &mut Work, proposals: &[Proposal]) {
    let tiers: BTreeMap<TierKey, (&Proposal, &TierProposal)> = proposals
        .iter()
        .flat_map(|proposal| proposal.tiers.iter().map(move |tier| (proposal, tier)))
        .filter(|(_, tier)| !tier.terms.issues.is_empty() || !tier.memory.issues.is_empty())
        .map(|(proposal, tier)| (super::open::key_of(proposal, tier), (proposal, tier)))
        .collect();
    if tiers.is_empty() {
        return;
    }
    let mut cases: Vec<Case> = work
        .planned(|key| tiers.contains_key(key))
        .into_iter()
        .filter_map(|(key, memory)| {
            let (proposal, tier) = *tiers.get(&key)?;
            let episode = memory.episode.clone();
            Some(Case { proposal, tier, key, memory, episode })
        })
        .collect();
    let mut claimed: Vec<Claimed> = Vec::new();
    for (index, case) in cases.iter_mut().enumerate() {
        view::take_in(work, case);
        forget(case);
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
