//! `pause` and `resume`: `flyball.dev/paused` on an object, or `paused` of the Governor.

use super::release::govern;
use super::target::Target;
use crate::app::plugin::cluster::Cluster;
use crate::app::plugin::error::PluginError;
use crate::domain::model::rail::Pause;
use crate::edge::crd::accept::reach::{PAUSED, pause as read};
use crate::edge::kube::client::{Part, PatchForm};
use serde_json::{Value, json};

/// What a pause was and what it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Pause(Pause),
    Resume(Pause),
}

impl Order {
    /// What is paused afterwards, if `before` was.
    pub fn applied(self, before: Pause) -> Pause {
        match self {
            Self::Pause(also) => {
                Pause { act: before.act || also.act, restore: before.restore || also.restore }
            }
            Self::Resume(no_more) => {
                Pause { act: before.act && !no_more.act, restore: before.restore && !no_more.restore }
            }
        }
    }
}

/// The annotation's value; None: it goes.
pub fn value(pause: Pause) -> Option<&'static str> {
    match (pause.act, pause.restore) {
        (true, true) => Some("all"),
        (true, false) => Some("act"),
        (false, true) => Some("restore"),
        (false, false) => None,
    }
}

/// Pauses or resumes one object.
///
/// # Errors
/// It does not exist, or may not be changed.
pub async fn one(cluster: &Cluster, target: &Target, order: Order) -> Result<String, PluginError> {
    let place = target.place(&cluster.namespace);
    let object: Value = cluster.kube.get(&place, &target.name).await?;
    let annotations = &object["metadata"]["annotations"];
    let before = annotations[PAUSED].as_str().map_or(Pause::default(), |text| read(text.trim()));
    let after = order.applied(before);
    let version = object["metadata"]["resourceVersion"].clone();
    let patch = json!({"metadata": {"resourceVersion": version, "annotations": {PAUSED: value(after)}}});
    cluster.kube.patch::<Value>(&place, (&target.name, Part::Main), PatchForm::Merge, &patch).await?;
    Ok(format!("{}: {}", target.words(), said(after)))
}

/// Pauses or resumes everything. Resuming ends `releaseAll`, too: it stops acting as a pause does.
///
/// # Errors
/// There is no Governor, or it may not be changed.
pub async fn all(cluster: &Cluster, order: Order) -> Result<String, PluginError> {
    let (spec, done) = match order {
        Order::Pause(pause) => {
            let mut paused = json!({});
            for (word, wanted) in [("act", pause.act), ("restore", pause.restore)] {
                if wanted {
                    paused[word] = json!(true);
                }
            }
            (json!({"paused": paused}), format!("everything: {}", paused_words(pause)))
        }
        Order::Resume(pause) => {
            let mut paused = json!({});
            for (word, wanted) in [("act", pause.act), ("restore", pause.restore)] {
                if wanted {
                    paused[word] = Value::Null;
                }
            }
            let mut spec = json!({"paused": paused});
            if pause.act {
                spec["releaseAll"] = Value::Null;
            }
            (
                spec,
                "the Governor pauses this no more; policies, namespaces and workloads may still be paused"
                    .to_string(),
            )
        }
    };
    govern(cluster, &spec).await?;
    Ok(done)
}

fn said(pause: Pause) -> String {
    match value(pause) {
        None => "is not paused any more".to_string(),
        Some(_) => paused_words(pause),
    }
}

fn paused_words(pause: Pause) -> String {
    let words = match (pause.act, pause.restore) {
        (true, true) => "acting and restoring are paused",
        (true, false) => "acting is paused",
        (false, true) => "restoring on recovery is paused",
        (false, false) => "nothing is paused",
    };
    format!("{words}; deadlines hold all the same")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_is_paused_and_resumed_by_itself() {
        let (act, restore) = (Pause { act: true, restore: false }, Pause { act: false, restore: true });
        let both = Pause { act: true, restore: true };
        for (before, order, after) in [
            (None, Order::Pause(both), Some("all")),
            (Some("act"), Order::Pause(restore), Some("all")),
            (Some("all"), Order::Resume(act), Some("restore")),
            (Some("all"), Order::Resume(both), None),
            (Some("act"), Order::Resume(restore), Some("act")),
            (None, Order::Resume(both), None),
            // A value that cannot be read pauses everything.
            (Some("yes"), Order::Resume(restore), Some("act")),
        ] {
            let before = before.map_or(Pause::default(), read);
            assert_eq!(value(order.applied(before)), after, "{before:?} {order:?}");
        }
    }
}
