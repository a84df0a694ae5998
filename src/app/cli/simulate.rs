//! `kubectl flyball simulate`: a replay on the past of the cluster's own Prometheus.
//!
//! Owns what is taken from the cluster: its MetricSource `default` with its credentials, and its Governor.
//! What follows is `replay`, by the same code.

use super::commands::{check_url, runtime};
use super::kubectl::cluster;
use super::kubectl_args::{Common, SimulateArgs};
use super::replay::{self, Live};
use super::replay_args::ReplayArgs;
use crate::app::controller::declare::sources::open;
use crate::app::controller::declare::vault::Vault;
use crate::app::observe::source::Source;
use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::plain::plain;
use crate::domain::model::problem::Problem;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::metric_source::MetricSource;
use crate::edge::kube::place::Place;
use crate::edge::yaml;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Replays policies on the past of a cluster's source, or of the Prometheus that is named.
pub fn simulate(common: &Common, args: SimulateArgs) -> Result<ExitCode> {
    let replayed = |prometheus: Option<String>| ReplayArgs {
        policies: args.files.clone(),
        recording: None,
        prometheus,
        since: Some(args.since),
        until: args.until,
        labels: None,
        compare: Vec::new(),
        mode: args.mode,
        assume_effect: None,
        restart_at: Vec::new(),
        output: args.output,
        report: args.report.clone(),
        fail_on: args.fail_on.clone(),
        cache: args.cache.clone(),
    };
    if let Some(url) = &args.prometheus {
        check_url(url)?;
        return replay::replay(replayed(Some(url.clone())));
    }
    let live = runtime()?.block_on(async { of_cluster(&cluster(common).await?).await })?;
    let url = live.url.clone();
    eprintln!(
        "asks the cluster's MetricSource default at {}; where that address is known inside the cluster only, forward a \
         port (kubectl port-forward) and give --prometheus http://localhost:PORT",
        plain(&url)
    );
    replay::replay_on(replayed(Some(url)), Some(live))
}

/// The cluster's source with a client for it, and what else decides about a replay.
async fn of_cluster(cluster: &Cluster) -> Result<Live> {
    let place = Place::of::<MetricSource>(None);
    let object: MetricSource =
        cluster.kube.get(&place, "default").await.context("MetricSource default; give --prometheus instead")?;
    let vault = Vault::new(cluster.kube.clone(), &cluster.home);
    let told = |problems: Vec<Problem>| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow!("MetricSource default: {}", all.join("; "))
    };
    let credentials = vault.credentials(&object.spec).await.map_err(told)?;
    let (_, source) = open(&object.spec, credentials).map_err(told)?;
    let Source::Prometheus(client) = source else { bail!("MetricSource default is no live source") };
    let mut spec = serde_json::to_value(&object.spec)?;
    // What was needed to connect is in the client; without a cluster it could not be read again.
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("auth");
        fields.remove("ca");
        fields.remove("allow");
        fields.remove("allowAddresses");
    }
    let mut manifests = vec![manifest("MetricSource", spec)?];
    let governor: Option<Governor> = cluster.try_one(None, "default", &mut Unread::new()).await;
    if let Some(governor) = governor {
        manifests.push(manifest("Governor", serde_json::to_value(&governor.spec)?)?);
    }
    Ok(Live { url: object.spec.url.clone(), client, manifests })
}

fn manifest(kind: &str, spec: Value) -> Result<(String, String)> {
    let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": kind, "metadata": {"name": "default"}, "spec": spec});
    Ok((format!("the cluster's {kind}"), yaml::to_string(&object).map_err(|why| anyhow!(why))?))
}
