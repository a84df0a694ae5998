//! Orders that people give by annotations: read for the loop, and taken off once they are obeyed.

use super::sight::Sight;
use crate::app::drive::state::Drive;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::rail::{Pause, Pauses};
use crate::edge::cluster::mirror::{Bare, Seen};
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::accept::reach::{PAUSED, UNLATCH, pause};
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::place::Place;
use serde_json::{Value, json};

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

/// Takes off the annotations of policies that were obeyed. What could not be is said.
pub async fn take_off(drive: &Drive, kube: &Kube) -> Vec<String> {
    let mut troubles = Vec::new();
    let obeyed = drive.cycle.policies().filter(|policy| drive.cycle.unlatched(policy));
    for policy in obeyed {
        let place = match &policy.key.namespace {
            Some(namespace) => Place::of::<HealthPolicy>(Some(namespace)),
            None => Place::of::<ClusterHealthPolicy>(None),
        };
        let patch = json!({"metadata": {"annotations": {UNLATCH: null}}});
        let object = (policy.key.name.as_str(), Part::Main);
        match kube.patch::<Value>(&place, object, PatchForm::Merge, &patch).await {
            Ok(_) => tracing::info!(policy = %policy.key, "{UNLATCH} was obeyed and is taken off"),
            Err(error) if error.is_not_found() => {}
            Err(error) => troubles.push(sentence(&error)),
        }
    }
    troubles
}
