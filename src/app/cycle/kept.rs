//! The models of one service's signals, and what each is a model of.
//!
//! Owns the identity: a model is kept as long as it means the same, through changes of limits,
//! tiers and whatever else, and through a restart. Who stores them is not its matter.

use super::make::MakeBaseline;
use crate::domain::baseline::model::Baseline;
use crate::domain::model::id::{PolicyKey, ServiceKey, digest};
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Hex digits of an identity.
const DIGITS: usize = 32;

/// One signal's model.
pub struct Kept {
    pub identity: String,
    pub model: Box<dyn Baseline>,
}

/// A model that was stored, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    pub policy: String,
    pub service: String,
    pub identity: String,
    /// The last instant it has seen.
    pub latest: DateTime<Utc>,
    pub bytes: Vec<u8>,
}

/// Stored models that nobody has claimed yet.
#[derive(Debug, Default)]
pub struct Recalled {
    /// By policy; then by identity and service.
    stored: BTreeMap<String, BTreeMap<(String, String), Packed>>,
}

/// What the model of a signal is a model of. A change of any of it begins anew: the query with the
/// matchers that were put in (so another namespace or tenant, too), source, unit, rhythm and grid.
pub fn identity(policy: &Policy, signal: &Signal) -> String {
    let rhythm = format!(
        "{:?} {} {} ms",
        signal.baseline.season,
        signal.baseline.timezone,
        signal.baseline.interval.as_millis()
    );
    let whose = format!("{:?}", signal.identity);
    digest(&[&signal.name, signal.query.text(), &policy.source, &signal.unit, &rhythm, &whose], DIGITS)
}

/// The models that `policy` needs: those at hand that mean the same, stored ones, and new ones.
pub fn fit(
    policy: &Policy,
    service: &ServiceKey,
    mut at_hand: Vec<Kept>,
    (make, recalled): (MakeBaseline, &mut Recalled),
) -> Vec<Kept> {
    let one = |signal: &Signal| {
        let identity = identity(policy, signal);
        let mut model = make(&signal.baseline);
        let mut bytes = Vec::new();
        let known = at_hand.iter().position(|kept| kept.identity == identity);
        // Confidence, smallest deviation and the like are of the new spec; what was learned is not.
        if let Some(known) = known
            && at_hand.swap_remove(known).model.pack(&mut bytes)
        {
            model.unpack(&bytes);
        } else if let Some(stored) = recalled.claim(&policy.key, service, &identity) {
            model.unpack(&stored.bytes);
        }
        Kept { identity, model }
    };
    policy.signals.iter().map(one).collect()
}

impl Recalled {
    /// What was stored.
    pub fn new(all: Vec<Packed>) -> Self {
        let mut recalled = Self::default();
        for packed in all {
            let of_policy = recalled.stored.entry(packed.policy.clone()).or_default();
            of_policy.insert((packed.identity.clone(), packed.service.clone()), packed);
        }
        recalled
    }

    /// The oldest of the instants that the models of `policy` have seen; none unless all its
    /// signals have one.
    pub fn learned_until(&self, policy: &Policy) -> Option<DateTime<Utc>> {
        let stored = self.stored.get(&policy.key.to_string())?;
        let known: BTreeSet<&String> = stored.keys().map(|(identity, _)| identity).collect();
        let all = policy.signals.iter().all(|signal| known.contains(&identity(policy, signal)));
        all.then(|| stored.values().map(|packed| packed.latest).min()).flatten()
    }

    /// Forgets the models of one signal, or of a policy that is gone.
    pub fn forget(&mut self, policy: &PolicyKey, identity: &str) {
        if let Some(stored) = self.stored.get_mut(&policy.to_string()) {
            stored.retain(|(of, _), _| of != identity);
        }
    }

    /// Those that nobody has claimed, to be stored again: their services may come back.
    pub fn unclaimed(&self) -> impl Iterator<Item = &Packed> {
        self.stored.values().flat_map(BTreeMap::values)
    }

    fn claim(&mut self, policy: &PolicyKey, service: &ServiceKey, identity: &str) -> Option<Packed> {
        let stored = self.stored.get_mut(&policy.to_string())?;
        stored.remove(&(identity.to_string(), service.to_string()))
    }
}
