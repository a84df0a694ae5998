//! What a watch has seen: all objects of a kind, as of the last event.
//!
//! Owns the copy and its age. An object that cannot be decoded is there with the reason, so that
//! it neither stops the others nor reads as deleted. Where single namespaces are watched, each is a
//! part with a watch and an age of its own.

use kube::core::ObjectMeta;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Why, if that was for want of a right.
    pub forbidden: Option<String>,
}

/// An object of which only the metadata is watched.
#[derive(Debug, Clone, Deserialize)]
pub struct Bare {
    pub metadata: ObjectMeta,
}

/// The namespace of a part; None: everything is watched at once.
type Part = Option<String>;

/// What the watches of one kind know. Clones share it.
pub struct Mirror<T> {
    state: Arc<Mutex<State<T>>>,
    news: watch::Sender<u64>,
    /// What is heard through this clone.
    part: Part,
}

struct State<T> {
    objects: BTreeMap<Name, Seen<T>>,
    /// By part.
    pulses: BTreeMap<Part, Pulse>,
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
    fn fresh() -> Self {
        Self { synced: false, heard: None, failure: None, forbidden: None }
    }

    fn beat(&mut self, now: Duration) {
        self.heard = Some(now);
        (self.failure, self.forbidden) = (None, None);
    }

    /// The pulse of all parts. One that we may not watch holds up no other, unless there is no other.
    fn of_all(pulses: &BTreeMap<Part, Pulse>) -> Self {
        let open = |pulse: &&Pulse| pulse.forbidden.is_none();
        let mut counted: Vec<&Pulse> = pulses.values().filter(open).collect();
        if counted.is_empty() {
            counted = pulses.values().collect();
        }
        let heard: Option<Vec<Duration>> = counted.iter().map(|pulse| pulse.heard).collect();
        Self {
            synced: counted.iter().all(|pulse| pulse.synced),
            heard: heard.and_then(|heard| heard.into_iter().min()),
            failure: counted.iter().find_map(|pulse| pulse.failure.clone()),
            forbidden: pulses.values().find_map(|pulse| pulse.forbidden.clone()),
        }
    }
}

impl<T> Clone for Mirror<T> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), news: self.news.clone(), part: self.part.clone() }
    }
}

impl<T> fmt::Debug for Mirror<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(f, "Mirror({} objects, {:?})", state.objects.len(), Pulse::of_all(&state.pulses))
    }
}

impl<T> Mirror<T> {
    /// A mirror that has seen nothing. `news` counts every change of an object.
    pub fn new(news: watch::Sender<u64>) -> Self {
        Self::of_parts(news, [None])
    }

    /// The same, seen part by part: each is heard through [`Mirror::part`]. Without any it is known to
    /// be empty.
    pub fn of_parts(news: watch::Sender<u64>, parts: impl IntoIterator<Item = Option<String>>) -> Self {
        let pulses = parts.into_iter().map(|part| (part, Pulse::fresh())).collect();
        Self { state: Arc::new(Mutex::new(State { objects: BTreeMap::new(), pulses })), news, part: None }
    }

    /// What its watch tells of one part.
    pub fn part(&self, part: Option<&str>) -> Self {
        Self { part: part.map(str::to_string), ..self.clone() }
    }

    /// How the watches do.
    pub fn pulse(&self) -> Pulse {
        Pulse::of_all(&self.lock().pulses)
    }

    /// When this part was last heard.
    pub fn heard(&self) -> Option<Duration> {
        self.lock().pulses.get(&self.part).and_then(|pulse| pulse.heard)
    }

    /// Parts that we may not watch.
    pub fn closed(&self) -> BTreeSet<String> {
        let state = self.lock();
        let closed = state.pulses.iter().filter(|(_, pulse)| pulse.forbidden.is_some());
        closed.filter_map(|(part, _)| part.clone()).collect()
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
        let mut state = self.lock();
        let pulse = state.pulse(&self.part);
        (pulse.failure, pulse.forbidden) = (Some(why), None);
    }

    /// An attempt failed for want of a right.
    pub fn refused(&self, why: String) {
        let mut state = self.lock();
        let pulse = state.pulse(&self.part);
        (pulse.failure, pulse.forbidden) = (Some(why.clone()), Some(why));
    }

    /// The API server was heard at `now`.
    pub fn alive(&self, now: Duration) {
        self.lock().pulse(&self.part).beat(now);
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn pulse(&mut self, part: &Part) -> &mut Pulse {
        self.pulses.entry(part.clone()).or_insert_with(Pulse::fresh)
    }
}

impl<T: DeserializeOwned> Mirror<T> {
    /// Takes a complete list of the part.
    pub fn listed(&self, items: Vec<Value>, now: Duration) {
        let mut objects: BTreeMap<Name, Seen<T>> = items.into_iter().map(seen).collect();
        let changed = {
            let mut state = self.lock();
            if let Some(part) = &self.part {
                let others = state.objects.iter().filter(|((namespace, _), _)| namespace != part);
                objects.extend(others.map(|(name, seen)| (name.clone(), seen.clone())));
            }
            let changed = !state.pulse(&self.part).synced || !same_versions(&state.objects, &objects);
            state.objects = objects;
            let pulse = state.pulse(&self.part);
            pulse.synced = true;
            pulse.beat(now);
            changed
        };
        if changed {
            self.tell();
        }
    }

    /// The one object of the part was looked at; None: it is not there.
    pub fn visited(&self, name: &Name, object: Option<Value>, now: Duration) {
        let found = object.map(seen);
        let changed = {
            let mut state = self.lock();
            let pulse = state.pulse(&self.part);
            let fresh = !std::mem::replace(&mut pulse.synced, true);
            pulse.beat(now);
            let former = state.objects.remove(name).map(|seen| seen.version);
            let version = found.as_ref().map(|(_, seen)| seen.version.clone());
            state.objects.extend(found);
            fresh || former != version
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
            state.pulse(&self.part).beat(now);
        }
        self.tell();
    }

    /// An object was deleted.
    pub fn deleted(&self, object: &Value, now: Duration) {
        {
            let mut state = self.lock();
            state.objects.remove(&name_of(object));
            state.pulse(&self.part).beat(now);
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
        assert_eq!(mirror.pulse(), Pulse::fresh());
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
    fn a_part_is_listed_by_itself_and_one_that_may_not_be_watched_holds_up_no_other() {
        let (news, _heard) = watch::channel(0);
        let parts = ["pay", "shop"].map(|part| Some(part.to_string()));
        let mirror: Mirror<Bare> = Mirror::of_parts(news.clone(), parts);
        let (pay, shop) = (mirror.part(Some("pay")), mirror.part(Some("shop")));
        shop.listed(vec![object("a", "1")], Duration::from_secs(3));
        assert!(!mirror.pulse().synced, "nobody knows what is in the other");
        pay.refused("forbidden".into());
        assert_eq!(mirror.closed(), ["pay".to_string()].into());
        let pulse = mirror.pulse();
        assert!(pulse.synced && pulse.failure.is_none() && pulse.forbidden.is_some());
        assert_eq!((shop.heard(), pay.heard()), (Some(Duration::from_secs(3)), None));
        pay.listed(Vec::new(), Duration::from_secs(5));
        assert!(mirror.contains(&name("a")), "a list of one part says nothing of another");
        assert!(mirror.closed().is_empty());
        assert_eq!(mirror.pulse().heard, Some(Duration::from_secs(3)), "as old as its oldest part");
        let none: Mirror<Bare> = Mirror::of_parts(news.clone(), []);
        assert!(none.pulse().synced, "what has no part is known to be empty");
        let alone: Mirror<Bare> = Mirror::of_parts(news, [Some("pay".to_string())]);
        alone.part(Some("pay")).refused("forbidden".into());
        assert!(!alone.pulse().synced);
    }

    #[test]
    fn an_object_that_is_looked_at_is_news_when_it_changed() {
        let (mirror, heard) = mirror();
        for (found, news) in [(None, 1), (None, 1), (Some("1"), 2), (Some("1"), 2), (Some("2"), 3), (None, 4)]
        {
            mirror.visited(&name("a"), found.map(|version| object("a", version)), Duration::ZERO);
            assert_eq!((mirror.contains(&name("a")), *heard.borrow()), (found.is_some(), news), "{found:?}");
        }
        assert!(mirror.pulse().synced);
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
