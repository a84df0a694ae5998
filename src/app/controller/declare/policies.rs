//! Policies of both kinds, accepted or with everything that is wrong with them.

use super::sound::sound;
use super::sources::Sources;
use crate::app::controller::sight::Sight;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::Problem;
use crate::domain::model::selector::Labels;
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::mirror::Seen;
use crate::edge::crd::accept::policy::{cluster_policy, policy};
use crate::edge::crd::accept::source::fenced;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

/// Annotations that begin so are orders to us.
const ORDERS: &str = "flyball.dev/";

/// Every policy that exists.
#[derive(Debug, Default)]
pub struct Policies {
    judged: BTreeMap<PolicyKey, Judged>,
    /// Labels of all namespaces, as policies were judged with them.
    namespaces: BTreeMap<String, Labels>,
    /// Changes whenever an accepted policy does.
    epoch: u64,
}

/// One policy and the versions that it was judged in.
#[derive(Debug)]
pub struct Judged {
    pub uid: String,
    pub generation: i64,
    /// What people ordered by annotations, which no generation counts.
    orders: Vec<(String, String)>,
    /// Of the sources that it was judged with.
    sources: u64,
    pub verdict: Result<Policy, Vec<Problem>>,
}

impl Policies {
    /// Judges what changed. `namespaces` are all there are, with their labels.
    pub fn read(&mut self, sight: &Sight, sources: &Sources, namespaces: &BTreeMap<String, Labels>) {
        let former = std::mem::take(&mut self.judged);
        let (mut former, mut judged) = (former, BTreeMap::new());
        let namespaced = |object: &HealthPolicy, sources: &Sources| {
            let facts = sources.facts();
            policy(object, &facts).and_then(|policy| fenced(policy, &facts, namespaces))
        };
        for (name, seen) in sight.policies.all() {
            let same = self.namespaces.get(&name.0) == namespaces.get(&name.0);
            let key = PolicyKey { namespace: Some(name.0), name: name.1 };
            let known = former.remove(&key).filter(|known| same && known.is_current(&seen, sources));
            let known = known.unwrap_or_else(|| self.judge(&seen, sources, namespaced));
            judged.insert(key, known);
        }
        let same_namespaces = self.namespaces == *namespaces;
        if !same_namespaces {
            self.namespaces.clone_from(namespaces);
        }
        let chosen = |object: &ClusterHealthPolicy, sources: &Sources| {
            let facts = sources.facts();
            let chosen = cluster_policy(object, &facts, Some(namespaces));
            chosen.and_then(|policy| fenced(policy, &facts, namespaces))
        };
        for (name, seen) in sight.cluster_policies.all() {
            let key = PolicyKey { namespace: None, name: name.1 };
            let known =
                former.remove(&key).filter(|known| same_namespaces && known.is_current(&seen, sources));
            let known = known.unwrap_or_else(|| self.judge(&seen, sources, chosen));
            judged.insert(key, known);
        }
        if !former.is_empty() {
            self.epoch += 1;
        }
        self.judged = judged;
    }

    fn judge<K>(
        &mut self,
        seen: &Seen<K>,
        sources: &Sources,
        accept: impl Fn(&K, &Sources) -> Result<Policy, Vec<Problem>>,
    ) -> Judged
    where
        K: kube::Resource<DynamicType = ()> + serde::Serialize,
    {
        self.epoch += 1;
        let verdict = sound(&K::kind(&()), seen).and_then(|object| accept(&object, sources));
        Judged {
            uid: seen.uid.clone(),
            generation: seen.generation,
            orders: orders(seen),
            sources: sources.epoch(),
            verdict,
        }
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

impl Judged {
    fn is_current<K: kube::Resource>(&self, seen: &Seen<K>, sources: &Sources) -> bool {
        let same = self.uid == seen.uid && self.generation == seen.generation;
        same && self.sources == sources.epoch() && self.orders == orders(seen)
    }
}

fn orders<K: kube::Resource>(seen: &Seen<K>) -> Vec<(String, String)> {
    let Ok(object) = &seen.object else { return Vec::new() };
    let ours = object.annotations().iter().filter(|(name, _)| name.starts_with(ORDERS));
    ours.map(|(name, value)| (name.clone(), value.clone())).collect()
}
