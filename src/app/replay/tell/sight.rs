//! What could be seen: readings of each signal by kind, and each service's score.

use crate::app::cycle::state::Cycle;
use crate::app::observe::classify::look::PolicyLook;
use crate::app::replay::outcome::{PolicyTold, ServiceTold, SignalTold};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::reading::Reading;
use crate::domain::policy::spec::{Policy, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What one policy could see.
#[derive(Debug)]
pub struct Sight {
    policy: Policy,
    signals: Vec<Seen>,
    services: BTreeMap<ServiceKey, Standing>,
    pub readings: u64,
}

/// Readings of one signal.
#[derive(Debug, Default)]
struct Seen {
    services: BTreeSet<ServiceKey>,
    fresh: u64,
    idle: u64,
    not_applicable: u64,
    why: BTreeMap<&'static str, u64>,
    failure: Option<String>,
}

/// How one service did.
#[derive(Debug, Default)]
struct Standing {
    lowest: Option<(f64, DateTime<Utc>)>,
    below_warning: u64,
    unknown: u64,
}

impl Sight {
    /// Of a policy that has seen nothing.
    pub fn new(policy: Policy) -> Self {
        let signals = policy.signals.iter().map(|_| Seen::default()).collect();
        Self { policy, signals, services: BTreeMap::new(), readings: 0 }
    }

    /// Notes one look, and the scores that came of it.
    pub fn note(&mut self, at: DateTime<Utc>, look: &PolicyLook, cycle: &Cycle) {
        for (service, readings) in &look.services {
            for (seen, reading) in self.signals.iter_mut().zip(readings) {
                seen.note(service, reading);
            }
            self.readings += readings.len() as u64;
        }
        for (signal, why) in &look.failures {
            let index = self.policy.signals.iter().position(|spec| spec.name == *signal);
            if let Some(seen) = index.map(|index| &mut self.signals[index]) {
                seen.failure.get_or_insert_with(|| why.clone());
            }
        }
        let warning = self.policy.score.warning;
        for (service, track) in cycle.services_of(&self.policy.key) {
            if !self.services.contains_key(service) {
                self.services.insert(service.clone(), Standing::default());
            }
            let Some(standing) = self.services.get_mut(service) else { continue };
            match track.score().and_then(|score| score.value) {
                None => standing.unknown += 1,
                Some(score) => {
                    standing.below_warning += u64::from(score < warning);
                    if standing.lowest.is_none_or(|(lowest, _)| score < lowest) {
                        standing.lowest = Some((score, at));
                    }
                }
            }
        }
    }

    /// The policy, as told.
    pub fn policy(&self) -> PolicyTold {
        PolicyTold {
            policy: self.policy.key.to_string(),
            kind: self.policy.key.kind().to_string(),
            interval_seconds: self.policy.interval.as_secs_f64(),
            services: self.services.len(),
        }
    }

    /// Its signals, as told.
    pub fn signals(&self) -> impl Iterator<Item = SignalTold> + '_ {
        self.policy.signals.iter().zip(&self.signals).map(|(spec, seen)| {
            let unknown: u64 = seen.why.values().sum();
            let all = seen.fresh + seen.idle + unknown;
            SignalTold {
                policy: self.policy.key.to_string(),
                signal: spec.name.clone(),
                services: seen.services.len(),
                fresh: seen.fresh,
                idle: seen.idle,
                not_applicable: seen.not_applicable,
                unknown,
                unknown_percent: if all == 0 { 100.0 } else { percent(unknown, all) },
                unknown_minutes: self.minutes(unknown),
                why: seen.why.iter().map(|(why, count)| (why.to_string(), *count)).collect(),
                failure: seen.failure.clone(),
            }
        })
    }

    /// Its services, as told; decisions are counted by who knows them.
    pub fn services(&self) -> impl Iterator<Item = ServiceTold> + '_ {
        self.services.iter().map(|(service, standing)| ServiceTold {
            policy: self.policy.key.to_string(),
            namespace: service.namespace.clone(),
            service: service.service.clone(),
            decisions: 0,
            lowest_score: standing.lowest.map(|(score, _)| (score * 10.0).round() / 10.0),
            lowest_at: standing.lowest.map(|(_, at)| at),
            minutes_below_warning: self.minutes(standing.below_warning),
            minutes_score_unknown: self.minutes(standing.unknown),
        })
    }

    /// Whose it is.
    pub fn key(&self) -> &PolicyKey {
        &self.policy.key
    }

    /// Its tiers.
    pub fn tiers(&self) -> &[Tier] {
        &self.policy.tiers
    }

    /// How long a refusal may be unsaid and still goes on.
    pub fn gap(&self) -> TimeDelta {
        TimeDelta::from_std(self.policy.interval * 2).unwrap_or(TimeDelta::MAX)
    }

    fn minutes(&self, readings: u64) -> f64 {
        (readings as f64 * self.policy.interval.as_secs_f64() / 0.6).round() / 100.0
    }
}

impl Seen {
    fn note(&mut self, service: &ServiceKey, reading: &Reading) {
        let why = match reading {
            Reading::Fresh(_) => {
                self.fresh += 1;
                return self.saw(service);
            }
            Reading::Idle => {
                self.idle += 1;
                return self.saw(service);
            }
            Reading::NotApplicable => {
                self.not_applicable += 1;
                return;
            }
            Reading::Stale(_) => "Stale",
            Reading::Absent => "Absent",
            Reading::Rejected(why) => why.as_str(),
        };
        *self.why.entry(why).or_default() += 1;
    }

    fn saw(&mut self, service: &ServiceKey) {
        if !self.services.contains(service) {
            self.services.insert(service.clone());
        }
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    (1000.0 * part as f64 / whole as f64).round() / 10.0
}
