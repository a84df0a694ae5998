//! What of a policy its FlagProviders and IssueTrackers would refuse, told before anything is wanted.

use super::spec::Policy;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::proposal::Mode;
use crate::domain::model::provider::{KIND, Plea, ProviderFacts, undeclared};
use crate::domain::model::reason::Reason;
use crate::domain::model::selector::Labels;
use crate::domain::model::tracker::{self, IssuePlea, TrackerFacts};
use std::collections::BTreeMap;

/// Why actions of tiers that act would be refused for `service`; `labels` are its namespace's.
pub fn refusals(
    policy: &Policy,
    service: &ServiceKey,
    providers: &BTreeMap<String, ProviderFacts>,
    labels: Option<&Labels>,
) -> Vec<Reason> {
    let acting = policy.tiers.iter().filter(|tier| tier.mode != Mode::Observe);
    let actions = acting.flat_map(|tier| &tier.actions);
    let refused = actions.filter_map(|action| {
        let Some(facts) = providers.get(&action.provider) else {
            return Some(undeclared(KIND, &action.provider));
        };
        let key = action.key.render(service);
        let (policy, fallback, demands) = (&policy.key, action.fallback.as_str(), action.demands.as_slice());
        facts.permits(&Plea { policy, service, labels, key: &key, fallback, demands }).err()
    });
    refused.collect()
}

/// Why issues of tiers that act would be refused for `service`; `labels` are its namespace's.
pub fn issue_refusals(
    policy: &Policy,
    service: &ServiceKey,
    trackers: &BTreeMap<String, TrackerFacts>,
    labels: Option<&Labels>,
) -> Vec<Reason> {
    let acting = policy.tiers.iter().filter(|tier| tier.mode != Mode::Observe);
    let refused = acting.flat_map(|tier| &tier.issues).filter_map(|action| {
        let Some(facts) = trackers.get(&action.tracker) else {
            return Some(undeclared(tracker::KIND, &action.tracker));
        };
        let plea = IssuePlea { policy: &policy.key, service, labels };
        facts.permits(&action.wish(service), plea).err()
    });
    refused.collect()
}
