//! What the cycle itself contributes to the Fleet: live holders and verdicts.

use super::state::Cycle;
use crate::domain::model::effect::Counts;
use crate::domain::model::episode::Phase;
use crate::domain::model::fleet::{Holding, Verdict};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

impl Cycle {
    /// Live episodes in a phase that holds.
    pub fn holding(&self) -> Vec<Holding> {
        let holding = self.episodes().filter(|episode| episode.phase.holds());
        holding
            .map(|episode| Holding {
                decision: episode.name.clone(),
                policy: episode.key.policy.clone(),
                service: episode.key.service.clone(),
                first_cut: episode.first_cut,
            })
            .collect()
    }

    /// Live Decisions in phase Blocked, by name.
    pub fn blocked(&self) -> BTreeSet<String> {
        let blocked = self.episodes().filter(|episode| episode.phase == Phase::Blocked);
        blocked.map(|episode| episode.name.clone()).collect()
    }

    /// Whether any live Decision waits for a person's answer.
    pub fn awaits_approval(&self) -> bool {
        self.episodes().any(|episode| episode.phase == Phase::AwaitingApproval)
    }

    /// What came of the decisions of one policy, over all its services.
    pub fn counts(&self, policy: &PolicyKey) -> Counts {
        let mine = self.tracks().filter(|(key, _, _, _)| *key == policy);
        let tiers = mine.flat_map(|(_, _, _, track)| track.memory.tiers.values());
        tiers.fold(Counts::default(), |sum, tier| sum.plus(tier.counts))
    }

    /// Whether a policy's `flyball.dev/unlatch` was obeyed for every service, or has nobody to obey
    /// it, so that it may be taken off.
    pub fn unlatched(&self, policy: &Policy) -> bool {
        let Some(tier) = &policy.orders.unlatch else { return false };
        let mine = self.tracks().filter(|(key, _, _, _)| **key == policy.key);
        mine.filter_map(|(_, _, _, track)| track.memory.tiers.get(tier)).all(|memory| memory.unlatched)
    }

    /// The verdict of every governed service: the worst of its policies.
    pub fn verdicts(&self, now: DateTime<Utc>) -> BTreeMap<ServiceKey, Verdict> {
        let mut worst = BTreeMap::new();
        for (_, policy, service, track) in self.tracks() {
            let Some(policy) = policy else { continue };
            let verdict = track.verdict(policy, now);
            let entry = worst.entry(service.clone()).or_insert(verdict);
            *entry = verdict.max(*entry);
        }
        worst
    }
}
