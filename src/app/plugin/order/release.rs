//! `release`: a live Decision deleted, which is the order to give its flags back; or everything, by the
//! Governor.

use crate::app::plugin::cluster::Cluster;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::is_over;
use crate::domain::model::episode::Episode;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::kube::client::{Part, PatchForm, Unless};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use kube::ResourceExt;
use serde_json::{Value, json};

/// What a release of this Decision does, for the person who is asked.
///
/// # Errors
/// It has ended: there is nothing to release.
pub fn about(decision: &Decision) -> Result<String, PluginError> {
    let episode = Episode::from(decision);
    let name = plain(&episode.name);
    if is_over(decision) {
        let outcome = episode.outcome.map_or("ended", |outcome| outcome.as_str());
        return Err(PluginError::not_so(format!(
            "Decision {name} has ended ({outcome}): nothing of it is held"
        )));
    }
    let flags: Vec<String> = episode.flags.iter().map(|flag| plain(&flag.key)).collect();
    Ok(match (episode.phase.holds(), flags.join(", ").as_str()) {
        (true, flags) => format!(
            "Decision {name} is {}: {flags} goes back to its original at the governor's next look, and its tier \
             rests for its cooldown",
            episode.phase.as_str()
        ),
        (false, _) => {
            format!("Decision {name} is {} and holds nothing: its record is ended", episode.phase.as_str())
        }
    })
}

/// Deletes the Decision, if it is still the one that was shown.
///
/// # Errors
/// It may not be deleted.
pub async fn release(cluster: &Cluster, decision: &Decision) -> Result<String, PluginError> {
    let place = Place::of::<Decision>(decision.namespace().as_deref());
    let unless = Unless { uid: decision.uid(), resource_version: None };
    let name = decision.name_any();
    match cluster.kube.delete(&place, &name, &unless).await {
        Ok(()) => Ok(format!("{} is released", plain(&name))),
        Err(error) if error.is_not_found() => Ok(format!("{} was released already", plain(&name))),
        Err(error) => Err(error.into()),
    }
}

/// What a release of everything does.
pub const ALL: &str = "Every held flag of the cluster is given back and nothing is engaged until \
                       `kubectl flyball resume --all`";

/// Sets the Governor's `releaseAll`.
///
/// # Errors
/// There is no Governor, or it may not be changed.
pub async fn release_all(cluster: &Cluster) -> Result<String, PluginError> {
    govern(cluster, &json!({"releaseAll": true})).await?;
    Ok("the Governor's releaseAll is set: every held flag is being given back".to_string())
}

/// Changes the Governor's spec.
///
/// # Errors
/// There is no Governor, or it may not be changed.
pub async fn govern(cluster: &Cluster, spec: &Value) -> Result<(), PluginError> {
    let place = Place::of::<Governor>(None);
    let patch = json!({"spec": spec});
    match cluster.kube.patch::<Value>(&place, ("default", Part::Main), PatchForm::Merge, &patch).await {
        Ok(_) => Ok(()),
        Err(KubeError::NotFound { .. }) => Err(PluginError::not_so(
            "there is no Governor named default: nothing is engaged without one, and what is held is given back",
        )),
        Err(error) => Err(error.into()),
    }
}
