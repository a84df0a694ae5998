//! Orders that people give by annotations: read for the loop, and taken off once they are obeyed.

use super::sight::Sight;
use crate::app::drive::state::Drive;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::rail::{Pause, Pauses};
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::mirror::{Bare, Seen};
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::accept::reach::{PAUSED, RESET, UNLATCH, pause};
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::place::Place;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is paused on namespaces and workloads.
pub fn pauses(sight: &Sight) -> Pauses {
    let namespaces = sight.namespaces.all().into_iter();
    let workloads = sight.workloads().into_iter();
    Pauses {
        namespaces: namespaces.filter_map(|((_, name), seen)| Some((name, paused(&seen)?))).collect(),
        workloads: workloads
            .filter_map(|((namespace, name), seen)| Some((ServiceKey::new(namespace, name), paused(&seen)?)))
            .collect(),
    }
}

fn paused(seen: &Seen<Bare>) -> Option<Pause> {
    let annotations = seen.object.as_ref().ok()?.metadata.annotations.as_ref()?;
    annotations.get(PAUSED).map(|text| pause(text.trim()))
}

/// Starts the baselines over that people ordered so, once their past is read: what history teaches
/// is what they want forgotten. `reset` are those whose annotation is still there.
pub fn reset_baselines(drive: &mut Drive, reset: &mut BTreeSet<(PolicyKey, String)>) {
    let ordered = |policy: &Policy| Some((policy.key.clone(), policy.orders.reset_baseline.clone()?));
    let standing: BTreeSet<(PolicyKey, String)> = drive.cycle.policies().filter_map(ordered).collect();
    reset.retain(|order| standing.contains(order));
    for (policy, signal) in standing {
        if drive.is_rebuilt(&policy) && reset.insert((policy.clone(), signal.clone())) {
            tracing::info!(%policy, %signal, "its baselines start over");
            drive.cycle.reset_baseline(&policy, &signal);
        }
    }
}

/// Takes off the annotations of policies that were obeyed. What could not be is said.
pub async fn take_off(drive: &Drive, reset: &BTreeSet<(PolicyKey, String)>, kube: &Kube) -> Vec<String> {
    let unlatched = drive.cycle.policies().filter(|policy| drive.cycle.unlatched(policy));
    let unlatched = unlatched.map(|policy| (&policy.key, UNLATCH));
    let obeyed: Vec<_> = unlatched.chain(reset.iter().map(|(policy, _)| (policy, RESET))).collect();
    let mut troubles = Vec::new();
    for (policy, annotation) in obeyed {
        let place = match &policy.namespace {
            Some(namespace) => Place::of::<HealthPolicy>(Some(namespace)),
            None => Place::of::<ClusterHealthPolicy>(None),
        };
        let patch = json!({"metadata": {"annotations": {annotation: null}}});
        let object = (policy.name.as_str(), Part::Main);
        match kube.patch::<Value>(&place, object, PatchForm::Merge, &patch).await {
            Ok(_) => tracing::info!(%policy, "{annotation} was obeyed and is taken off"),
            Err(error) if error.is_not_found() => {}
            Err(error) => troubles.push(sentence(&error)),
        }
    }
    troubles
}
