//! `flyball check`: whether everything outside that is declared can be used, in a person's words.
//!
//! Judges and tries it by the very code of the governor, with its Secrets and its rights, and changes
//! nothing. What only a write would tell is not tried.

use super::declare::notifiers::Mailbox;
use super::declare::opened::Opened;
use super::declare::outside::{Outside, Trial};
use super::declare::sources::Supply;
use super::declare::trials::ask;
use super::declare::users::users;
use super::declare::vault::Vault;
use crate::app::clock::Clock;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::kind::policy::spec::HealthPolicy;
use crate::edge::flags::declared::Home;
use crate::edge::flags::provider::Provider;
use crate::edge::issues::tracker::Tracker;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Which cluster, and as whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace.
    pub namespace: String,
    /// The namespaces that it governs.
    pub realm: Realm,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("objects of kind {kind} cannot be listed")]
    List { kind: String, source: KubeError },
    #[error("what was found cannot be printed")]
    Print(#[from] io::Error),
}

/// What everything is tried with.
struct Stage<'a> {
    kube: Kube,
    home: Home,
    vault: Vault,
    clock: Clock,
    /// The governor's own namespace.
    namespace: &'a str,
    /// Where each provider is used.
    users: BTreeMap<String, String>,
}

/// Tries every kind and prints what came of it; returns how many objects cannot be used.
///
/// # Errors
/// There is no cluster, or its objects cannot be listed.
pub async fn check(options: &Options, out: &mut impl Write) -> Result<usize, CheckError> {
    let kube = Kube::new(&connect(options.kubeconfig.as_deref()).await?);
    let stage = Stage {
        home: Home { installation: String::new(), kube: Some(kube.clone()), realm: options.realm.clone() },
        vault: Vault::new(kube.clone(), &options.namespace),
        clock: Clock::system(),
        namespace: &options.namespace,
        users: users(&policies(&kube, &options.realm).await?),
        kube,
    };
    let stores = kind::<Supply>(&stage, out).await? + kind::<Provider>(&stage, out).await?;
    Ok(stores + kind::<Tracker>(&stage, out).await? + kind::<Mailbox>(&stage, out).await?)
}

/// Tries every object of one kind.
async fn kind<T: Outside>(stage: &Stage<'_>, out: &mut impl Write) -> Result<usize, CheckError> {
    let all = list::<T::Object>(&stage.kube, None).await?;
    if all.is_empty() {
        writeln!(out, "there is no {}; declare one, or {}", T::KIND, T::WITHOUT)?;
    }
    let mut opened = Opened::<T>::default();
    opened.read(&all, &stage.home, (&stage.vault, stage.clock.elapsed())).await;
    let mut useless = 0;
    for (name, known) in opened.all() {
        let namespace = stage.users.get(name).map_or(stage.namespace, String::as_str).to_string();
        let (verb, lines) = match &known.verdict {
            Err(problems) => ("cannot", problems.iter().map(ToString::to_string).collect()),
            Ok(it) => match ask(it, &Trial { namespace, now: stage.clock.now() }).await {
                Ok(()) => ("can", it.words()),
                Err(reason) => ("cannot", vec![reason.message]),
            },
        };
        useless += usize::from(verb == "cannot");
        writeln!(out, "{} {name}: {verb} be used\n  {}", T::KIND, lines.join("\n  "))?;
    }
    Ok(useless)
}

async fn policies(kube: &Kube, realm: &Realm) -> Result<BTreeMap<Name, Seen<HealthPolicy>>, CheckError> {
    let mut all = BTreeMap::new();
    for part in realm.parts() {
        all.extend(list(kube, part.as_deref()).await?);
    }
    Ok(all)
}

async fn list<K>(kube: &Kube, namespace: Option<&str>) -> Result<BTreeMap<Name, Seen<K>>, CheckError>
where
    K: Resource<DynamicType = ()> + DeserializeOwned,
{
    let listed = kube.list(&Place::of::<K>(namespace), false).await;
    let listed = listed.map_err(|source| CheckError::List { kind: K::kind(&()).to_string(), source })?;
    Ok(listed.items.into_iter().map(seen).collect())
}

fn seen<K: DeserializeOwned>(item: Value) -> (Name, Seen<K>) {
    let text = |field: &str| item["metadata"][field].as_str().unwrap_or_default().to_string();
    let (name, uid, version) = ((text("namespace"), text("name")), text("uid"), text("resourceVersion"));
    let generation = item["metadata"]["generation"].as_i64().unwrap_or_default();
    let object = serde_json::from_value(item).map(Arc::new).map_err(|error| error.to_string());
    (name, Seen { uid, version, generation, object })
}
