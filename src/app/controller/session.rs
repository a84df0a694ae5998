//! One reign: from taking up what is stored to the loss of the Lease.
//!
//! Owns the loop's state while we govern, and brings to it what the watches see. All of it is read
//! anew at the next reign: another governor may have written meanwhile.

use super::declare::declared::Declared;
use super::declare::vault::Vault;
use super::orders;
use super::post::office::Office;
use super::say::voice::Voice;
use super::sight::Sight;
use crate::app::apply::objects::Objects;
use crate::app::apply::store::Store;
use crate::app::clock::Clock;
use crate::app::cycle::due::Due;
use crate::app::cycle::make;
use crate::app::cycle::state::Cycle;
use crate::app::drive::news::Tick;
use crate::app::drive::served::Watch;
use crate::app::drive::state::Drive;
use crate::app::observe::observer::Observer;
use crate::domain::model::episode::Phase;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::reason::Reason;
use crate::edge::cluster::mirror::Name;
use crate::edge::cluster::store::Cluster;
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::accept::governor::Retention;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::flags::declared::Home;
use crate::edge::kube::client::Kube;
use crate::edge::kube::realm::Realm;
use crate::edge::store::shelf::Shelf;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Questions to a source at once.
const CONCURRENCY: usize = 4;
/// Longest that one tick may read the past of policies: what others wait for meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often orders are looked for while no policy is due.
const ORDERS: TimeDelta = TimeDelta::seconds(5);
/// How often ServiceHealths are tidied up.
const TIDY: TimeDelta = TimeDelta::minutes(10);

/// What every reign stands on.
pub struct Ground {
    pub clock: Arc<Clock>,
    /// The client whose writes pass the fence of our lease.
    pub kube: Kube,
    /// The governor's own namespace.
    pub home: String,
    /// The namespaces that it governs.
    pub realm: Realm,
    /// Who we are in the Lease and in Events.
    pub identity: String,
    pub sight: Sight,
    /// Rung when something came of a message.
    pub bell: Arc<Notify>,
    /// Where the baselines are kept; None: they are learned anew from history.
    pub shelf: Option<Shelf>,
}

/// One reign.
pub struct Session {
    pub epoch: u32,
    pub drive: Drive,
    declared: Declared,
    voice: Voice,
    pub office: Office,
    cluster: Cluster,
    /// How long ended Decisions are kept.
    retention: Retention,
    /// Policies and sources as the loop has them.
    told: (Option<u64>, Option<u64>),
    /// Workloads and namespaces (as nameless ones) that were there at some time.
    known: BTreeSet<Name>,
    /// When ServiceHealths were last tidied up.
    tidied: Option<DateTime<Utc>>,
    /// When the last tick began, and whether policies changed since.
    ticked: Option<DateTime<Utc>>,
    changed: bool,
    /// Baselines that were reset by an order whose annotation is still there.
    reset: BTreeSet<(PolicyKey, String)>,
    /// Namespaces that could not be looked into when it began.
    closed: BTreeSet<String>,
    /// The version of the notebook that was asked for last.
    noted: Option<String>,
}

impl Session {
    /// Takes up what is stored.
    ///
    /// # Errors
    /// The API server cannot be read.
    pub async fn open(ground: &Ground, epoch: u32) -> Result<Self, String> {
        let closed = ground.sight.closed();
        let cluster = Cluster::new(ground.kube.clone(), ground.sight.written_by_us());
        let cluster = cluster.within(ground.realm.clone());
        let (objects, problems) = Objects::load(Store::Cluster(cluster.clone()), &ground.home).await?;
        problems.iter().for_each(|problem| tracing::error!("a stored object is left alone: {problem}"));
        let observer = Observer::new(BTreeMap::new(), CONCURRENCY);
        let cycle = Cycle::new(make::seasonal());
        let mut drive = Drive::new(ground.clock.now(), cycle, observer, objects);
        drive.patience = Some(PATIENCE);
        drive.watch = Some(Watch::new(ground.clock.clone()));
        let voice = Voice::new(ground.kube.clone(), &ground.identity, (&ground.home, &ground.realm));
        let mut session = Self {
            epoch,
            drive,
            declared: Declared::default(),
            voice,
            office: Office::new(ground.clock.clone(), ground.kube.clone(), ground.bell.clone()),
            cluster,
            retention: Retention::default(),
            told: (None, None),
            known: BTreeSet::new(),
            tidied: None,
            ticked: None,
            changed: false,
            reset: BTreeSet::new(),
            closed,
            noted: None,
        };
        if let Some(shelf) = &ground.shelf {
            session.drive.keep_baselines(shelf.clone()).await;
        }
        session.declare(ground).await;
        session.drive.take_up();
        tracing::info!(
            epoch,
            holds = session.drive.objects.holds().len(),
            decisions = session.drive.cycle.episodes().count(),
            "took up what is stored"
        );
        Ok(session)
    }

    /// Brings to the loop what people declare now.
    pub async fn declare(&mut self, ground: &Ground) -> Vec<String> {
        let mut troubles = Vec::new();
        troubles.extend(self.read_governor(&ground.sight).await.err());
        let home = Home {
            installation: self.installation(),
            kube: Some(ground.kube.clone()),
            realm: ground.realm.clone(),
        };
        let vault = Vault::new(ground.kube.clone(), &ground.home);
        self.declared.read(&ground.sight, &home, (&vault, ground.clock.elapsed())).await;
        self.declared.try_out(&ground.sight, &ground.home, (ground.clock.now(), ground.clock.elapsed()));
        let governing = self.declared.governor.as_ref().and_then(|governor| governor.as_ref().ok());
        self.drive.governor = governing.map(|governing| governing.governor.clone());
        if self.drive.objects.obey_release()
            && let Some(governor) = &mut self.drive.governor
        {
            governor.release_all = true;
        }
        self.drive.startup = governing.and_then(|governing| governing.startup);
        self.retention = governing.map(|governing| governing.retention).unwrap_or_default();
        let windows = governing.map(|governing| governing.windows.clone());
        self.drive.cycle.accept_windows(windows.unwrap_or_default());
        self.drive.providers = self.declared.providers.open();
        self.drive.trackers = self.declared.trackers.open();
        self.drive.installation = home.installation;
        self.drive.namespaces.clone_from(&self.declared.namespaces);
        self.drive.pauses = orders::pauses(&ground.sight);
        let told = (Some(self.declared.policies.epoch()), Some(self.declared.sources.epoch()));
        if self.told.1 != told.1 {
            self.drive.observer.use_sources(self.declared.sources.clients());
            self.drive.lags = self.declared.sources.lags();
            self.drive.traces = self.declared.sources.traces();
        }
        if self.told.0 != told.0 {
            self.changed = true;
            self.drive.accept(self.declared.policies.accepted());
            let policies = self.declared.policies.all();
            self.drive.observer.keep_policies(|key| policies.contains_key(key));
        }
        self.told = told;
        let refused = self.refused(&mut troubles).await;
        self.drive.cycle.refuse(refused);
        troubles
    }

    /// One tick of the loop.
    pub async fn tick(&mut self, ground: &Ground, due: &Due) -> Tick {
        self.retire(&ground.sight);
        let now = ground.clock.now();
        (self.ticked, self.changed) = (Some(now), false);
        let mut tick = self.drive.tick(now, due).await;
        orders::reset_baselines(&mut self.drive, &mut self.reset);
        self.voice.heard(&tick);
        if tick.stored().any(|episode| episode.phase == Phase::Ended) {
            let Retention { ended_for, per_service } = self.retention;
            let left = self.drive.objects.forget_old(now, ended_for, per_service as usize).await;
            tick.troubles.extend(left);
        }
        tick.troubles.extend(orders::take_off(&self.drive, &self.reset, &ground.kube).await);
        tick.troubles.extend(self.tidy(now).await);
        tick.troubles.extend(self.voice.tell(now, &tick, &self.drive).await);
        tick
    }

    /// Sees to what people are to be told; `tick` is the one that was just made, if any.
    pub async fn post(&mut self, ground: &Ground, tick: Option<&Tick>) -> Vec<String> {
        let now = ground.clock.now();
        let mut troubles = self.office.look(now, &self.declared, (&mut self.drive, tick)).await;
        troubles.extend(self.voice.record(now, self.office.take_happenings()).await);
        troubles
    }

    /// Lets what is on its way to people arrive, and notes it.
    pub async fn close_post(&mut self, ground: &Ground) -> Vec<String> {
        self.office.close(ground.clock.now(), &self.declared, &mut self.drive).await
    }

    /// An hour for orders, where something lives that an order may end and no policy is due: at once
    /// after a change of what is declared, else every few seconds.
    pub fn orders(&self, now: DateTime<Utc>) -> Option<Due> {
        let lives = self.drive.cycle.episodes().next().is_some() || !self.drive.objects.holds().is_empty();
        let rested = self.ticked.is_some_and(|last| now - last < ORDERS);
        (lives && (!rested || self.changed)).then(|| Due::nobody(now))
    }

    /// Now and then, removes the ServiceHealth of services that no policy governs.
    async fn tidy(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let rested = self.tidied.is_some_and(|last| now - last < TIDY);
        if rested || !self.drive.rebuilt() {
            return Vec::new();
        }
        self.tidied = Some(now);
        let tracked: BTreeSet<ServiceKey> =
            self.drive.cycle.tracks().map(|(_, _, service, _)| service.clone()).collect();
        self.drive.objects.forget_healths(&tracked).await
    }

    /// Says on every object how it stands, where that is news.
    pub async fn say(&mut self, ground: &Ground) -> Vec<String> {
        let office = &self.office;
        let troubled = |name: &str| office.trouble(name);
        let declared = (&self.declared, &troubled as &dyn Fn(&str) -> Option<Reason>);
        self.voice.say(ground.clock.now(), &ground.sight, declared, &mut self.drive).await
    }

    /// Whether a namespace can be looked into by now that could not when it began: what is stored there
    /// has to be taken up, too.
    pub fn is_outgrown(&self, sight: &Sight) -> bool {
        let closed = sight.closed();
        self.closed.iter().any(|namespace| !closed.contains(namespace))
    }

    /// Whether there was more to say than could be said at once.
    pub fn has_more_to_say(&self) -> bool {
        self.voice.has_more() || self.office.has_more()
    }

    /// How many policies are accepted and how many refused.
    pub fn policies(&self) -> (usize, usize) {
        let refused = self.declared.policies.all().values().filter(|judged| judged.verdict.is_err()).count();
        (self.declared.policies.all().len() - refused, refused)
    }

    /// The Governor's uid; without one, what the holds say, so that they can still be given back.
    fn installation(&self) -> String {
        let held = || self.drive.objects.holds().into_values().next().map(|hold| hold.installation);
        self.drive.objects.installation().or_else(held).unwrap_or_default()
    }

    /// Reads the Governor again if its watch shows another version than is known.
    async fn read_governor(&mut self, sight: &Sight) -> Result<(), String> {
        let seen = sight.governors.get(&(String::new(), "default".to_string()));
        let known = self.drive.objects.governor().and_then(|known| known.metadata.resource_version.clone());
        let noted = sight.notebook.all().into_values().next().map(|seen| seen.version);
        // A look at the notebook may be older than what we wrote ourselves.
        let strange = noted != self.noted && noted.as_deref() != self.drive.objects.notebook_version();
        if strange || seen.map(|seen| seen.version) != known {
            self.drive.objects.refresh_governor().await?;
        }
        self.noted = noted;
        Ok(())
    }

    /// Policies that exist and are not followed. One that something is held for counts as gone only
    /// after a live read did not find it.
    async fn refused(&self, troubles: &mut Vec<String>) -> BTreeSet<PolicyKey> {
        let mut refused = self.declared.policies.refused();
        let holding: BTreeSet<PolicyKey> =
            self.drive.cycle.episodes().map(|episode| episode.key.policy.clone()).collect();
        for key in holding.into_iter().filter(|key| !self.declared.policies.all().contains_key(key)) {
            let gone = match &key.namespace {
                Some(namespace) => self.cluster.is_gone::<HealthPolicy>(Some(namespace), &key.name).await,
                None => self.cluster.is_gone::<ClusterHealthPolicy>(None, &key.name).await,
            };
            match gone {
                Ok(true) => {}
                Ok(false) => drop(refused.insert(key)),
                Err(error) => {
                    troubles.push(sentence(&error));
                    refused.insert(key);
                }
            }
        }
        refused
    }

    /// Retires the services whose workload was there and is gone, or whose namespace is.
    fn retire(&mut self, sight: &Sight) {
        let mut there: BTreeSet<Name> = sight.workloads().into_iter().map(|(name, _)| name).collect();
        there.extend(sight.namespaces.all().into_keys().map(|(_, namespace)| (namespace, String::new())));
        let tracked: BTreeSet<ServiceKey> =
            self.drive.cycle.tracks().map(|(_, _, service, _)| service.clone()).collect();
        let places = |service: &ServiceKey| {
            let workload = (service.namespace.clone(), service.service.clone());
            [workload, (service.namespace.clone(), String::new())]
        };
        let gone = |service: &&ServiceKey| {
            places(service).iter().any(|place| self.known.contains(place) && !there.contains(place))
        };
        let retired: BTreeSet<ServiceKey> = tracked.iter().filter(gone).cloned().collect();
        for service in retired.difference(&self.drive.retired) {
            tracing::info!(%service, "its workload is gone: it is retired");
        }
        // What nobody governs need not be remembered once it is gone.
        self.known.retain(|place| there.contains(place));
        self.known.extend(there);
        self.known.extend(retired.iter().flat_map(places));
        retired.iter().for_each(|service| self.drive.cycle.retire(service));
        self.drive.retired = retired;
    }
}
