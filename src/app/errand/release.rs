//! `flyball release --all`: orders every held flag back through the Governor, and waits.
//!
//! The governor that runs does the work; here nothing outside the cluster is written. Done means
//! that no FlagHold is left and the order was read, so that none can follow.

use crate::edge::cluster::watch::sentence;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Annotation of a Governor whose `releaseAll` an uninstall set: the generation that this made.
pub const ORDERED_AT: &str = "flyball.dev/release-ordered-at";

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Looks in a row without a hold that end the wait although no governor said that it read the order:
/// none may be running.
const QUIET: u32 = 30;
/// Tries of the order while others write the Governor, too.
const TRIES: u32 = 10;
/// Most holds that a complaint names.
const NAMED: usize = 5;

/// Whose flags, and how long they may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace.
    pub namespace: String,
    /// How long it may take until no hold is left.
    pub wait: Duration,
    /// Whether the next `ensure` takes the order back.
    pub until_installed: bool,
}

/// Why flags may still be held.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("releaseAll cannot be set")]
    Order(#[source] KubeError),
    #[error("after {}s {last}; the order stands. See the governor's log, and kubectl describe fhold -n {namespace}", wait.as_secs())]
    Late { wait: Duration, namespace: String, last: String },
    #[error("what was done cannot be printed")]
    Print(#[from] io::Error),
}

/// What one look showed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// No hold; whether the governor has read the order.
    Free {
        read: bool,
    },
    Held(String),
    Unseen(String),
}

/// Where Governors are.
pub fn governors() -> Place {
    Place::of::<Governor>(None)
}

/// Orders everything back, and waits until nothing is held.
///
/// # Errors
/// The order cannot be given, or flags are still held when the time is over.
pub async fn release_all(options: &Options, out: &mut impl Write) -> Result<(), ReleaseError> {
    let kube = Kube::new(&connect(options.kubeconfig.as_deref()).await?);
    let generation = order(&kube, options.until_installed).await.map_err(ReleaseError::Order)?;
    writeln!(out, "{}", if generation.is_some() { "releaseAll is ordered" } else { "there is no Governor" })?;
    let mut last = "nothing was answered".to_string();
    match tokio::time::timeout(options.wait, settle(&kube, options, generation, (out, &mut last))).await {
        Ok(done) => done,
        Err(_) => {
            let Options { wait, namespace, .. } = options.clone();
            Err(ReleaseError::Late { wait, namespace, last })
        }
    }
}

/// Sets `releaseAll`; the generation of the order, or None where there is no Governor: then every
/// hold is given back as it is.
async fn order(kube: &Kube, until_installed: bool) -> Result<Option<i64>, KubeError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match order_once(kube, until_installed).await {
            Err(error) if error.is_conflict() && tried < TRIES => {}
            Err(error) if error.is_not_found() || matches!(error, KubeError::NotServed { .. }) => {
                return Ok(None);
            }
            done => return done.map(Some),
        }
    }
}

async fn order_once(kube: &Kube, until_installed: bool) -> Result<i64, KubeError> {
    let governor: Value = kube.get(&governors(), "default").await?;
    let metadata = &governor["metadata"];
    let generation = metadata["generation"].as_i64().unwrap_or_default();
    if governor["spec"]["releaseAll"] == true {
        return Ok(generation);
    }
    let mut patch = json!({
        "metadata": {"resourceVersion": metadata["resourceVersion"]},
        "spec": {"releaseAll": true},
    });
    if until_installed {
        patch["metadata"]["annotations"] = json!({ORDERED_AT: (generation + 1).to_string()});
    }
    let stored = kube.patch::<Value>(&governors(), ("default", Part::Main), PatchForm::Merge, &patch).await?;
    Ok(stored["metadata"]["generation"].as_i64().unwrap_or(generation + 1))
}

/// Looks until nothing is held any more and nothing can follow.
async fn settle(
    kube: &Kube,
    options: &Options,
    generation: Option<i64>,
    (out, last): (&mut impl Write, &mut String),
) -> Result<(), ReleaseError> {
    let mut quiet = 0;
    loop {
        let found = look(kube, &options.namespace, generation).await;
        quiet = if matches!(found, Look::Free { .. }) { quiet + 1 } else { 0 };
        let words = match found {
            Look::Free { read: true } => {
                writeln!(out, "no flag is held")?;
                return Ok(());
            }
            Look::Free { read: false } if quiet >= QUIET => {
                writeln!(out, "no flag is held; no governor has read the order: none seems to run")?;
                return Ok(());
            }
            Look::Free { read: false } => "no governor has read the order".to_string(),
            Look::Held(which) => which,
            Look::Unseen(why) => why,
        };
        if words != *last {
            writeln!(out, "{words}")?;
            *last = words;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(kube: &Kube, namespace: &str, generation: Option<i64>) -> Look {
    let holds = match kube.list(&Place::of::<FlagHold>(Some(namespace)), false).await {
        Ok(listed) => listed.items,
        // Without the kind nothing can be held.
        Err(KubeError::NotServed { .. }) => Vec::new(),
        Err(error) => return Look::Unseen(sentence(&error)),
    };
    if !holds.is_empty() {
        return Look::Held(held(&holds));
    }
    let Some(ordered) = generation else { return Look::Free { read: true } };
    match kube.get::<Value>(&governors(), "default").await {
        Ok(governor) => {
            Look::Free { read: governor["status"]["observedGeneration"].as_i64() >= Some(ordered) }
        }
        Err(error) if error.is_not_found() => Look::Free { read: true },
        Err(error) => Look::Unseen(sentence(&error)),
    }
}

fn held(holds: &[Value]) -> String {
    let key = |hold: &Value| {
        let target = &hold["spec"]["target"];
        let text = |field: &str| target[field].as_str().unwrap_or("?").to_string();
        format!("{} of {}", text("key"), text("provider"))
    };
    let names: Vec<String> = holds.iter().take(NAMED).map(key).collect();
    let more = if holds.len() > NAMED { " and others" } else { "" };
    let verb = if holds.len() == 1 { "flag is" } else { "flags are" };
    format!("{} {verb} still held: {}{more}", holds.len(), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_named_and_the_names_are_bounded() {
        let hold = |key: &str| json!({"spec": {"target": {"key": key, "provider": "flags"}}});
        assert_eq!(held(&[hold("a")]), "1 flag is still held: a of flags");
        let many: Vec<Value> = (0..7).map(|i| hold(&format!("k{i}"))).collect();
        let said = held(&many);
        assert!(said.starts_with("7 flags are still held: k0 of flags, k1") && said.ends_with("and others"));
    }
}
