//! Which flags are to be read before a plan.

use crate::domain::model::flag::FlagTarget;
use crate::domain::model::fleet::Fleet;
use crate::domain::model::proposal::{Proposal, TierProposal, Want};
use std::collections::BTreeMap;

/// The flags that a plan may have to do with: those held, those of live episodes, and those that
/// somebody wants to cut now. At rest there are none, so that nothing is asked of a store.
pub fn asked(fleet: &Fleet, proposals: &[Proposal]) -> BTreeMap<FlagTarget, String> {
    let held = fleet.holds.values().map(|hold| (hold.target.clone(), hold.fallback.clone()));
    let mut all: BTreeMap<FlagTarget, String> = held.collect();
    let tiers = proposals.iter().flat_map(|p| p.tiers.iter().map(move |tier| (&p.service, tier)));
    let tiers: Vec<_> = tiers.filter(|(_, tier)| concerns_flags(tier)).collect();
    let wishes = tiers.iter().flat_map(|(service, tier)| {
        tier.terms.wishes.iter().map(move |w| (*service, &w.provider, &w.key, &w.fallback))
    });
    let episodes = tiers.iter().filter_map(|(service, tier)| Some((*service, tier.memory.episode.as_ref()?)));
    let flags = episodes.flat_map(|(service, episode)| {
        episode.flags.iter().map(move |f| (service, &f.provider, &f.key, &f.fallback))
    });
    for (service, provider, key, fallback) in wishes.chain(flags) {
        if let Some(facts) = fleet.providers.get(provider) {
            all.entry(facts.target(service, key)).or_insert_with(|| fallback.clone());
        }
    }
    all
}

/// A tier that wants nothing and holds nothing has nothing to do with any flag.
fn concerns_flags(tier: &TierProposal) -> bool {
    tier.want != Want::Nothing || tier.memory.episode.is_some()
}
