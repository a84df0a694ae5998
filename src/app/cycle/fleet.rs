//! What the cycle itself contributes to the Fleet: live holders and verdicts.

use super::state::Cycle;
use crate::domain::model::fleet::{Holding, Verdict};
use crate::domain::model::id::ServiceKey;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

impl Cycle {
    /// Live episodes in a phase that holds.
    pub fn holding(&self) -> Vec<Holding> {
        let holding = self.episodes().filter(|episode| episode.phase.holds());
        holding
            .map(|episode| Holding {
                decision: episode.name.clone(),
                policy: episode.key.policy.clone(),
                service: episode.key.service.clone(),
            })
            .collect()
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
