//! Events: what happened to an object, told where people look.
//!
//! Owns their form and their number: the same about the same object counts up one Event instead
//! of making another, and a storm is cut off. They are for people; nothing rests on them.

use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use k8s_openapi::api::events::v1::Event;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// How long the same counts up one Event; API servers keep one for an hour.
const SERIES: TimeDelta = TimeDelta::minutes(30);
/// Shortest time between two counts of one Event.
const REST: TimeDelta = TimeDelta::seconds(60);
/// Most new Events in a minute; a step of a Decision makes two.
const PER_MINUTE: usize = 120;
/// Longest note and longest reason that an API server takes, in bytes.
const NOTE_MAX: usize = 1024;
/// Namespace of Events about cluster-scoped objects.
const CLUSTER: &str = "default";

/// An object that an Event is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    pub kind: String,
    /// None for cluster-scoped kinds.
    pub namespace: Option<String>,
    pub name: String,
    pub uid: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub about: About,
    /// Another object that it has to do with.
    pub related: Option<About>,
    /// Whether a person should look.
    pub warning: bool,
    /// A documented word.
    pub reason: String,
    /// What was done about it, in one word.
    pub action: &'static str,
    /// Sentences for people.
    pub note: String,
}

/// Writes Events.
#[derive(Debug)]
pub struct Recorder {
    kube: Kube,
    instance: String,
    series: BTreeMap<Key, Series>,
    /// When the newest Events were made.
    made: VecDeque<DateTime<Utc>>,
    /// How many were made: tells apart those of one instant.
    count: u64,
}

type Key = (About, Option<About>, String);

#[derive(Debug, Clone)]
struct Series {
    name: String,
    count: u32,
    /// When it was last told.
    told: DateTime<Utc>,
}

/// What to do about one happening.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Anew,
    Counted,
    NotNow,
}

impl Recorder {
    /// `instance` is who writes, as the Lease names it.
    pub fn new(kube: Kube, instance: impl Into<String>) -> Self {
        Self { kube, instance: instance.into(), series: BTreeMap::new(), made: VecDeque::new(), count: 0 }
    }

    /// Tells of a happening, unless it was told just now or too much happens.
    ///
    /// # Errors
    /// See [`KubeError`]; it is then not told.
    pub async fn record(&mut self, now: DateTime<Utc>, what: &Happening) -> Result<(), KubeError> {
        let key = (what.about.clone(), what.related.clone(), what.reason.clone());
        match self.told(now, &key) {
            Told::NotNow => Ok(()),
            Told::Anew => self.create(now, what, key).await,
            Told::Counted => match self.count(now, what, &key).await {
                Err(error) if error.is_not_found() => self.create(now, what, key).await,
                done => done,
            },
        }
    }

    fn told(&mut self, now: DateTime<Utc>, key: &Key) -> Told {
        self.series.retain(|_, series| now - series.told < SERIES);
        if let Some(series) = self.series.get_mut(key) {
            series.count = series.count.saturating_add(1);
            return if now - series.told < REST { Told::NotNow } else { Told::Counted };
        }
        while self.made.front().is_some_and(|made| now - *made >= TimeDelta::minutes(1)) {
            self.made.pop_front();
        }
        if self.made.len() >= PER_MINUTE { Told::NotNow } else { Told::Anew }
    }

    async fn create(&mut self, now: DateTime<Utc>, what: &Happening, key: Key) -> Result<(), KubeError> {
        self.made.push_back(now);
        let namespace = what.about.namespace.as_deref().unwrap_or(CLUSTER);
        self.count = self.count.wrapping_add(1);
        let mut name = what.about.name.clone();
        name.truncate(200);
        let name = format!("{name}.{:x}-{:x}", now.timestamp_millis(), self.count);
        let event = event(&self.instance, namespace, &name, what, now);
        let _: Value = self.kube.create(&Place::of::<Event>(Some(namespace)), &event).await?;
        self.series.insert(key, Series { name, count: 1, told: now });
        Ok(())
    }

    async fn count(&mut self, now: DateTime<Utc>, what: &Happening, key: &Key) -> Result<(), KubeError> {
        let Some(series) = self.series.get_mut(key) else { return Ok(()) };
        let namespace = what.about.namespace.as_deref().unwrap_or(CLUSTER);
        series.told = now;
        // The API server lets nothing but the series change: the note stays that of the first.
        let patch = json!({"series": {"count": series.count, "lastObservedTime": stamp(now)}});
        let place = Place::of::<Event>(Some(namespace));
        let patched = self.kube.patch::<Value>(&place, (&series.name, Part::Main), PatchForm::Merge, &patch);
        patched.await.map(drop)
    }
}

fn event(instance: &str, namespace: &str, name: &str, what: &Happening, now: DateTime<Utc>) -> Value {
    let mut event = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "eventTime": stamp(now),
        "type": if what.warning { "Warning" } else { "Normal" },
        "reason": what.reason,
        "action": what.action,
        "note": short(&what.note),
        "regarding": reference(&what.about),
        "reportingController": "flyball.dev/governor",
        "reportingInstance": instance.chars().take(128).collect::<String>(),
    });
    if let Some(related) = &what.related {
        event["related"] = reference(related);
    }
    event
}

fn reference(about: &About) -> Value {
    let mut reference = json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": about.kind, "name": about.name, "uid": about.uid,
    });
    if let Some(namespace) = &about.namespace {
        reference["namespace"] = json!(namespace);
    }
    reference
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn short(note: &str) -> String {
    let mut end = note.len().min(NOTE_MAX);
    while !note.is_char_boundary(end) {
        end -= 1;
    }
    note[..end].to_string()
}
