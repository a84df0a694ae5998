//! `--assume-effect`: what the metrics might have said, had they answered to a cut.
//!
//! Owns the one assumption: once a service's cut has lasted for the given time, each of its
//! signals is at most as bad as usual, until the feature is given back. Usual is what its baseline
//! expects or, while that is young, the mean of what it read while the service was not ill.

use crate::app::cycle::state::Cycle;
use crate::app::cycle::track::Track;
use crate::app::observe::classify::look::PolicyLook;
use crate::domain::model::baseline::Worse;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::fleet::Verdict;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::judgement::Maturity;
use crate::domain::model::reading::Reading;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Share of a new reading in the mean of those that were not ill.
const SHARE: f64 = 0.05;

/// What is usual, and when it is assumed.
pub struct Calm {
    after: Option<TimeDelta>,
    means: BTreeMap<(PolicyKey, ServiceKey), Vec<Option<f64>>>,
}

impl Calm {
    /// Assumes that a breach is over `after` the cut; None: that nothing answers to a cut.
    pub fn new(after: Option<Duration>) -> Self {
        let after = after.map(|after| TimeDelta::from_std(after).unwrap_or(TimeDelta::MAX));
        Self { after, means: BTreeMap::new() }
    }

    /// Replaces the readings of services whose cut has lasted long enough.
    pub fn ease(&self, now: DateTime<Utc>, policy: &Policy, cycle: &Cycle, look: &mut PolicyLook) {
        let Some(after) = self.after else { return };
        let cut = cycle.episodes().filter(|episode| cut_since(episode).is_some_and(|at| now - at >= after));
        let eased: BTreeSet<&ServiceKey> = cut.map(|episode| &episode.key.service).collect();
        for (service, track) in cycle.services_of(&policy.key) {
            if !eased.contains(service) {
                continue;
            }
            let Some(readings) = look.services.get_mut(service) else { continue };
            for (signal, reading) in readings.iter_mut().enumerate() {
                if let (Reading::Fresh(value), Some(usual)) = (&*reading, self.usual(policy, track, signal)) {
                    *reading = Reading::Fresh(milder(*value, usual, policy.signals[signal].worse));
                }
            }
        }
    }

    /// Notes what is usual for services that are not ill.
    pub fn learn(&mut self, now: DateTime<Utc>, policy: &Policy, cycle: &Cycle, look: &PolicyLook) {
        if self.after.is_none() {
            return;
        }
        for (service, track) in cycle.services_of(&policy.key) {
            let ill = track.lives() || track.verdict(policy, now) == Verdict::Breaching;
            let Some(readings) = look.services.get(service).filter(|_| !ill) else { continue };
            let key = (policy.key.clone(), service.clone());
            let means = self.means.entry(key).or_insert_with(|| vec![None; readings.len()]);
            for (mean, value) in means.iter_mut().zip(readings).map(|(mean, reading)| (mean, reading.fresh()))
            {
                let Some(value) = value else { continue };
                *mean = Some(mean.map_or(value, |mean| mean + SHARE * (value - mean)));
            }
        }
    }

    fn usual(&self, policy: &Policy, track: &Track, signal: usize) -> Option<f64> {
        let judged = track.observation.point(signal).and_then(|point| point.judgement);
        let expected = judged.filter(|judged| judged.maturity == Maturity::Mature).map(|j| j.expected);
        let key = || (policy.key.clone(), track.observation.service.clone());
        expected.or_else(|| self.means.get(&key())?.get(signal).copied().flatten())
    }
}

/// Since when an episode's flags have been cut without a break; None while they are not.
fn cut_since(episode: &Episode) -> Option<DateTime<Utc>> {
    let is_cut = matches!(episode.phase, Phase::Holding | Phase::Latched | Phase::Restoring);
    let cut = episode.transitions.iter().rev().find(|step| step.phase == Phase::Acting);
    cut.filter(|_| is_cut).map(|step| step.at)
}

fn milder(value: f64, usual: f64, worse: Worse) -> f64 {
    match worse {
        Worse::Higher => value.min(usual),
        Worse::Lower => value.max(usual),
        Worse::Either => usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_only_ever_made_milder() {
        for (value, usual, worse, expected) in [
            (9.0, 2.0, Worse::Higher, 2.0),
            (1.0, 2.0, Worse::Higher, 1.0),
            (1.0, 2.0, Worse::Lower, 2.0),
            (9.0, 2.0, Worse::Lower, 9.0),
            (9.0, 2.0, Worse::Either, 2.0),
        ] {
            assert_eq!(milder(value, usual, worse), expected, "{value} {usual} {worse:?}");
        }
    }
}
