//! Taking up where an earlier process left off: episodes and memories from stored objects.

use super::state::{Cycle, Tracked};
use super::track::Track;
use crate::domain::model::episode::{Episode, LockOut, Outcome, Phase, TierMemory};
use crate::domain::model::id::TierKey;
use crate::domain::model::issue::Issue;
use chrono::TimeDelta;

impl Cycle {
    /// Takes up what a tier remembered. Live episodes come by [`Cycle::adopt`].
    pub fn remember(&mut self, key: &TierKey, memory: TierMemory) {
        let slot = self.slot(key);
        let episode = slot.episode.take();
        let ordinal = slot.ordinal.max(memory.ordinal);
        *slot = TierMemory { ordinal, episode, ..memory };
    }

    /// Takes up one stored Decision: a live one goes on, an ended one leaves what must outlive it
    /// (its ordinal, and the rest and lock-out after it) even if that was not stored elsewhere.
    pub fn adopt(&mut self, episode: Episode) {
        let policy = self.tracked.get(&episode.key.policy).and_then(|tracked| tracked.policy.as_ref());
        let generation = policy.map_or(0, |policy| policy.generation);
        let cooldown = policy.and_then(|policy| policy.tier(&episode.key.tier)).map(|tier| tier.cooldown);
        let slot = self.slot(&episode.key.clone());
        let newest = episode.ordinal >= slot.ordinal;
        slot.ordinal = slot.ordinal.max(episode.ordinal);
        recall(&mut slot.issues, &episode.issues);
        if episode.phase != Phase::Ended {
            slot.episode = Some(episode);
            return;
        }
        let Some(outcome) = episode.outcome.filter(|_| newest) else { return };
        if !matches!(outcome, Outcome::Failed | Outcome::Passed) {
            let rest = cooldown.and_then(|rest| TimeDelta::from_std(rest).ok());
            let until = rest.map(|rest| episode.since + rest);
            slot.cooldown_until = slot.cooldown_until.max(until);
        }
        if outcome.locks_out() && slot.lock_out.is_none() {
            slot.lock_out = Some(LockOut { since: episode.since, outcome, generation });
        }
    }

    fn slot(&mut self, key: &TierKey) -> &mut TierMemory {
        let tracked = self.tracked.entry(key.policy.clone()).or_insert_with(Tracked::empty);
        let track =
            tracked.services.entry(key.service.clone()).or_insert_with(|| Track::new(key.service.clone()));
        track.memory.tiers.entry(key.tier.clone()).or_default()
    }
}

/// Takes up the issues of a stored Decision that nobody remembers, or that are newer.
fn recall(known: &mut Vec<Issue>, stored: &[Issue]) {
    for issue in stored {
        let same = known.iter_mut().find(|known| known.action == issue.action);
        match same {
            None => known.push(issue.clone()),
            Some(known) if known.claimed < issue.claimed => known.clone_from(issue),
            Some(_) => {}
        }
    }
}
