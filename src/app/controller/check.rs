//! `flyball check`: whether every FlagProvider can be used, in a person's words, without a change.
//!
//! Judges them as the governor does, with its Secrets and its rights, and reads a flag that is not
//! there: a store that says so has taken the credentials. What only a write would tell is not tried.

use super::declare::providers::Providers;
use super::declare::vault::Vault;
use crate::app::clock::Clock;
use crate::domain::model::flag::FlagView;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::provider::{Access, ProviderFacts};
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::flags::declared::Home;
use crate::edge::flags::provider::Provider;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// A key that no flag has.
const NOBODY: &str = "flyball-check-no-such-flag";

/// Which cluster, and as whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace.
    pub namespace: String,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("FlagProviders cannot be listed")]
    List(#[from] KubeError),
    #[error("what was found cannot be printed")]
    Print(#[from] io::Error),
}

/// Tries every FlagProvider and prints what came of it; returns how many cannot be used.
///
/// # Errors
/// There is no cluster, or its FlagProviders cannot be listed.
pub async fn check(options: &Options, out: &mut impl Write) -> Result<usize, CheckError> {
    let kube = Kube::new(&connect(options.kubeconfig.as_deref()).await?);
    let listed = kube.list(&Place::of::<FlagProvider>(None), false).await?;
    let all: BTreeMap<Name, Seen<FlagProvider>> = listed.items.into_iter().map(seen).collect();
    if all.is_empty() {
        writeln!(out, "there is no FlagProvider; declare one, or nothing can be cut")?;
        return Ok(0);
    }
    let clock = Clock::system();
    let home = Home { installation: String::new(), kube: Some(kube.clone()) };
    let vault = Vault::new(kube, &options.namespace);
    let mut providers = Providers::default();
    providers.read(&all, &home, (&vault, clock.elapsed())).await;
    let mut useless = 0;
    for (name, known) in providers.all() {
        let found = match &known.verdict {
            Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
            Ok(provider) => match answer(provider, &options.namespace, &clock).await {
                None => Ok(provider.facts()),
                Some(reason) => Err(vec![reason]),
            },
        };
        useless += usize::from(found.is_err());
        match found {
            Ok(facts) => writeln!(out, "FlagProvider {name}: can be used\n{}", words(&facts))?,
            Err(lines) => writeln!(out, "FlagProvider {name}: cannot be used\n  {}", lines.join("\n  "))?,
        }
    }
    Ok(useless)
}

/// What the store says against being read; None if nothing.
async fn answer(provider: &Provider, namespace: &str, clock: &Clock) -> Option<String> {
    let target = provider.facts().target(&ServiceKey::new(namespace, "flyball-check"), NOBODY);
    match provider.read(&target, "off", None, clock.now()).await {
        FlagView::Gone { .. } | FlagView::Seen(_) => None,
        FlagView::Unreadable(reason) => Some(reason.message),
    }
}

/// What may be expected of a store.
fn words(facts: &ProviderFacts) -> String {
    let can = facts.capabilities;
    let writes = match can.precondition {
        true => "a write is refused if somebody changed the flag meanwhile",
        false => "BestEffort: a change of somebody else in the same moment is seen only afterwards",
    };
    let ends = match can.self_ending {
        true => "a cut ends by itself at its deadline",
        false => "a cut lasts until the governor gives it back",
    };
    let history = if can.history { "who changed a flag is told" } else { "who changed a flag is not known" };
    let inside = facts.object.is_some();
    let access = match &facts.access {
        Access::Everyone => "every policy may use it".to_string(),
        Access::Rules(rules) if rules.is_empty() => "nobody may use it: spec.allow is empty".to_string(),
        Access::Rules(rules) => format!("{} rules of spec.allow say who may use it", rules.len()),
        Access::Unsaid if inside => "without spec.allow, each service's own namespace may use it".to_string(),
        Access::Unsaid => "without spec.allow, only ClusterHealthPolicies may use it".to_string(),
    };
    let read = match inside {
        true => "it could be read; whether it may be written is not tried",
        false => "it answered and could be read; whether it may be written is not tried",
    };
    [read, writes, ends, history, &access].map(|line| format!("  {line}")).join("\n")
}

fn seen(item: Value) -> (Name, Seen<FlagProvider>) {
    let text = |field: &str| item["metadata"][field].as_str().unwrap_or_default().to_string();
    let (name, uid, version) = (text("name"), text("uid"), text("resourceVersion"));
    let generation = item["metadata"]["generation"].as_i64().unwrap_or_default();
    let object = serde_json::from_value(item).map(Arc::new).map_err(|error| error.to_string());
    ((String::new(), name), Seen { uid, version, generation, object })
}
