//! What the commands of the plugin reach: the cluster of their options, and a Prometheus.

use super::commands::check_url;
use super::kubectl_args::Common;
use crate::app::plugin::cluster::Cluster;
use crate::app::plugin::door::Door;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::Chosen;
use crate::edge::kube::service::ServicePort;
use crate::edge::prometheus::client::{Client, Settings};
use anyhow::{Context, Result, anyhow};
use std::time::Duration;

/// How long a Prometheus on the command line may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connects as the options say.
pub async fn cluster(common: &Common) -> Result<Cluster> {
    let chosen = Chosen { kubeconfig: common.kubeconfig.clone(), context: common.context.clone() };
    Ok(Cluster::open(&chosen, common.namespace.clone(), common.governor_namespace.clone()).await?)
}

/// A client of the Prometheus at `url`.
pub fn client(url: &str) -> Result<Client> {
    check_url(url)?;
    let settings = Settings { timeout: PATIENCE, ..Settings::new(url) };
    Client::new(settings).map_err(|problem| anyhow!("--prometheus: {problem}"))
}

/// A door to a service of the cluster, if one is named; it is open as long as it is kept.
pub async fn door(kube: &Kube, service: Option<&ServicePort>) -> Result<Option<Door>> {
    let Some(service) = service else { return Ok(None) };
    Door::open(kube.clone(), service.clone()).await.map(Some).context("--prometheus-service")
}
