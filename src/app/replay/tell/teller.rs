//! Gathers what happened, and tells it at the end.

use super::chronicle::Chronicle;
use super::refused::Refused;
use super::sight::Sight;
use super::totals;
use crate::app::cycle::state::Cycle;
use crate::app::replay::outcome::Outcome;
use crate::app::replay::play::stage::Tick;
use crate::domain::model::episode::Episode;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};

/// What happened so far.
#[derive(Debug)]
pub struct Teller {
    sights: Vec<Sight>,
    chronicle: Chronicle,
    refused: Refused,
}

impl Teller {
    /// Of policies that have seen nothing.
    pub fn new(policies: &[Policy]) -> Self {
        Self {
            sights: policies.iter().cloned().map(Sight::new).collect(),
            chronicle: Chronicle::default(),
            refused: Refused::default(),
        }
    }

    /// Notes what happened at one instant; `cycle` is as it was after it.
    pub fn note(&mut self, tick: &Tick, cycle: &Cycle) {
        for (key, at, look) in &tick.looks {
            if let Some(sight) = self.sights.iter_mut().find(|sight| sight.key() == key) {
                sight.note(*at, look, cycle);
            }
        }
        for episode in &tick.stored {
            let mode = self.mode(episode);
            self.chronicle.stored(episode, &mode);
        }
        let gap = self.sights.iter().map(Sight::gap).max().unwrap_or(TimeDelta::zero());
        self.refused.note(tick.now, &tick.refusals, gap);
    }

    /// How many Decisions there were so far.
    pub fn decisions(&self) -> usize {
        self.chronicle.count()
    }

    /// The Decisions as they stood last, by name.
    pub fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.chronicle.episodes()
    }

    /// Everything, as told at the end of the span.
    pub fn tell(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Outcome {
        let decisions = self.chronicle.told(to);
        let mut services: Vec<_> = self.sights.iter().flat_map(Sight::services).collect();
        for told in &mut services {
            let mine = decisions.iter().filter(|d| {
                d.policy == told.policy && d.namespace == told.namespace && d.service == told.service
            });
            told.decisions = mine.count();
        }
        Outcome {
            from,
            to,
            readings: self.sights.iter().map(|sight| sight.readings).sum(),
            policies: self.sights.iter().map(Sight::policy).collect(),
            tiers: totals::tiers(&self.sights, &decisions),
            budgets: totals::budgets(&decisions),
            signals: self.sights.iter().flat_map(Sight::signals).collect(),
            refusals: self.refused.told(),
            services,
            decisions,
            ..Outcome::default()
        }
    }

    fn mode(&self, episode: &Episode) -> String {
        let sight = self.sights.iter().find(|sight| *sight.key() == episode.key.policy);
        let tier = sight.and_then(|sight| sight.tiers().iter().find(|tier| tier.name == episode.key.tier));
        tier.map_or_else(String::new, |tier| format!("{:?}", tier.mode))
    }
}
