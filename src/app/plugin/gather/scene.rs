//! The scene of one service: everything that decides about it, read at once.

use super::fleet::lease;
use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::error::PluginError;
use crate::app::plugin::history;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::{PolicyView, Scene, WorkloadView};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::problem::Problem;
use crate::domain::model::rail::Pause;
use crate::edge::crd::accept::policy::{cluster_policy, policy};
use crate::edge::crd::accept::reach::{PAUSED, pause};
use crate::edge::crd::accept::source::{SourceFacts, source};
use crate::edge::crd::field::selector::Labels;
use crate::edge::crd::inert;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::crd::kind::metric_source::MetricSource;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::crd::kind::service_health::ServiceHealth;
use chrono::{DateTime, Utc};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Service};
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Reads everything about `service`.
///
/// # Errors
/// Its ServiceHealths, which everything else hangs on, cannot be listed.
pub async fn scene(
    cluster: &Cluster,
    now: DateTime<Utc>,
    service: &ServiceKey,
) -> Result<Scene, PluginError> {
    let mut unread = Unread::new();
    let own = Some(service.namespace.as_str());
    let healths: Vec<ServiceHealth> = cluster.all(own, &mut unread).await?;
    let health = healths.into_iter().find(|health| health.spec.service == service.service);
    let mut decisions: Vec<Decision> = cluster.try_all(own, &mut unread).await;
    decisions.retain(|decision| decision.spec.service == service.service);
    history::sort(&mut decisions);
    let namespace: Option<Namespace> = cluster.try_one(None, &service.namespace, &mut unread).await;
    let policies = policies(cluster, service, namespace.as_ref(), &mut unread).await;
    let providers: Vec<FlagProvider> = cluster.try_all(None, &mut unread).await;
    let (pauses, workloads) = around(cluster, service, namespace.as_ref()).await;
    Ok(Scene {
        now,
        health,
        policies,
        governor: cluster.try_one(None, "default", &mut unread).await,
        providers: providers.into_iter().map(|provider| (provider.name_any(), provider)).collect(),
        holds: cluster.try_all(Some(&cluster.home), &mut unread).await,
        decisions,
        approvals: cluster.try_all(own, &mut unread).await,
        pauses,
        workloads,
        lease: cluster.lease(&mut unread).await.as_ref().and_then(lease),
        service: service.clone(),
        unread,
    })
}

/// The policies of the namespace and the cluster's, judged as the governor judges them.
async fn policies(
    cluster: &Cluster,
    service: &ServiceKey,
    namespace: Option<&Namespace>,
    unread: &mut Unread,
) -> Vec<PolicyView> {
    let sources: Vec<MetricSource> = cluster.try_all(None, unread).await;
    let facts = sources.iter().filter_map(|object| Some((object.name_any(), source(&object.spec).ok()?)));
    let facts: BTreeMap<String, SourceFacts> = facts.collect();
    let labels: Labels = namespace.map(|namespace| namespace.labels().clone()).unwrap_or_default();
    let known = BTreeMap::from([(service.namespace.clone(), labels)]);
    let namespaced: Vec<HealthPolicy> = cluster.try_all(Some(&service.namespace), unread).await;
    let mut views: Vec<PolicyView> = Vec::new();
    for object in namespaced {
        let key = PolicyKey { namespace: object.namespace(), name: object.name_any() };
        let verdict = inert_or(&object, || policy(&object, &facts));
        views.push(PolicyView { key, verdict, status: object.status.clone().unwrap_or_default() });
    }
    for object in cluster.try_all::<ClusterHealthPolicy>(None, unread).await {
        let key = PolicyKey { namespace: None, name: object.name_any() };
        let verdict = inert_or(&object, || cluster_policy(&object, &facts, Some(&known)));
        views.push(PolicyView { key, verdict, status: object.status.clone().unwrap_or_default() });
    }
    views
}

/// Fields that do nothing yet make a policy refused, as in the governor.
fn inert_or<K, T>(object: &K, accept: impl FnOnce() -> Result<T, Vec<Problem>>) -> Result<T, Vec<Problem>>
where
    K: Resource<DynamicType = ()> + Serialize,
{
    let document = serde_json::to_value(object).unwrap_or_default();
    let idle = inert::problems(&K::kind(&()), &document);
    if idle.is_empty() { accept() } else { Err(idle) }
}

/// What carries `flyball.dev/paused` above the service, its namespace and its workload, and how many pods run it.
/// What cannot be read is left out: most people may not list workloads, and the governor's reasons say so anyway.
async fn around(
    cluster: &Cluster,
    service: &ServiceKey,
    namespace: Option<&Namespace>,
) -> (Vec<(String, Pause)>, Vec<WorkloadView>) {
    let mut pauses = Vec::new();
    if let Some(namespace) = namespace {
        pauses.extend(paused(namespace).map(|pause| (format!("namespace/{}", namespace.name_any()), pause)));
    }
    let found = [
        workload::<Deployment>(cluster, service, "deployment").await,
        workload::<StatefulSet>(cluster, service, "statefulset").await,
        workload::<DaemonSet>(cluster, service, "daemonset").await,
        workload::<Service>(cluster, service, "service").await,
    ];
    let mut workloads = Vec::new();
    for (object, pause, pods) in found.into_iter().flatten() {
        pauses.extend(pause.map(|pause| (object.clone(), pause)));
        workloads.extend(pods.map(|[wanted, ready, updated]| WorkloadView {
            object,
            wanted,
            ready,
            updated,
        }));
    }
    (pauses, workloads)
}

/// Its name, its pause, and its pods if it has a number of them: wanted, ready, of the newest revision.
async fn workload<K>(
    cluster: &Cluster,
    service: &ServiceKey,
    kind: &str,
) -> Option<(String, Option<Pause>, Option<[u64; 3]>)>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Serialize,
{
    let object: K = cluster.try_one(Some(&service.namespace), &service.service, &mut Unread::new()).await?;
    let document = serde_json::to_value(&object).unwrap_or_default();
    let pods = document["spec"]["replicas"].as_u64().map(|wanted| {
        let status = |field: &str| document["status"][field].as_u64().unwrap_or(0);
        [wanted, status("readyReplicas"), status("updatedReplicas")]
    });
    Some((format!("{kind}/{}", plain(&service.service)), paused(&object), pods))
}

fn paused<K: ResourceExt>(object: &K) -> Option<Pause> {
    object.annotations().get(PAUSED).map(|text| pause(text.trim()))
}
