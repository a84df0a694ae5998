//! Everything that is watched: one mirror and one task per kind.

use crate::app::telemetry::health::Health;
use crate::edge::cluster::mirror::{Bare, Mirror, Name, Pulse, Seen};
use crate::edge::cluster::watch::{Elapsed, Subject, follow};
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::issue_tracker::IssueTracker;
use crate::edge::crd::kind::metric_source::MetricSource;
use crate::edge::crd::kind::notifier::Notifier;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::kube::client::Kube;
use crate::edge::kube::place::Place;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Service};
use kube::Resource;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longest silence of a watch, an outage of the API server included, before the process is worth
/// replacing. A watch in order is heard at least once a minute.
const SILENCE: Duration = Duration::from_secs(600);
/// Silence of a watch after which we are not ready.
const DEAF: Duration = Duration::from_secs(90);

/// The name of the check that all watches are heard.
pub const WATCHES: &str = "watches";

/// What is watched.
pub struct Sight {
    pub policies: Mirror<HealthPolicy>,
    pub cluster_policies: Mirror<ClusterHealthPolicy>,
    pub governors: Mirror<Governor>,
    pub sources: Mirror<MetricSource>,
    pub providers: Mirror<FlagProvider>,
    pub trackers: Mirror<IssueTracker>,
    pub notifiers: Mirror<Notifier>,
    pub namespaces: Mirror<Bare>,
    decisions: Mirror<Bare>,
    holds: Mirror<Bare>,
    healths: Mirror<Bare>,
    workloads: [Mirror<Bare>; 4],
    /// Counts changes of what people declare.
    pub news: watch::Receiver<u64>,
}

impl Sight {
    /// Begins to watch; the tasks end with `tasks`.
    pub fn open(kube: &Kube, home: &str, elapsed: &Elapsed, tasks: &mut JoinSet<()>) -> Self {
        let (loud, news) = watch::channel(0);
        let (quiet, _) = watch::channel(0);
        let mut eyes = Eyes { kube, elapsed, tasks };
        Self {
            policies: eyes.whole::<HealthPolicy>(&loud),
            cluster_policies: eyes.whole::<ClusterHealthPolicy>(&loud),
            governors: eyes.whole::<Governor>(&loud),
            sources: eyes.whole::<MetricSource>(&loud),
            providers: eyes.whole::<FlagProvider>(&loud),
            trackers: eyes.whole::<IssueTracker>(&loud),
            notifiers: eyes.whole::<Notifier>(&loud),
            namespaces: eyes.bare::<Namespace>(None, &quiet),
            decisions: eyes.bare::<Decision>(None, &quiet),
            holds: eyes.bare::<FlagHold>(Some(home), &quiet),
            healths: eyes.bare::<ServiceHealth>(None, &quiet),
            workloads: [
                eyes.bare::<Deployment>(None, &quiet),
                eyes.bare::<StatefulSet>(None, &quiet),
                eyes.bare::<DaemonSet>(None, &quiet),
                eyes.bare::<Service>(None, &quiet),
            ],
            news,
        }
    }

    /// What the store asks before it asks the API server, by plural.
    pub fn written_by_us(&self) -> BTreeMap<String, Mirror<Bare>> {
        let named =
            [("decisions", &self.decisions), ("flagholds", &self.holds), ("servicehealths", &self.healths)];
        named.into_iter().map(|(name, mirror)| (name.to_string(), mirror.clone())).collect()
    }

    /// Whether every kind was listed once: only then does a missing object mean anything.
    pub fn synced(&self) -> bool {
        self.pulses().iter().all(|(_, pulse)| pulse.synced)
    }

    /// Everything that could be a service's workload, by namespace and name; several of one name
    /// follow each other.
    pub fn workloads(&self) -> Vec<(Name, Seen<Bare>)> {
        self.workloads.iter().flat_map(Mirror::all).collect()
    }

    /// Brings the checks up to date: the age of every watch for /livez, and for /readyz whether any
    /// is deaf.
    pub fn report(&self, health: &Health, now: Duration) {
        let mut deaf = Vec::new();
        for (name, pulse) in self.pulses() {
            if let Some(heard) = pulse.heard {
                health.beat(name, heard);
            }
            let silent = pulse.heard.is_none_or(|heard| now.saturating_sub(heard) > DEAF);
            if !pulse.synced || silent {
                let why = pulse.failure.unwrap_or_else(|| "nothing was heard yet".to_string());
                deaf.push(format!("{name}: {why}"));
            }
        }
        match deaf.first() {
            None => health.beat(WATCHES, now),
            Some(first) => health.fail(WATCHES, format!("{} of them, such as {first}", deaf.len())),
        }
    }

    /// Declares the checks that [`Sight::report`] keeps.
    pub fn declare(&self, health: &Health, now: Duration) {
        self.pulses().iter().for_each(|(name, _)| health.require_live(name, SILENCE, now));
        health.require_ready(WATCHES, None, "not every kind has been listed yet");
    }

    fn pulses(&self) -> [(&'static str, Pulse); 15] {
        let [deployments, stateful_sets, daemon_sets, services] = &self.workloads;
        [
            ("watch healthpolicies", self.policies.pulse()),
            ("watch clusterhealthpolicies", self.cluster_policies.pulse()),
            ("watch governors", self.governors.pulse()),
            ("watch metricsources", self.sources.pulse()),
            ("watch flagproviders", self.providers.pulse()),
            ("watch issuetrackers", self.trackers.pulse()),
            ("watch notifiers", self.notifiers.pulse()),
            ("watch namespaces", self.namespaces.pulse()),
            ("watch decisions", self.decisions.pulse()),
            ("watch flagholds", self.holds.pulse()),
            ("watch servicehealths", self.healths.pulse()),
            ("watch deployments", deployments.pulse()),
            ("watch statefulsets", stateful_sets.pulse()),
            ("watch daemonsets", daemon_sets.pulse()),
            ("watch services", services.pulse()),
        ]
    }
}

/// What makes watches.
struct Eyes<'a> {
    kube: &'a Kube,
    elapsed: &'a Elapsed,
    tasks: &'a mut JoinSet<()>,
}

impl Eyes<'_> {
    /// Whole objects, in all of the cluster.
    fn whole<K>(&mut self, news: &watch::Sender<u64>) -> Mirror<K>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned + Send + Sync + 'static,
    {
        let subject = Subject { place: Place::of::<K>(None), metadata_only: false };
        self.spawn(subject, news)
    }

    /// Metadata alone.
    fn bare<K>(&mut self, namespace: Option<&str>, news: &watch::Sender<u64>) -> Mirror<Bare>
    where
        K: Resource<DynamicType = ()>,
    {
        let subject = Subject { place: Place::of::<K>(namespace), metadata_only: true };
        self.spawn(subject, news)
    }

    fn spawn<T>(&mut self, subject: Subject, news: &watch::Sender<u64>) -> Mirror<T>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let mirror = Mirror::new(news.clone());
        self.tasks.spawn(follow(self.kube.clone(), subject, mirror.clone(), self.elapsed.clone()));
        mirror
    }
}
