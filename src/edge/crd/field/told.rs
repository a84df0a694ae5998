//! Who was told of what, kept beside what it was about, so that nobody is told twice.

use super::notification::event;
use super::stamp::Stamp;
use crate::domain::model::news::{Event, Told};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one Notifier was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToldEntry {
    /// Name of the Notifier.
    #[schemars(length(max = 253))]
    pub notifier: String,
    /// What it was told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub events: Vec<String>,
    /// Whether it was told of the end. Default: false.
    #[serde(default)]
    pub closed: bool,
    /// Where it keeps the message, if that can be changed or answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub message: Option<String>,
    /// When it was last told something.
    pub at: Stamp,
}

impl ToldEntry {
    /// The entry of what `notifier` was told until `at`.
    pub fn new(notifier: &str, told: &Told, at: DateTime<Utc>) -> Self {
        Self {
            notifier: notifier.to_string(),
            events: told.events.iter().map(|event| event.as_str().to_string()).collect(),
            closed: told.closed,
            message: told.handle.clone(),
            at: at.into(),
        }
    }
}

impl From<&ToldEntry> for Told {
    /// Words of a newer version are left out.
    fn from(entry: &ToldEntry) -> Self {
        let events: Vec<Event> = entry.events.iter().filter_map(|word| event(word)).collect();
        Self { events: events.into_iter().collect(), closed: entry.closed, handle: entry.message.clone() }
    }
}
