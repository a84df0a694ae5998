//! `unlatch`: `flyball.dev/unlatch` on a policy, which ends a latch or a lock-out of one of its tiers.

use super::target::{Kind, Target};
use crate::app::plugin::cluster::Cluster;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::domain::model::id::PolicyKey;
use crate::edge::crd::accept::reach::UNLATCH;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::kube::client::{Part, PatchForm};
use serde_json::{Value, json};

/// The policy and the tier that a Decision is of.
pub fn of(decision: &Decision) -> (Target, Option<String>, String) {
    let key = PolicyKey::from(&decision.spec.policy_ref);
    let kind = if key.namespace.is_some() { Kind::Policy } else { Kind::ClusterPolicy };
    (Target { kind, name: key.name }, key.namespace, decision.spec.tier.clone())
}

/// Orders it for a tier, of all services of the policy.
///
/// # Errors
/// The object is no policy, has no such tier, still carries an order for another tier, or may not be changed.
pub async fn unlatch(
    cluster: &Cluster,
    (target, namespace): (&Target, &str),
    tier: &str,
) -> Result<String, PluginError> {
    if !matches!(target.kind, Kind::Policy | Kind::ClusterPolicy) {
        return Err(PluginError::not_so(format!(
            "{}: only a policy has tiers; name policy/NAME",
            target.words()
        )));
    }
    let place = target.place(namespace);
    let object: Value = cluster.kube.get(&place, &target.name).await?;
    let (words, tier_words) = (target.words(), plain(tier));
    let tiers: Vec<&str> = object["spec"]["tiers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tier| tier["name"].as_str())
        .collect();
    if !tiers.contains(&tier) {
        let tiers = plain(&tiers.join(", "));
        return Err(PluginError::not_so(format!("{words} has no tier {tier_words}; it has: {tiers}")));
    }
    let standing = object["metadata"]["annotations"][UNLATCH].as_str();
    if let Some(other) = standing.filter(|other| *other != tier) {
        return Err(PluginError::not_so(format!(
            "{words} still carries an order for tier {}, which the governor has not obeyed yet; try again then",
            plain(other)
        )));
    }
    let version = object["metadata"]["resourceVersion"].clone();
    let patch = json!({"metadata": {"resourceVersion": version, "annotations": {UNLATCH: tier}}});
    cluster.kube.patch::<Value>(&place, (&target.name, Part::Main), PatchForm::Merge, &patch).await?;
    Ok(format!(
        "{words}: latches and lock-outs of tier {tier_words} end at the governor's next look, for every service; it \
         takes the annotation off itself"
    ))
}
