//! Writing what is said on objects of others: only where it differs, a few at a time.
//!
//! Owns how rarely. Columns that change with every wind rest for a minute; conditions do not.

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
/// Shortest time between two writes of one status whose conditions stay.
const REST: TimeDelta = TimeDelta::seconds(60);

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
    at: DateTime<Utc>,
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

    /// The status of an object as it was last seen or written.
    pub fn former<K, S>(&self, name: &Name, seen: &Seen<K>) -> S
    where
        K: Resource<DynamicType = ()> + Serialize,
        S: DeserializeOwned + Default,
    {
        let key = (K::plural(&()).to_string(), name.clone());
        let written = self.written.get(&key).filter(|written| written.over == seen.version);
        let status = match (written, &seen.object) {
            (Some(written), _) => written.status.clone(),
            (None, Ok(object)) => serde_json::to_value(&**object).unwrap_or_default()["status"].take(),
            (None, Err(_)) => Value::Null,
        };
        serde_json::from_value(status).unwrap_or_default()
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
        let (former, status) = (serde_json::to_value(former).ok()?, serde_json::to_value(next).ok()?);
        let lasting = |status: &Value| (status["conditions"].clone(), status["observedGeneration"].clone());
        let key = (K::plural(&()).to_string(), name.clone());
        let rests = self.written.get(&key).is_some_and(|written| now - written.at < REST);
        if rests && lasting(&former) == lasting(&status) {
            return None;
        }
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
                    let written = Written { over: wish.version, status: wish.status, at: now };
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
