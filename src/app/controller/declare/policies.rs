//! Policies, accepted or with everything that is wrong with them.

use super::sound::sound;
use super::sources::Sources;
use crate::app::controller::sight::Sight;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::Problem;
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::accept::policy::policy;
use crate::edge::crd::kind::policy::spec::HealthPolicy;
use std::collections::{BTreeMap, BTreeSet};

/// Every policy that exists.
#[derive(Debug, Default)]
pub struct Policies {
    judged: BTreeMap<PolicyKey, Judged>,
    /// Changes whenever an accepted policy does.
    epoch: u64,
}

/// One policy and the versions that it was judged in.
#[derive(Debug)]
pub struct Judged {
    pub uid: String,
    pub generation: i64,
    /// Of the sources that it was judged with.
    sources: u64,
    pub verdict: Result<Policy, Vec<Problem>>,
}

impl Policies {
    /// Judges what changed.
    pub fn read(&mut self, sight: &Sight, sources: &Sources) {
        let mut judged = BTreeMap::new();
        for (name, seen) in sight.policies.all() {
            let key = PolicyKey { namespace: Some(name.0.clone()), name: name.1.clone() };
            let known = self.judged.remove(&key).filter(|known| is_current(known, &seen, sources));
            judged.insert(key, known.unwrap_or_else(|| self.judge(&seen, sources)));
        }
        for (name, seen) in sight.cluster_policies.all() {
            let (key, verdict) = (cluster_key(&name), sound("ClusterHealthPolicy", &seen));
            let idle = verdict.err().unwrap_or_default();
            self.judged.remove(&key);
            judged.insert(
                key,
                Judged { uid: seen.uid, generation: seen.generation, sources: 0, verdict: Err(idle) },
            );
        }
        if !self.judged.is_empty() {
            self.epoch += 1;
        }
        self.judged = judged;
    }

    fn judge(&mut self, seen: &Seen<HealthPolicy>, sources: &Sources) -> Judged {
        self.epoch += 1;
        let verdict = sound("HealthPolicy", seen).and_then(|object| policy(&object, &sources.facts()));
        Judged { uid: seen.uid.clone(), generation: seen.generation, sources: sources.epoch(), verdict }
    }

    /// All of them.
    pub fn all(&self) -> &BTreeMap<PolicyKey, Judged> {
        &self.judged
    }

    /// A number that changes when an accepted policy may have.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The accepted ones.
    pub fn accepted(&self) -> Vec<Policy> {
        self.judged.values().filter_map(|judged| judged.verdict.as_ref().ok()).cloned().collect()
    }

    /// Those that exist and are not accepted.
    pub fn refused(&self) -> BTreeSet<PolicyKey> {
        let refused = self.judged.iter().filter(|(_, judged)| judged.verdict.is_err());
        refused.map(|(key, _)| key.clone()).collect()
    }
}

fn is_current(known: &Judged, seen: &Seen<HealthPolicy>, sources: &Sources) -> bool {
    known.uid == seen.uid && known.generation == seen.generation && known.sources == sources.epoch()
}

/// The key of a ClusterHealthPolicy.
pub fn cluster_key(name: &Name) -> PolicyKey {
    PolicyKey { namespace: None, name: name.1.clone() }
}
