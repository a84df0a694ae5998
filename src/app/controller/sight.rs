//! Everything that is watched: one mirror per kind, and one task for it or for each of its namespaces.

use crate::app::telemetry::health::Health;
use crate::edge::cluster::mirror::{Bare, Mirror, Name, Pulse, Seen};
use crate::edge::cluster::notebook;
use crate::edge::cluster::watch::{Elapsed, Subject, follow, visit};
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
use crate::edge::kube::realm::Realm;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Service};
use kube::Resource;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
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
    /// What a governor of single namespaces remembers; empty elsewhere.
    pub notebook: Mirror<Bare>,
    /// Counts changes of what people declare.
    pub news: watch::Receiver<u64>,
}

impl Sight {
    /// Begins to watch the realm; the tasks end with `tasks`. `home` is the governor's own namespace.
    pub fn open(
        kube: &Kube,
        (home, realm): (&str, &Realm),
        elapsed: &Elapsed,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (loud, news) = watch::channel(0);
        let (quiet, _) = watch::channel(0);
        let mut eyes = Eyes { kube, realm, elapsed, tasks };
        Self {
            policies: eyes.realm::<HealthPolicy, _>(false, &loud),
            cluster_policies: eyes.cluster_policies(&loud),
            governors: eyes.whole::<Governor>(&loud),
            sources: eyes.whole::<MetricSource>(&loud),
            providers: eyes.whole::<FlagProvider>(&loud),
            trackers: eyes.whole::<IssueTracker>(&loud),
            notifiers: eyes.whole::<Notifier>(&loud),
            namespaces: eyes.namespaces(&quiet),
            decisions: eyes.realm::<Decision, _>(true, &quiet),
            holds: eyes.holds(home, &quiet),
            healths: eyes.realm::<ServiceHealth, _>(true, &quiet),
            workloads: [
                eyes.realm::<Deployment, _>(true, &quiet),
                eyes.realm::<StatefulSet, _>(true, &quiet),
                eyes.realm::<DaemonSet, _>(true, &quiet),
                eyes.realm::<Service, _>(true, &quiet),
            ],
            notebook: eyes.notebook(home, &loud),
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

    /// Namespaces of which some kind may not be watched: nothing is known of them.
    pub fn closed(&self) -> BTreeSet<String> {
        let [deployments, stateful_sets, daemon_sets, services] = &self.workloads;
        let bare =
            [&self.namespaces, &self.decisions, &self.healths, deployments, stateful_sets, daemon_sets];
        let bare = bare.into_iter().chain([services]).flat_map(Mirror::closed);
        bare.chain(self.policies.closed()).collect()
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
            if !pulse.synced || silent || pulse.forbidden.is_some() {
                let why = pulse.forbidden.or(pulse.failure);
                let why = why.unwrap_or_else(|| "nothing was heard yet".to_string());
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

    fn pulses(&self) -> Vec<(&'static str, Pulse)> {
        let [deployments, stateful_sets, daemon_sets, services] = &self.workloads;
        let all = [
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
            ("watch configmaps", self.notebook.pulse()),
        ];
        // What has no watch is known to be empty without ever being heard.
        all.into_iter().filter(|(_, pulse)| !(pulse.synced && pulse.heard.is_none())).collect()
    }
}

/// What makes watches.
struct Eyes<'a> {
    kube: &'a Kube,
    realm: &'a Realm,
    elapsed: &'a Elapsed,
    tasks: &'a mut JoinSet<()>,
}

impl Eyes<'_> {
    /// Whole objects of a kind of the cluster.
    fn whole<K>(&mut self, news: &watch::Sender<u64>) -> Mirror<K>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned + Send + Sync + 'static,
    {
        let mirror = Mirror::new(news.clone());
        self.follow(Place::of::<K>(None), false, &mirror);
        mirror
    }

    /// Objects of a namespaced kind in all of the realm.
    fn realm<K, T>(&mut self, metadata_only: bool, news: &watch::Sender<u64>) -> Mirror<T>
    where
        K: Resource<DynamicType = ()>,
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let parts = self.realm.parts();
        let mirror = Mirror::of_parts(news.clone(), parts.clone());
        for part in parts {
            self.follow(Place::of::<K>(part.as_deref()), metadata_only, &mirror.part(part.as_deref()));
        }
        mirror
    }

    /// Policies of the cluster, where they are governed.
    fn cluster_policies(&mut self, news: &watch::Sender<u64>) -> Mirror<ClusterHealthPolicy> {
        match self.realm {
            Realm::Cluster => self.whole(news),
            Realm::Namespaces(_) => Mirror::of_parts(news.clone(), []),
        }
    }

    /// The realm's namespaces themselves. Single ones are looked at: no right of a namespace is enough
    /// to watch it.
    fn namespaces(&mut self, news: &watch::Sender<u64>) -> Mirror<Bare> {
        let parts = self.realm.parts();
        let (place, mirror) = (Place::of::<Namespace>(None), Mirror::of_parts(news.clone(), parts.clone()));
        for part in parts {
            match part {
                None => self.follow(place.clone(), true, &mirror),
                Some(name) => self.visit(place.clone(), ("", &name), mirror.part(Some(&name))),
            }
        }
        mirror
    }

    fn holds(&mut self, home: &str, news: &watch::Sender<u64>) -> Mirror<Bare> {
        let mirror = Mirror::new(news.clone());
        self.follow(Place::of::<FlagHold>(Some(home)), true, &mirror);
        mirror
    }

    fn notebook(&mut self, home: &str, news: &watch::Sender<u64>) -> Mirror<Bare> {
        if self.realm.is_cluster() {
            return Mirror::of_parts(news.clone(), []);
        }
        let mirror = Mirror::new(news.clone());
        self.visit(Place::of::<ConfigMap>(Some(home)), (home, notebook::NAME), mirror.clone());
        mirror
    }

    fn follow<T>(&mut self, place: Place, metadata_only: bool, mirror: &Mirror<T>)
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let subject = Subject { place, metadata_only };
        self.tasks.spawn(follow(self.kube.clone(), subject, mirror.clone(), self.elapsed.clone()));
    }

    fn visit(&mut self, place: Place, (namespace, name): (&str, &str), mirror: Mirror<Bare>) {
        let name = (namespace.to_string(), name.to_string());
        self.tasks.spawn(visit(self.kube.clone(), (place, name), mirror, self.elapsed.clone()));
    }
}
