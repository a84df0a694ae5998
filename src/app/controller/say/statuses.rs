//! Writing what is said on objects of others: only where it differs, a few at a time.
//!
//! Owns how rarely: an object that changes its mind has a few writes at once, then one a minute.

use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::cluster::watch::sentence;
use crate::edge::kube::client::{Kube, Part};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};
use kube::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Statuses written at once.
const CONCURRENCY: usize = 8;
/// Writes of one status that may follow each other closely.
const BURST: u32 = 6;
/// How long until another one may.
const REFILL: TimeDelta = TimeDelta::seconds(60);

type Key = (String, Name);

/// Writes statuses, and remembers what it wrote until the watch shows it.
#[derive(Debug)]
pub struct Statuses {
    kube: Kube,
    written: BTreeMap<Key, Written>,
}

#[derive(Debug, Clone)]
struct Written {
    /// Version of the object that the watch showed when this was written.
    over: String,
    status: Value,
    spent: Spent,
}

/// Writes that one status has had lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spent {
    count: u32,
    /// When one of them was last forgotten.
    since: DateTime<Utc>,
}

impl Spent {
    /// What is left of it at `now`.
    fn at(self, now: DateTime<Utc>) -> Self {
        let passed = (now - self.since).num_seconds().max(0) / REFILL.num_seconds();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        match self.count.saturating_sub(passed) {
            0 => Self { count: 0, since: now },
            count => Self { count, since: self.since + REFILL * i32::try_from(passed).unwrap_or(i32::MAX) },
        }
    }
}

/// A status that an object should have.
#[derive(Debug)]
pub struct Wish {
    place: Place,
    name: Name,
    version: String,
    status: Value,
}

impl Statuses {
    /// Writes through a fenced client.
    pub fn new(kube: Kube) -> Self {
        Self { kube, written: BTreeMap::new() }
    }

    /// The status of an object as it was last seen (`shown`) or written.
    pub fn former<K, S>(&self, name: &Name, seen: &Seen<K>, shown: impl Fn(&K) -> Option<S>) -> S
    where
        K: Resource<DynamicType = ()>,
        S: DeserializeOwned + Default,
    {
        let key = (K::plural(&()).to_string(), name.clone());
        match self.written.get(&key).filter(|written| written.over == seen.version) {
            Some(written) => serde_json::from_value(written.status.clone()).unwrap_or_default(),
            None => seen.object.as_ref().ok().and_then(|object| shown(object)).unwrap_or_default(),
        }
    }

    /// A wish for an object whose status was `former`; None if it is so already or not yet worth a
    /// write.
    pub fn wish<K, S>(
        &self,
        now: DateTime<Utc>,
        (name, seen): (&Name, &Seen<K>),
        former: &S,
        next: &S,
    ) -> Option<Wish>
    where
        K: Resource<DynamicType = ()>,
        S: Serialize + PartialEq,
    {
        if former == next {
            return None;
        }
        let key = (K::plural(&()).to_string(), name.clone());
        if self.written.get(&key).is_some_and(|written| written.spent.at(now).count >= BURST) {
            return None;
        }
        let status = serde_json::to_value(next).ok()?;
        let namespace = Some(name.0.as_str()).filter(|namespace| !namespace.is_empty());
        let version = seen.version.clone();
        Some(Wish { place: Place::of::<K>(namespace), name: name.clone(), version, status })
    }

    /// Writes what is wished; what failed is said, and wished again at the next time.
    pub async fn write(&mut self, now: DateTime<Utc>, wishes: Vec<Wish>) -> Vec<String> {
        let kube = &self.kube;
        let writes = wishes.into_iter().map(|wish| async move {
            let outcome = put(kube, &wish).await;
            (wish, outcome)
        });
        let done: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENCY).collect().await;
        let mut troubles = Vec::new();
        for (wish, outcome) in done {
            match outcome {
                Ok(()) => {
                    let key = (wish.place.resource().plural.clone(), wish.name);
                    let spent = self.written.get(&key).map(|written| written.spent.at(now));
                    let spent = spent.unwrap_or(Spent { count: 0, since: now });
                    let spent = Spent { count: spent.count + 1, ..spent };
                    let written = Written { over: wish.version, status: wish.status, spent };
                    self.written.insert(key, written);
                }
                // Somebody changed or deleted it just now: the watch will show.
                Err(KubeError::Conflict { .. } | KubeError::NotFound { .. }) => {}
                Err(error) => troubles.push(sentence(&error)),
            }
        }
        troubles
    }

    /// Forgets objects that are not there any more.
    pub fn keep<K: Resource<DynamicType = ()>>(&mut self, there: impl Fn(&Name) -> bool) {
        let plural = K::plural(&());
        self.written.retain(|(kind, name), _| *kind != plural || there(name));
    }
}

async fn put(kube: &Kube, wish: &Wish) -> Result<(), KubeError> {
    let resource = wish.place.resource();
    let mut metadata = json!({"name": wish.name.1, "resourceVersion": wish.version});
    if !wish.name.0.is_empty() {
        metadata["namespace"] = json!(wish.name.0);
    }
    // The API server takes nothing but the status from this, so nothing else is sent.
    let object = json!({
        "apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata,
        "status": wish.status,
    });
    kube.replace(&wish.place, Part::Status, &object).await.map(|_: Value| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_a_few_writes_at_once_and_then_one_a_minute() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let spent = Spent { count: BURST, since: at(0) };
        for (now, left) in [(0, BURST), (59, BURST), (60, BURST - 1), (119, BURST - 1), (120, BURST - 2)] {
            assert_eq!(spent.at(at(now)).count, left, "after {now} s");
        }
        assert_eq!(spent.at(at(90)).at(at(120)).count, BURST - 2, "asking between does not lose time");
        assert_eq!(spent.at(at(86_400)), Spent { count: 0, since: at(86_400) });
    }
}
