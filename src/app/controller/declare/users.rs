//! Where what is declared is used: a store in each service's own namespace is tried in one of those.

use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::kind::policy::spec::HealthPolicy;
use std::collections::BTreeMap;

/// A namespace in which each FlagProvider is used, by its name.
pub fn users(policies: &BTreeMap<Name, Seen<HealthPolicy>>) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    for ((namespace, _), seen) in policies {
        let Ok(policy) = &seen.object else { continue };
        for action in policy.spec.body.tiers.iter().flat_map(|tier| &tier.actions) {
            let Some(flag) = &action.flag else { continue };
            users.entry(flag.provider_ref.name.clone()).or_insert_with(|| namespace.clone());
        }
    }
    users
}
