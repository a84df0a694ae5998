//! Keeping what was learned: through a change of policy, a restart, and until a person resets it.

use super::kept::{Packed, Recalled, identity};
use super::past;
use super::state::Cycle;
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};

/// Stored models whose services have not come back for so long are not stored again.
const UNCLAIMED: TimeDelta = TimeDelta::days(2);

impl Cycle {
    /// Takes what an earlier process stored, before the first look.
    pub fn recall(&mut self, stored: Vec<Packed>) {
        self.recalled = Recalled::new(stored);
    }

    /// Everything that was learned, to be stored.
    pub fn packed(&self, now: DateTime<Utc>) -> Vec<Packed> {
        let mut all: Vec<Packed> =
            self.recalled.unclaimed().filter(|packed| now - packed.latest < UNCLAIMED).cloned().collect();
        for (policy, tracked) in &self.tracked {
            for (service, track) in &tracked.services {
                for kept in &track.baselines {
                    let mut bytes = Vec::new();
                    let Some(latest) = kept.model.latest() else { continue };
                    if kept.model.pack(&mut bytes) {
                        let (policy, service) = (policy.to_string(), service.to_string());
                        all.push(Packed { policy, service, identity: kept.identity.clone(), latest, bytes });
                    }
                }
            }
        }
        all
    }

    /// From when on the past of `policy` is to be read at `at`: all that its models must have seen,
    /// or what they have missed since they were stored, and its window in any case.
    pub fn past_start(&self, policy: &Policy, at: DateTime<Utc>) -> DateTime<Utc> {
        let whole = past::start(policy, at);
        let live = self.tracked.get(&policy.key).and_then(|tracked| {
            let ages = tracked.services.values().flat_map(|track| track.learned_until(policy));
            ages.min()
        });
        let until = [live, self.recalled.learned_until(policy)].into_iter().flatten().min();
        until.map_or(whole, |until| past::back_to(policy, at, until).max(whole))
    }

    /// A person's order: the models of a signal start over, from now on and not from the past.
    pub fn reset_baseline(&mut self, policy: &PolicyKey, signal: &str) {
        let Some(tracked) = self.tracked.get_mut(policy) else { return };
        let Some(spec) = &tracked.policy else { return };
        let Some(signal) = spec.signals.iter().find(|known| known.name == signal) else { return };
        let identity = identity(spec, signal);
        self.recalled.forget(policy, &identity);
        for track in tracked.services.values_mut() {
            track.start_over(&identity, (self.make)(&signal.baseline));
        }
    }
}
