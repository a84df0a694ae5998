//! What a watch has seen: all objects of a kind, as of the last event.
//!
//! Owns the copy and its age. An object that cannot be decoded is there with the reason, so that
//! it neither stops the others nor reads as deleted.

use kube::core::ObjectMeta;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Namespace (empty for cluster-scoped kinds) and name.
pub type Name = (String, String);

/// One object as it was last seen.
#[derive(Debug)]
pub struct Seen<T> {
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub version: String,
    /// `metadata.generation`: counts changes of the spec.
    pub generation: i64,
    /// The object, or why it cannot be read.
    pub object: Result<Arc<T>, String>,
}

/// How a watch does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Whether a complete list has been had: only then does a missing object mean anything.
    pub synced: bool,
    /// When something was last heard, in monotonic time since the start; None if nothing ever was.
    pub heard: Option<Duration>,
    /// Why the last attempt failed; None once one succeeded.
    pub failure: Option<String>,
}

/// An object of which only the metadata is watched.
#[derive(Debug, Clone, Deserialize)]
pub struct Bare {
    pub metadata: ObjectMeta,
}

/// What one watch knows. Clones share it.
pub struct Mirror<T> {
    state: Arc<Mutex<State<T>>>,
    news: watch::Sender<u64>,
}

struct State<T> {
    objects: BTreeMap<Name, Seen<T>>,
    pulse: Pulse,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self {
            uid: self.uid.clone(),
            version: self.version.clone(),
            generation: self.generation,
            object: self.object.clone(),
        }
    }
}

impl Pulse {
    fn beat(&mut self, now: Duration) {
        self.heard = Some(now);
        self.failure = None;
    }
}

impl<T> Clone for Mirror<T> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), news: self.news.clone() }
    }
}

impl<T> fmt::Debug for Mirror<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(f, "Mirror({} objects, {:?})", state.objects.len(), state.pulse)
    }
}

impl<T> Mirror<T> {
    /// A mirror that has seen nothing. `news` counts every change of an object.
    pub fn new(news: watch::Sender<u64>) -> Self {
        let pulse = Pulse { synced: false, heard: None, failure: None };
        Self { state: Arc::new(Mutex::new(State { objects: BTreeMap::new(), pulse })), news }
    }

    /// How the watch does.
    pub fn pulse(&self) -> Pulse {
        self.lock().pulse.clone()
    }

    /// Whether the object is there.
    pub fn contains(&self, name: &Name) -> bool {
        self.lock().objects.contains_key(name)
    }

    /// The object, as it was last seen.
    pub fn get(&self, name: &Name) -> Option<Seen<T>> {
        self.lock().objects.get(name).cloned()
    }

    /// Everything that is there.
    pub fn all(&self) -> BTreeMap<Name, Seen<T>> {
        self.lock().objects.clone()
    }

    /// An attempt failed: what was seen stays, and grows older.
    pub fn failed(&self, why: String) {
        self.lock().pulse.failure = Some(why);
    }

    /// The API server was heard at `now`.
    pub fn alive(&self, now: Duration) {
        self.lock().pulse.beat(now);
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: DeserializeOwned> Mirror<T> {
    /// Takes a complete list.
    pub fn listed(&self, items: Vec<Value>, now: Duration) {
        let objects: BTreeMap<Name, Seen<T>> = items.into_iter().map(seen).collect();
        let changed = {
            let mut state = self.lock();
            let changed = !state.pulse.synced || !same_versions(&state.objects, &objects);
            state.objects = objects;
            state.pulse.synced = true;
            state.pulse.beat(now);
            changed
        };
        if changed {
            self.tell();
        }
    }

    /// An object was created or changed.
    pub fn applied(&self, object: Value, now: Duration) {
        let (name, seen) = seen(object);
        {
            let mut state = self.lock();
            state.objects.insert(name, seen);
            state.pulse.beat(now);
        }
        self.tell();
    }

    /// An object was deleted.
    pub fn deleted(&self, object: &Value, now: Duration) {
        {
            let mut state = self.lock();
            state.objects.remove(&name_of(object));
            state.pulse.beat(now);
        }
        self.tell();
    }
}

fn same_versions<T>(a: &BTreeMap<Name, Seen<T>>, b: &BTreeMap<Name, Seen<T>>) -> bool {
    let versions = |all: &BTreeMap<Name, Seen<T>>| -> Vec<(Name, String)> {
        all.iter().map(|(name, seen)| (name.clone(), seen.version.clone())).collect()
    };
    versions(a) == versions(b)
}

fn seen<T: DeserializeOwned>(mut object: Value) -> (Name, Seen<T>) {
    let name = name_of(&object);
    let metadata = &mut object["metadata"];
    if let Some(metadata) = metadata.as_object_mut() {
        // The largest part of many objects, and nobody here asks who wrote which field.
        metadata.remove("managedFields");
    }
    let said = |field: &str| metadata[field].as_str().unwrap_or_default().to_string();
    let (uid, version) = (said("uid"), said("resourceVersion"));
    let generation = metadata["generation"].as_i64().unwrap_or(0);
    let object = serde_json::from_value(object).map(Arc::new).map_err(|error| error.to_string());
    (name, Seen { uid, version, generation, object })
}

fn name_of(object: &Value) -> Name {
    let said = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_string();
    (said("namespace"), said("name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(name: &str, version: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop", "uid": "u", "resourceVersion": version}})
    }

    fn name(name: &str) -> Name {
        ("shop".to_string(), name.to_string())
    }

    fn mirror() -> (Mirror<Bare>, watch::Receiver<u64>) {
        let (news, heard) = watch::channel(0);
        (Mirror::new(news), heard)
    }

    #[test]
    fn nothing_is_known_before_the_first_list_and_a_failure_forgets_nothing() {
        let (mirror, _heard) = mirror();
        assert_eq!(mirror.pulse(), Pulse { synced: false, heard: None, failure: None });
        mirror.failed("refused".into());
        assert!(!mirror.pulse().synced);
        mirror.listed(vec![object("a", "1")], Duration::from_secs(3));
        assert!(mirror.pulse().synced && mirror.contains(&name("a")) && mirror.pulse().failure.is_none());
        mirror.failed("gone away".into());
        assert!(mirror.contains(&name("a")) && mirror.pulse().synced);
        assert_eq!(mirror.pulse().heard, Some(Duration::from_secs(3)), "a failure is nothing heard");
    }

    #[test]
    fn an_object_that_cannot_be_decoded_is_there_with_the_reason() {
        let (mirror, _heard) = mirror();
        let mut bad = object("bad", "1");
        bad["metadata"]["labels"] = json!("x");
        mirror.listed(vec![bad, object("good", "1")], Duration::ZERO);
        assert!(mirror.get(&name("bad")).unwrap().object.is_err());
        assert!(mirror.get(&name("good")).unwrap().object.is_ok());
    }

    #[test]
    fn only_what_changed_is_news() {
        let (mirror, heard) = mirror();
        mirror.listed(vec![object("a", "1")], Duration::ZERO);
        assert_eq!(*heard.borrow(), 1);
        mirror.listed(vec![object("a", "1")], Duration::ZERO);
        mirror.alive(Duration::ZERO);
        assert_eq!(*heard.borrow(), 1, "a bookmark or an equal list is none");
        mirror.applied(object("a", "2"), Duration::ZERO);
        mirror.deleted(&object("a", "3"), Duration::ZERO);
        assert_eq!(*heard.borrow(), 3);
        assert!(!mirror.contains(&name("a")));
    }
}
