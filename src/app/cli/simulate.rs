//! `kubectl flyball simulate`: a replay on the past of the cluster's own Prometheus.
//!
//! Owns what is taken from the cluster: its MetricSource `default` with its credentials, and its Governor.
//! What follows is `replay`, by the same code.

use super::commands::{check_url, runtime};
use super::kubectl_args::{Common, SimulateArgs};
use super::reach::{client, cluster, door};
use super::replay::{self, Live};
use super::replay_args::ReplayArgs;
use crate::app::controller::declare::outside::Outside;
use crate::app::controller::declare::sources::Supply;
use crate::app::controller::declare::vault::Vault;
use crate::app::observe::source::Source;
use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::door::Door;
use crate::app::plugin::plain::plain;
use crate::domain::model::problem::Problem;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::metric_source::{MetricSource, MetricSourceSpec};
use crate::edge::flags::declared::Home;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use crate::edge::kube::service::ServicePort;
use crate::edge::yaml;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Replays policies on the past of a cluster's source, or of the Prometheus that is named.
pub fn simulate(common: &Common, args: SimulateArgs) -> Result<ExitCode> {
    if let Some(url) = args.prometheus.clone() {
        check_url(&url)?;
        return replay::replay(replayed(args, url));
    }
    // It lasts as long as the replay: the door to a service stands in it.
    let runtime = runtime()?;
    let (live, _door) = runtime.block_on(async {
        let cluster = cluster(common).await?;
        match &args.prometheus_service {
            Some(service) => by_service(&cluster, service).await,
            None => Ok((of_cluster(&cluster).await?, None)),
        }
    })?;
    let url = live.url.clone();
    eprintln!("asks the cluster's Prometheus at {}", plain(&url));
    replay::replay_on(replayed(args, url), Some(live)).inspect_err(|_| {
        eprintln!(
            "flyball: if that address is known inside the cluster only, name the service (--prometheus-service \
             monitoring/prometheus:9090), or forward a port and give --prometheus http://localhost:PORT"
        );
    })
}

/// The same as `replay` takes it.
fn replayed(args: SimulateArgs, prometheus: String) -> ReplayArgs {
    ReplayArgs {
        policies: args.files,
        recording: None,
        prometheus: Some(prometheus),
        since: Some(args.since),
        until: args.until,
        labels: None,
        compare: Vec::new(),
        mode: args.mode,
        assume_effect: None,
        restart_at: Vec::new(),
        output: args.output,
        report: args.report,
        fail_on: args.fail_on,
        cache: args.cache,
    }
}

/// A service of the cluster, by way of the API server.
async fn by_service(cluster: &Cluster, service: &ServicePort) -> Result<(Live, Option<Door>)> {
    let door = door(&cluster.kube, Some(service)).await?.context("--prometheus-service")?;
    let source: Option<MetricSource> = cluster.try_one(None, "default", &mut Unread::new()).await;
    let mut manifests = governor(cluster).await?;
    manifests.extend(source.map(|source| bare(&source.spec)).transpose()?);
    Ok((Live { url: service.url(), client: client(&door.url)?, manifests }, Some(door)))
}

/// The cluster's source with a client for it, and what else decides about a replay.
async fn of_cluster(cluster: &Cluster) -> Result<Live> {
    let place = Place::of::<MetricSource>(None);
    let object: MetricSource = cluster
        .kube
        .get(&place, "default")
        .await
        .context("MetricSource default; give --prometheus instead")?;
    let told = |problems: Vec<Problem>| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow!("MetricSource default: {}", all.join("; "))
    };
    let accepted = Supply::accept(&object).map_err(told)?;
    let vault = Vault::new(cluster.kube.clone(), &cluster.home);
    let credentials = Supply::credentials(&accepted, &vault).await.transpose().map_err(told)?;
    let home = Home { installation: String::new(), kube: None, realm: Realm::Cluster };
    let opened = Supply::open("default", &accepted, &home, credentials.unwrap_or_default()).await;
    let Source::Prometheus(client) = opened.map_err(told)?.client else {
        bail!("MetricSource default is no live source")
    };
    let mut manifests = vec![bare(&object.spec)?];
    manifests.extend(governor(cluster).await?);
    Ok(Live { url: object.spec.url.clone(), client, manifests })
}

/// A source without what was needed to connect: that is in the client, and could not be read again.
fn bare(spec: &MetricSourceSpec) -> Result<(String, String)> {
    let mut spec = serde_json::to_value(spec)?;
    if let Some(fields) = spec.as_object_mut() {
        ["auth", "ca", "allow", "allowAddresses"].iter().for_each(|field| drop(fields.remove(*field)));
    }
    manifest("MetricSource", spec)
}

/// The cluster's Governor, if it has one that may be read: its budgets hold in the replay, too.
async fn governor(cluster: &Cluster) -> Result<Vec<(String, String)>> {
    let governor: Option<Governor> = cluster.try_one(None, "default", &mut Unread::new()).await;
    let spec = governor.map(|governor| serde_json::to_value(&governor.spec)).transpose()?;
    spec.map(|spec| manifest("Governor", spec)).into_iter().collect()
}

fn manifest(kind: &str, spec: Value) -> Result<(String, String)> {
    let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": kind, "metadata": {"name": "default"}, "spec": spec});
    Ok((format!("the cluster's {kind}"), yaml::to_string(&object).map_err(|why| anyhow!(why))?))
}
