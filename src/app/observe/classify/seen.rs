//! What was seen before: the memory behind Absent, NotApplicable and retirement.
//!
//! Plain data, passed in and out. Time in which the source could not be trusted does not count
//! as time in which something was missing: an outage of a day retires nobody.

use crate::domain::model::id::{PolicyKey, ServiceKey};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Of all policies.
pub type Seen = BTreeMap<PolicyKey, PolicySeen>;

/// Of one policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicySeen {
    pub services: BTreeMap<ServiceKey, ServiceSeen>,
}

/// Of one service under one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSeen {
    /// Any row of any signal or activity.
    pub any: Sighting,
    /// Rows of each signal, by its name.
    pub signals: BTreeMap<String, Sighting>,
}

/// When something was there last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    pub last: DateTime<Utc>,
    /// Looks since then that could not have seen it.
    pub blind: u32,
}

impl Sighting {
    /// Seen right now.
    pub fn now(at: DateTime<Utc>) -> Self {
        Self { last: at, blind: 0 }
    }

    /// Whether it has been missing for longer than `forget_after`, blind looks not counted.
    pub fn is_forgotten(&self, at: DateTime<Utc>, interval: Duration, forget_after: Duration) -> bool {
        let blind = interval.saturating_mul(self.blind);
        let allowed = TimeDelta::from_std(forget_after.saturating_add(blind)).unwrap_or(TimeDelta::MAX);
        at.signed_duration_since(self.last) > allowed
    }
}

impl PolicySeen {
    /// The memory as it was at `at`: what was first or last seen later is not in it.
    pub fn as_of(&self, at: DateTime<Utc>) -> Self {
        let mut services = self.services.clone();
        services.retain(|_, service| service.any.last <= at);
        for service in services.values_mut() {
            service.signals.retain(|_, sighting| sighting.last <= at);
        }
        Self { services }
    }

    /// Takes over from `other` what it saw later.
    pub fn merge(&mut self, other: Self) {
        for (key, theirs) in other.services {
            let Some(ours) = self.services.get_mut(&key) else {
                self.services.insert(key, theirs);
                continue;
            };
            ours.any = later(ours.any, theirs.any);
            for (signal, sighting) in theirs.signals {
                let entry = ours.signals.entry(signal).or_insert(sighting);
                *entry = later(*entry, sighting);
            }
        }
    }
}

fn later(one: Sighting, other: Sighting) -> Sighting {
    if other.last > one.last { other } else { one }
}
