//! `flyball release --all`: orders every held flag back, and waits.
//!
//! The governor that runs does the work; here nothing outside the cluster is written. Done means
//! that no FlagHold is left and the order was read, so that none can follow.

use super::order::{self, Order};
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use serde_json::Value;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Looks in a row without a hold that end the wait although no governor said that it read the order:
/// none may be running.
const QUIET: u32 = 30;
/// Most holds that a complaint names.
const NAMED: usize = 5;

/// Whose flags, and how long they may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace.
    pub namespace: String,
    /// The namespaces that it governs.
    pub realm: Realm,
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
    #[error("after {}s {last}. The order stands: {advice}", wait.as_secs())]
    Late { wait: Duration, last: String, advice: String },
    #[error("what was done cannot be printed")]
    Print(#[from] io::Error),
}

/// What one look showed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// Which flags are held, in words; none where empty. Whether a governor has read the order.
    Seen {
        held: String,
        read: bool,
    },
    Unseen(String),
}

/// Orders everything back, and waits until nothing is held.
///
/// # Errors
/// The order cannot be given, or flags are still held when the time is over.
pub async fn release_all(options: &Options, out: &mut impl Write) -> Result<(), ReleaseError> {
    let kube = Kube::new(&connect(options.kubeconfig.as_deref()).await?);
    let place = (options.namespace.as_str(), &options.realm);
    let order = order::give(&kube, place, options.until_installed).await.map_err(ReleaseError::Order)?;
    writeln!(out, "{}", order.words())?;
    let mut last = Look::Unseen("nothing was answered".to_string());
    match tokio::time::timeout(options.wait, settle(&kube, options, &order, (out, &mut last))).await {
        Ok(done) => done,
        Err(_) => {
            let advice = advice(&last, &order, &options.namespace);
            Err(ReleaseError::Late { wait: options.wait, last: last.words(), advice })
        }
    }
}

/// Looks until nothing is held any more and nothing can follow.
async fn settle(
    kube: &Kube,
    options: &Options,
    order: &Order,
    (out, last): (&mut impl Write, &mut Look),
) -> Result<(), ReleaseError> {
    let mut quiet = 0;
    loop {
        let found = look(kube, &options.namespace, order).await;
        match &found {
            Look::Seen { held, read: true } if held.is_empty() => {
                writeln!(out, "no flag is held")?;
                return Ok(());
            }
            Look::Seen { held, read: false } if held.is_empty() => quiet += 1,
            _ => quiet = 0,
        }
        if quiet >= QUIET {
            writeln!(out, "no flag is held; no governor has read the order: none seems to run")?;
            return Ok(());
        }
        if found != *last {
            writeln!(out, "{}", found.words())?;
            *last = found;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(kube: &Kube, namespace: &str, order: &Order) -> Look {
    let holds = match kube.list(&Place::of::<FlagHold>(Some(namespace)), false).await {
        Ok(listed) => listed.items,
        // Without the kind nothing can be held.
        Err(KubeError::NotServed { .. }) => Vec::new(),
        Err(error) => return Look::Unseen(sentence(&error)),
    };
    match order.is_read(kube).await {
        Ok(read) => Look::Seen { held: if holds.is_empty() { String::new() } else { held(&holds) }, read },
        Err(error) => Look::Unseen(sentence(&error)),
    }
}

impl Look {
    fn words(&self) -> String {
        match self {
            Self::Seen { held, read: true } => held.clone(),
            Self::Seen { held, read: false } if held.is_empty() => {
                "no governor has read the order".to_string()
            }
            Self::Seen { held, read: false } => format!("{held}; no governor has read the order"),
            Self::Unseen(why) => why.clone(),
        }
    }
}

/// What a person can do about what is left.
fn advice(last: &Look, order: &Order, namespace: &str) -> String {
    let first = match last {
        Look::Seen { read: false, .. } => {
            format!(
                "bring the governor of {namespace} up (kubectl get pods -n {namespace}) and do this again"
            )
        }
        Look::Seen { .. } => format!(
            "the governor goes on trying; kubectl get dec -A says why a store refuses, kubectl describe fhold -n \
             {namespace} what the original is; mend the store and do this again"
        ),
        Look::Unseen(_) => "let the API server answer, and do this again".to_string(),
    };
    let leave = "or uninstall with --no-hooks, which leaves them cut";
    format!("{first}, {leave}. To govern on instead: {}", order.undo())
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
    use serde_json::json;

    #[test]
    fn who_gives_up_says_what_is_left_and_what_to_do_about_it() {
        let held = "1 flag is still held: a of flags".to_string();
        let refused = Look::Seen { held: held.clone(), read: true };
        let said = advice(&refused, &Order::Governor(3), "flyball");
        assert!(said.contains("kubectl describe fhold -n flyball") && said.contains("--no-hooks"), "{said}");
        let alone = Look::Seen { held, read: false };
        assert!(alone.words().ends_with("still held: a of flags; no governor has read the order"));
        let said = advice(&alone, &Order::Governor(3), "flyball");
        assert!(said.starts_with("bring the governor of flyball up"), "{said}");
    }

    #[test]
    fn what_is_held_is_named_and_the_names_are_bounded() {
        let hold = |key: &str| json!({"spec": {"target": {"key": key, "provider": "flags"}}});
        assert_eq!(held(&[hold("a")]), "1 flag is still held: a of flags");
        let many: Vec<Value> = (0..7).map(|i| hold(&format!("k{i}"))).collect();
        let said = held(&many);
        assert!(said.starts_with("7 flags are still held: k0 of flags, k1") && said.ends_with("and others"));
    }
}
