//! The governor's objects in whatever store it runs on.
//!
//! Owns the mapping between the pure nouns and stored objects, and knows what was stored last, so
//! that an object that is true already is not written again. Trouble is a sentence: the caller
//! shows it and the next cycle tries again.

use super::store::{Store, Trouble};
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::{ServiceKey, health_name};
use crate::edge::cluster::notebook::Notebook;
use crate::edge::crd::field::reference::PolicyKind;
use crate::edge::crd::field::told::ToldEntry;
use crate::edge::crd::kind::decision::{Decision, DecisionStatus};
use crate::edge::crd::kind::flag_hold::FlagHold as StoredHold;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::service_health::{ServiceHealth, ServiceHealthSpec, ServiceHealthStatus};
use crate::edge::crd::stored::decision as stored;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};
use kube::ResourceExt;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Namespace of the objects that are the governor's own, unless it is told another.
pub const HOME: &str = "flyball";
/// ServiceHealths that are written at once.
const CONCURRENCY: usize = 8;

/// Everything the governor stores.
pub struct Objects {
    pub(super) store: Store,
    pub(super) home: String,
    pub(super) decisions: BTreeMap<String, Decision>,
    holds: BTreeMap<String, StoredHold>,
    health: BTreeMap<ServiceKey, ServiceHealth>,
    /// The Governor; its status is what we remember, wherever that lies.
    pub(super) governor: Option<Governor>,
    /// Where what we remember lies, if not in the Governor.
    pub(super) notebook: Option<Notebook>,
}

impl Objects {
    /// Reads what is stored; the governor's own namespace is `home`. Objects that cannot be read are
    /// returned as sentences and left alone.
    ///
    /// # Errors
    /// The store cannot be listed at all.
    pub async fn load(store: Store, home: &str) -> Result<(Self, Vec<String>), String> {
        let mut problems = Vec::new();
        let mut decisions = store.list::<Decision>(None, &mut problems).await?;
        let holds = store.list::<StoredHold>(Some(home), &mut problems).await?;
        let health = store.list::<ServiceHealth>(None, &mut problems).await?;
        let governor = store.list::<Governor>(None, &mut problems).await?.into_iter().next();
        let notebook = store.notebook(home).await?;
        if notebook.is_some() {
            // Those of policies of the cluster are some other governor's.
            decisions.retain(|decision| decision.spec.policy_ref.kind == PolicyKind::HealthPolicy);
        }
        problems.extend(drop_unfinished(&store, &mut decisions, &holds).await);
        let by_service = |health: ServiceHealth| {
            let service =
                ServiceKey::new(health.namespace().unwrap_or_default(), health.spec.service.clone());
            (service, health)
        };
        let mut objects = Self {
            store,
            home: home.to_string(),
            decisions: decisions.into_iter().map(|d| (d.name_any(), d)).collect(),
            holds: holds.into_iter().map(|h| (h.name_any(), h)).collect(),
            health: health.into_iter().map(by_service).collect(),
            governor,
            notebook,
        };
        objects.remember();
        Ok((objects, problems))
    }

    /// Whether a write that begins now may be made.
    pub fn may_write(&self) -> bool {
        self.store.may_write()
    }

    /// The same, to be asked from beside the loop.
    pub fn fence(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let store = self.store.clone();
        Arc::new(move || store.may_write())
    }

    /// The stored Decisions, oldest first.
    pub fn episodes(&self) -> Vec<Episode> {
        let mut all: Vec<Episode> = self.decisions.values().map(Episode::from).collect();
        all.sort_by_key(|episode| (episode.started, episode.name.clone()));
        all
    }

    /// The stored ServiceHealths.
    pub fn healths(&self) -> impl Iterator<Item = (&ServiceKey, &ServiceHealth)> {
        self.health.iter()
    }

    /// The stored FlagHolds by name.
    pub fn holds(&self) -> BTreeMap<String, FlagHold> {
        self.holds.iter().map(|(name, hold)| (name.clone(), FlagHold::from(hold))).collect()
    }

    /// Stores a Decision; false if it is stored so already. One whose namespace is gone is kept in
    /// mind alone, and only on its way out: its FlagHolds lie elsewhere.
    ///
    /// # Errors
    /// It could not be stored, or not wholly.
    pub async fn put_decision(&mut self, now: DateTime<Utc>, episode: &Episode) -> Result<bool, String> {
        let known = self.decisions.get(&episode.name);
        let former = known.and_then(|known| known.status.as_ref()).map(|status| status.conditions.as_slice());
        let mut next = Decision::from(episode);
        let evidence =
            known.and_then(|known| known.status.as_ref()).and_then(|status| status.evidence.clone());
        let told = self.told(&episode.name).to_vec();
        let status = stored::status(episode, former.unwrap_or_default());
        next.status = Some(DecisionStatus { evidence, told, ..status });
        let leaving = matches!(episode.phase, Phase::Restoring | Phase::Ended);
        let put = match known {
            // One that a person has just deleted is an order to release: it must not come back.
            Some(known) => self.store.update(known, next.clone()).await,
            None => self.store.put(None, next.clone(), now).await,
        };
        let stored = match put {
            Err(Trouble::Homeless(_)) if leaving => Some(next),
            put => put?,
        };
        let Some(stored) = stored else { return Ok(false) };
        self.decisions.insert(episode.name.clone(), stored);
        Ok(true)
    }

    /// The issues of a Decision as it is stored.
    pub fn decision_issues(&self, name: &str) -> &[IssueEntry] {
        let status = self.decisions.get(name).and_then(|decision| decision.status.as_ref());
        status.map_or(&[], |status| &status.issues)
    }

    /// The uid of a stored Decision.
    pub fn decision_uid(&self, name: &str) -> Option<String> {
        self.decisions.get(name).and_then(|decision| decision.metadata.uid.clone())
    }

    /// Who was told of what about a stored Decision.
    pub fn told(&self, decision: &str) -> &[ToldEntry] {
        let status = self.decisions.get(decision).and_then(|decision| decision.status.as_ref());
        status.map(|status| status.told.as_slice()).unwrap_or_default()
    }

    /// Stores who was told of what about a Decision. One that is gone is not brought back.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_told(&mut self, decision: &str, told: Vec<ToldEntry>) -> Result<(), String> {
        let Some(known) = self.decisions.get(decision) else { return Ok(()) };
        let mut next = known.clone();
        next.status.get_or_insert_default().told = told;
        match self.store.update(known, next).await {
            Ok(Some(stored)) => drop(self.decisions.insert(decision.to_string(), stored)),
            Ok(None) | Err(Trouble::Deleted(_) | Trouble::Homeless(_)) => {}
            Err(trouble) => return Err(trouble.into()),
        }
        Ok(())
    }

    /// Whether a live Decision that was stored is not there any more.
    ///
    /// # Errors
    /// The store could not be read: then nothing is known.
    pub async fn decision_is_gone(&mut self, namespace: &str, name: &str) -> Result<bool, String> {
        if !self.decisions.contains_key(name) {
            return Ok(false);
        }
        let gone = self.store.is_gone::<Decision>(Some(namespace), name).await?;
        if gone {
            self.decisions.remove(name);
        }
        Ok(gone)
    }

    /// Stores a FlagHold; false if it is stored so already.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_hold(
        &mut self,
        now: DateTime<Utc>,
        name: &str,
        hold: &FlagHold,
    ) -> Result<bool, String> {
        let mut next = StoredHold::from(hold);
        next.metadata.name = Some(name.to_string());
        next.metadata.namespace = Some(self.home.clone());
        let Some(stored) = self.store.put(self.holds.get(name), next, now).await? else { return Ok(false) };
        self.holds.insert(name.to_string(), stored);
        Ok(true)
    }

    /// Deletes a FlagHold; false if there is none.
    ///
    /// # Errors
    /// It could not be deleted.
    pub async fn delete_hold(&mut self, name: &str) -> Result<bool, String> {
        let Some(hold) = self.holds.get(name) else { return Ok(false) };
        self.store.delete(hold).await?;
        self.holds.remove(name);
        Ok(true)
    }

    /// Forgets holds that somebody deleted from the store; whether there were any.
    pub async fn notice_lost_holds(&mut self) -> Result<bool, String> {
        let mut lost = Vec::new();
        for name in self.holds.keys() {
            if self.store.is_gone::<StoredHold>(Some(&self.home), name).await? {
                lost.push(name.clone());
            }
        }
        lost.iter().for_each(|name| drop(self.holds.remove(name)));
        Ok(!lost.is_empty())
    }

    /// The ServiceHealth as stored.
    pub fn health(&self, service: &ServiceKey) -> Option<&ServiceHealthStatus> {
        self.health.get(service).and_then(|health| health.status.as_ref())
    }

    /// Stores ServiceHealths, several at once; what could not be stored is a sentence. A service
    /// whose namespace is gone has none.
    pub async fn put_healths(
        &mut self,
        now: DateTime<Utc>,
        all: Vec<(ServiceKey, ServiceHealthStatus)>,
    ) -> Vec<String> {
        let writes = all.into_iter().map(|(service, status)| {
            let (store, known) = (&self.store, self.health.get(&service));
            let spec = ServiceHealthSpec { service: service.service.clone() };
            let mut next = ServiceHealth::new(&health_name(&service), spec);
            next.metadata.namespace = Some(service.namespace.clone());
            next.status = Some(status);
            async move { (service, store.put(known, next, now).await) }
        });
        let done: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENCY).collect().await;
        let mut troubles = Vec::new();
        for (service, outcome) in done {
            match outcome {
                Ok(Some(stored)) => drop(self.health.insert(service, stored)),
                Ok(None) | Err(Trouble::Homeless(_)) => {}
                Err(trouble) => troubles.push(trouble.to_string()),
            }
        }
        troubles
    }

    /// Removes the ServiceHealths of services that are not `governed`. What could not be is said.
    pub async fn forget_healths(&mut self, governed: &BTreeSet<ServiceKey>) -> Vec<String> {
        let mut troubles = Vec::new();
        let old: Vec<ServiceKey> =
            self.health.keys().filter(|service| !governed.contains(service)).cloned().collect();
        for service in old {
            let Some(health) = self.health.get(&service) else { continue };
            match self.store.delete(health).await {
                Ok(()) => drop(self.health.remove(&service)),
                Err(trouble) => troubles.push(trouble.to_string()),
            }
        }
        troubles
    }

    /// Ended Decisions that are older than `ended_for`, or beyond the newest `per_service` of a
    /// service, are removed. What could not be is said.
    pub async fn forget_old(
        &mut self,
        now: DateTime<Utc>,
        ended_for: Duration,
        per_service: usize,
    ) -> Vec<String> {
        let oldest = TimeDelta::from_std(ended_for).ok().and_then(|age| now.checked_sub_signed(age));
        let mut ended: BTreeMap<_, Vec<Episode>> = BTreeMap::new();
        for episode in self.episodes().into_iter().filter(|episode| episode.phase == Phase::Ended) {
            ended.entry(episode.key.service.clone()).or_default().push(episode);
        }
        let mut troubles = Vec::new();
        for mut episodes in ended.into_values() {
            episodes.sort_by_key(|episode| Reverse((episode.since, episode.name.clone())));
            let old = episodes.iter().enumerate().filter(|(newer, episode)| {
                *newer >= per_service || oldest.is_some_and(|oldest| episode.since < oldest)
            });
            for (_, old) in old {
                let Some(decision) = self.decisions.get(&old.name) else { continue };
                match self.store.delete(decision).await {
                    Ok(()) => drop(self.decisions.remove(&old.name)),
                    Err(trouble) => troubles.push(trouble.to_string()),
                }
            }
        }
        troubles
    }
}

/// Removes Decisions that were never wholly stored: nothing was done that rests on them, and the
/// cycle makes them again if they are still wanted. One that a FlagHold names has only lost its
/// status, and is needed to give its flags back.
async fn drop_unfinished(store: &Store, decisions: &mut Vec<Decision>, holds: &[StoredHold]) -> Vec<String> {
    let claimed: BTreeSet<&str> =
        holds.iter().flat_map(|hold| &hold.spec.claims).map(|claim| claim.decision.as_str()).collect();
    let unfinished = |decision: &Decision| {
        let phase = decision.status.as_ref().and_then(|status| status.phase.as_ref());
        phase.is_none() && !claimed.contains(decision.name_any().as_str())
    };
    let mut troubles = Vec::new();
    for decision in decisions.iter().filter(|decision| unfinished(decision)) {
        troubles.extend(store.delete(decision).await.err().map(String::from));
    }
    decisions.retain(|decision| !unfinished(decision));
    troubles
}
