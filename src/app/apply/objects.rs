//! The governor's objects in whatever store it runs on.
//!
//! Owns the mapping between the pure nouns and stored objects, and knows what was stored last, so
//! that an object that is true already is not written again. Trouble is a sentence: the caller
//! shows it and the next cycle tries again.

use super::effect::chain;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::fleet::LedgerEntry;
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::{ServiceKey, health_name};
use crate::domain::model::rail::{Approval, BreakerState};
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::{ApprovalVerdict, DecisionApproval};
use crate::edge::crd::kind::flag_hold::FlagHold as StoredHold;
use crate::edge::crd::kind::governor::{Governor, GovernorSpec};
use crate::edge::crd::kind::service_health::{ServiceHealth, ServiceHealthSpec, ServiceHealthStatus};
use crate::edge::store::object::Precondition;
use crate::edge::store::{Directory, Stored};
use chrono::{DateTime, TimeDelta, Utc};
use kube::ResourceExt;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// Namespace of the objects that are the governor's own.
pub const HOME: &str = "flyball";

/// Everything the governor stores.
pub struct Objects {
    store: Directory,
    decisions: BTreeMap<String, Decision>,
    holds: BTreeMap<String, StoredHold>,
    health: BTreeMap<ServiceKey, ServiceHealth>,
    governor: Option<Governor>,
}

impl Objects {
    /// Reads what is stored. Objects that cannot be read are returned as sentences and left alone.
    ///
    /// # Errors
    /// The store cannot be listed at all.
    pub async fn load(store: Directory) -> Result<(Self, Vec<String>), String> {
        let mut problems = Vec::new();
        let decisions = list::<Decision>(&store, &mut problems).await?;
        let holds = list::<StoredHold>(&store, &mut problems).await?;
        let health = list::<ServiceHealth>(&store, &mut problems).await?;
        let governor = list::<Governor>(&store, &mut problems).await?.into_iter().next();
        let by_service = |health: ServiceHealth| {
            let service =
                ServiceKey::new(health.namespace().unwrap_or_default(), health.spec.service.clone());
            (service, health)
        };
        let objects = Self {
            store,
            decisions: decisions.into_iter().map(|d| (d.name_any(), d)).collect(),
            holds: holds.into_iter().map(|h| (h.name_any(), h)).collect(),
            health: health.into_iter().map(by_service).collect(),
            governor,
        };
        Ok((objects, problems))
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

    /// The stored budget ledger.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        let status = self.governor.as_ref().and_then(|governor| governor.status.as_ref());
        status.map_or_else(Vec::new, |status| status.ledger.iter().map(LedgerEntry::from).collect())
    }

    /// Stores a Decision; false if it is stored so already.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_decision(&mut self, now: DateTime<Utc>, episode: &Episode) -> Result<bool, String> {
        let next = Decision::from(episode);
        let known = self.decisions.get(&episode.name);
        let Some(stored) = put(&self.store, known, next, now).await? else { return Ok(false) };
        self.decisions.insert(episode.name.clone(), stored);
        Ok(true)
    }

    /// Whether a live Decision that was stored is not there any more.
    ///
    /// # Errors
    /// The store could not be read: then nothing is known.
    pub async fn decision_is_gone(&mut self, namespace: &str, name: &str) -> Result<bool, String> {
        if !self.decisions.contains_key(name) {
            return Ok(false);
        }
        let found = self.store.get::<Decision>(Some(namespace), name).await.map_err(|error| chain(&error))?;
        if found.is_none() {
            self.decisions.remove(name);
        }
        Ok(found.is_none())
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
        next.metadata.namespace = Some(HOME.to_string());
        let Some(stored) = put(&self.store, self.holds.get(name), next, now).await? else { return Ok(false) };
        self.holds.insert(name.to_string(), stored);
        Ok(true)
    }

    /// Deletes a FlagHold; false if there is none.
    ///
    /// # Errors
    /// It could not be deleted.
    pub async fn delete_hold(&mut self, name: &str) -> Result<bool, String> {
        if !self.holds.contains_key(name) {
            return Ok(false);
        }
        let here = self.store.get::<StoredHold>(Some(HOME), name).await.map_err(|error| chain(&error))?;
        if here.is_some() {
            let deleted = self.store.delete::<StoredHold>(Some(HOME), name, Precondition::default()).await;
            deleted.map_err(|error| chain(&error))?;
        }
        self.holds.remove(name);
        Ok(true)
    }

    /// Forgets holds that somebody deleted from the store; whether there were any.
    pub async fn notice_lost_holds(&mut self) -> Result<bool, String> {
        let mut lost = Vec::new();
        for name in self.holds.keys() {
            let found =
                self.store.get::<StoredHold>(Some(HOME), name).await.map_err(|error| chain(&error))?;
            if found.is_none() {
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

    /// Stores a ServiceHealth.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_health(
        &mut self,
        now: DateTime<Utc>,
        service: &ServiceKey,
        status: ServiceHealthStatus,
    ) -> Result<(), String> {
        let spec = ServiceHealthSpec { service: service.service.clone() };
        let mut next = ServiceHealth::new(&health_name(service), spec);
        next.metadata.namespace = Some(service.namespace.clone());
        next.status = Some(status);
        if let Some(stored) = put(&self.store, self.health.get(service), next, now).await? {
            self.health.insert(service.clone(), stored);
        }
        Ok(())
    }

    /// Stores the Governor's spec as it is declared, keeping its status.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_governor(&mut self, now: DateTime<Utc>, spec: GovernorSpec) -> Result<(), String> {
        let mut next = Governor::new("default", spec);
        next.status = self.governor.as_ref().and_then(|governor| governor.status.clone());
        if let Some(stored) = put(&self.store, self.governor.as_ref(), next, now).await? {
            self.governor = Some(stored);
        }
        Ok(())
    }

    /// The stored Governor's uid: the id of this installation.
    pub fn installation(&self) -> Option<String> {
        self.governor.as_ref().and_then(|governor| governor.metadata.uid.clone())
    }

    /// Stores the ledger.
    ///
    /// # Errors
    /// It could not be stored, or there is no Governor to store it in.
    pub async fn put_ledger(&mut self, now: DateTime<Utc>, ledger: &[LedgerEntry]) -> Result<(), String> {
        let known = self.governor.as_ref().ok_or("there is no Governor to keep the ledger in")?;
        let mut next = known.clone();
        next.status.get_or_insert_default().ledger = ledger.iter().map(Into::into).collect();
        if let Some(stored) = put(&self.store, Some(known), next, now).await? {
            self.governor = Some(stored);
        }
        Ok(())
    }

    /// The breaker's stored word.
    pub fn breaker(&self) -> Option<BreakerState> {
        self.governor.as_ref()?.status.as_ref()?.breaker.as_ref().map(BreakerState::from)
    }

    /// Stores the breaker's word.
    ///
    /// # Errors
    /// It could not be stored, or there is no Governor to store it in.
    pub async fn put_breaker(&mut self, now: DateTime<Utc>, word: &BreakerState) -> Result<bool, String> {
        let known = self.governor.as_ref().ok_or("there is no Governor to keep the breaker's word in")?;
        let mut next = known.clone();
        next.status.get_or_insert_default().breaker = Some(word.into());
        let Some(stored) = put(&self.store, Some(known), next, now).await? else { return Ok(false) };
        self.governor = Some(stored);
        Ok(true)
    }

    /// Identity of the stored Decisions, by name.
    pub fn uids(&self) -> BTreeMap<String, String> {
        let uid =
            |(name, decision): (&String, &Decision)| Some((name.clone(), decision.metadata.uid.clone()?));
        self.decisions.iter().filter_map(uid).collect()
    }

    /// Every DecisionApproval that can be read; what cannot be read approves nothing.
    pub async fn approvals(&self) -> Vec<Approval> {
        let listed = self.store.list::<DecisionApproval>().await;
        let all = listed.map(|listing| listing.objects).unwrap_or_default();
        all.iter().map(approval).collect()
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
                let namespace = Some(old.key.service.namespace.as_str());
                match self.store.delete::<Decision>(namespace, &old.name, Precondition::default()).await {
                    Ok(()) => drop(self.decisions.remove(&old.name)),
                    Err(error) => troubles.push(chain(&error)),
                }
            }
        }
        troubles
    }
}

fn approval(object: &DecisionApproval) -> Approval {
    Approval {
        decision: object.spec.decision_ref.name.clone(),
        namespace: object.namespace().unwrap_or_default(),
        hash: object.spec.proposal_hash.clone(),
        approve: object.spec.verdict == ApprovalVerdict::Approve,
        by: object.spec.by.clone(),
    }
}

async fn list<T: Stored>(store: &Directory, problems: &mut Vec<String>) -> Result<Vec<T>, String> {
    let listing = store.list::<T>().await.map_err(|error| chain(&error))?;
    problems.extend(listing.problems.iter().map(|problem| chain(problem)));
    Ok(listing.objects)
}

/// Creates or replaces an object; None where `known` says so already. What others put into the
/// metadata stays; a write that met somebody else's is repeated once on what is there now.
async fn put<T: Stored>(
    store: &Directory,
    known: Option<&T>,
    mut next: T,
    now: DateTime<Utc>,
) -> Result<Option<T>, String> {
    let name = next.name_any();
    let namespace = next.namespace();
    let here = match known {
        Some(known) => Some(known.clone()),
        None => store.get::<T>(namespace.as_deref(), &name).await.map_err(|error| chain(&error))?,
    };
    let Some(here) = here else {
        return store.create(&next, now).await.map(Some).map_err(|error| chain(&error));
    };
    *next.meta_mut() = here.meta().clone();
    if known.is_some() && serde_json::to_value(&here).ok() == serde_json::to_value(&next).ok() {
        return Ok(None);
    }
    let version = here.resource_version().unwrap_or_default();
    match store.replace(&next, &version).await {
        Ok(stored) => Ok(Some(stored)),
        Err(_) => {
            let now_there =
                store.get::<T>(namespace.as_deref(), &name).await.map_err(|error| chain(&error))?;
            let Some(there) = now_there else {
                next.meta_mut().resource_version = None;
                next.meta_mut().uid = None;
                return store.create(&next, now).await.map(Some).map_err(|error| chain(&error));
            };
            *next.meta_mut() = there.meta().clone();
            let version = there.resource_version().unwrap_or_default();
            store.replace(&next, &version).await.map(Some).map_err(|error| chain(&error))
        }
    }
}
