//! Wiring: which stores, sources and providers a standalone governor works on.

use super::load::{LoadError, Loaded};
use crate::app::apply::effect::chain;
use crate::app::apply::objects::{HOME, Objects};
use crate::app::apply::store::Store;
use crate::app::cycle::make::MakeBaseline;
use crate::app::cycle::state::Cycle;
use crate::app::drive::state::Drive;
use crate::app::observe::observer::Observer;
use crate::app::observe::source::Source;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Access;
use crate::edge::crd::kind::metric_source::{MetricSourceSpec, TENANT_HEADER};
use crate::edge::flags::declared::{self, Home};
use crate::edge::flags::error::FlagError;
use crate::edge::flags::file::{Declared, FlagFile};
use crate::edge::flags::provider::Provider;
use crate::edge::http::header::Header;
use crate::edge::http::line::Keys;
use crate::edge::kube::realm::Realm;
use crate::edge::prometheus::client::{Client, Settings};
use crate::edge::store::Directory;
use crate::edge::store::error::StoreError;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Name of the FlagProvider that `--flags` declares.
pub const PROVIDER: &str = "flags";
/// Questions to a source at once.
const CONCURRENCY: usize = 4;

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Paths {
    pub policies: PathBuf,
    pub flags: PathBuf,
    pub state: PathBuf,
}

/// Why the wiring failed.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("--state {}: the directory cannot be used", path.display())]
    OpenStore { path: PathBuf, source: StoreError },
    #[error("--state {}: {why}", path.display())]
    ReadStore { path: PathBuf, why: String },
    #[error("--flags {}: the file cannot be used", path.display())]
    OpenFlags { path: PathBuf, source: FlagError },
    #[error("the metric source cannot be used: {0}")]
    Source(Problem),
}

/// A live Prometheus as the source `default`; a declared MetricSource of that name gives its limits.
///
/// # Errors
/// The settings cannot make a client.
pub fn live(url: &str, loaded: &Loaded) -> Result<Source, WireError> {
    let mut settings = settings(url, loaded.source.as_ref());
    if let Some(tenant) = loaded.source.as_ref().and_then(|source| source.tenant.as_ref()) {
        let header = tenant.header.as_deref().unwrap_or(TENANT_HEADER);
        let header = Header::new("spec.tenant.value", header, &tenant.value).map_err(WireError::Source)?;
        settings.headers.push(header);
    }
    Client::new(settings).map(Source::Prometheus).map_err(WireError::Source)
}

fn settings(url: &str, declared: Option<&MetricSourceSpec>) -> Settings {
    let mut settings = Settings::new(url);
    let limits = declared.and_then(|spec| spec.limits.clone()).unwrap_or_default();
    settings.max_series = limits.max_series.map_or(settings.max_series, |most| most as usize);
    settings.max_bytes = limits.max_bytes.map_or(settings.max_bytes, |most| most as usize);
    settings.concurrency = limits.concurrency.map_or(settings.concurrency, |most| most as usize);
    settings.timeout = limits.timeout.and_then(|text| text.read().ok()).unwrap_or(settings.timeout);
    settings
}

/// A loop over a directory and a flag file, taking up what is stored there.
///
/// # Errors
/// The directory or the flag file cannot be used.
pub async fn wire(
    now: DateTime<Utc>,
    paths: &Paths,
    source: Source,
    loaded: &Loaded,
    make: MakeBaseline,
) -> Result<Drive, WireError> {
    let store = Directory::open(&paths.state)
        .await
        .map_err(|source| WireError::OpenStore { path: paths.state.clone(), source })?;
    let unreadable = |why| WireError::ReadStore { path: paths.state.clone(), why };
    let (mut objects, problems) = Objects::load(Store::Directory(store), HOME).await.map_err(unreadable)?;
    problems.iter().for_each(|problem| tracing::error!("a stored object is left alone: {problem}"));
    // The stored Governor is also the identity of this installation, so there always is one.
    let spec = loaded.governor.as_ref().map(|(spec, _)| spec.clone()).unwrap_or_default();
    objects.put_governor(now, spec).await.map_err(unreadable)?;
    let installation = objects.installation().unwrap_or_default();
    let access = Access::Everyone;
    let declared = Declared {
        name: PROVIDER.to_string(),
        path: paths.flags.clone(),
        format: None,
        access,
        propagation: Duration::ZERO,
    };
    let file = FlagFile::open(declared, &installation)
        .await
        .map_err(|source| WireError::OpenFlags { path: paths.flags.clone(), source })?;
    let sources = BTreeMap::from([("default".to_string(), source)]);
    let observer = Observer::new(sources, CONCURRENCY);
    let mut drive = Drive::new(now, Cycle::new(make), observer, objects);
    drive.installation = installation;
    drive.providers.insert(PROVIDER.to_string(), Provider::File(file));
    declare(&mut drive, loaded).await;
    drive.take_up();
    Ok(drive)
}

/// Takes over policies that were read again.
pub async fn rewire(now: DateTime<Utc>, drive: &mut Drive, loaded: &Loaded) {
    let spec = loaded.governor.as_ref().map(|(spec, _)| spec.clone()).unwrap_or_default();
    if let Err(trouble) = drive.objects.put_governor(now, spec).await {
        tracing::error!("the Governor could not be stored: {trouble}");
    }
    declare(drive, loaded).await;
}

async fn declare(drive: &mut Drive, loaded: &Loaded) {
    for policy in loaded.policies.iter().filter(|policy| !policy.notices.is_empty()) {
        let key = &policy.key;
        tracing::warn!(
            "policy {key}: spec.notifications: nobody is told, since a standalone governor knows no Notifier \
             and no Secret; run in a cluster, or leave it out"
        );
    }
    open_providers(drive, loaded).await;
    drive.governor = loaded.governor.as_ref().map(|(_, governing)| governing.governor.clone());
    let windows = loaded.governor.as_ref().map(|(_, governing)| governing.windows.clone());
    drive.cycle.accept_windows(windows.unwrap_or_default());
    let startup = loaded.governor.as_ref().and_then(|(_, governing)| governing.startup);
    drive.startup = startup;
    let traced =
        loaded.sources.iter().filter_map(|(name, source)| Some((name.clone(), source.traces.clone()?)));
    drive.traces = traced.collect();
    drive.lags = loaded.sources.iter().map(|(name, source)| (name.clone(), source.lag)).collect();
    drive.accept(loaded.policies.clone());
}

/// Opens the declared FlagProviders; the one of the command line stays.
async fn open_providers(drive: &mut Drive, loaded: &Loaded) {
    drive.providers.retain(|name, _| name == PROVIDER);
    let home = Home { installation: drive.installation.clone(), kube: None, realm: Realm::Cluster };
    for (name, accepted) in &loaded.providers {
        if name == PROVIDER {
            tracing::error!("FlagProvider {PROVIDER} is the one that --flags declares; name the other anew");
            continue;
        }
        match declared::open(name, accepted, &home, Keys::default()).await {
            Ok(provider) => drop(drive.providers.insert(name.clone(), provider)),
            Err(error) => tracing::error!("FlagProvider {name} is not used: {}", chain(&error)),
        }
    }
}
