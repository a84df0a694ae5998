//! All wishes against everything shared: holds, claims, budgets, breaker, pauses.
//!
//! Owns `plan`. Its output states what is to be true and leaves no choice to the executor; given
//! a world in which it is true already, the same input gives the same plan and nothing is done.

pub mod advance;
pub mod approve;
pub mod claim;
pub mod effect;
pub mod issue;
pub mod open;
pub mod rail;
pub mod restore;
pub mod stand;
pub mod work;

use crate::domain::model::fleet::Fleet;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::plan::Plan;
use crate::domain::model::proposal::{Proposal, TierProposal};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use work::Work;

/// Every proposal against the fleet, in one order: live episodes first, then by level, then by
/// the age and name of the policy.
pub fn plan(now: DateTime<Utc>, fleet: &Fleet, proposals: &[Proposal]) -> Plan {
    let mut work = Work::new(now, fleet, proposals);
    for (proposal, tier) in in_order(proposals) {
        match tier.memory.episode.clone() {
            Some(episode) => advance::advance(&mut work, proposal, tier, episode),
            None => open::consider(&mut work, proposal, tier),
        }
    }
    issue::settle(&mut work, proposals);
    claim::relax(&mut work);
    work.into_plan()
}

fn in_order(proposals: &[Proposal]) -> Vec<(&Proposal, &TierProposal)> {
    let mut all: Vec<(&Proposal, &TierProposal)> = proposals
        .iter()
        .flat_map(|proposal| proposal.tiers.iter().map(move |tier| (proposal, tier)))
        .collect();
    all.sort_by(|a, b| rank(a).cmp(&rank(b)));
    all
}

type Rank<'p> = (bool, Reverse<u8>, Option<DateTime<Utc>>, &'p PolicyKey, &'p ServiceKey, &'p str);

fn rank<'p>((proposal, tier): &(&'p Proposal, &'p TierProposal)) -> Rank<'p> {
    let idle = tier.memory.episode.is_none();
    (idle, Reverse(tier.rank), proposal.created, &proposal.policy, &proposal.service, &tier.tier)
}
