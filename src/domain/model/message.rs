//! A message to people as data: what is said, in sentences and in a table, before it has a form.
//!
//! Owns the nouns. The words are those of one language already; how they look is the receiver's.

use super::news::{Event, Severity};
use chrono::{DateTime, Utc};

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The same for the same news: receivers may drop a second one.
    pub key: String,
    pub event: Event,
    /// It tells of the end of what an earlier one told of.
    pub closes: bool,
    pub severity: Severity,
    /// When it happened.
    pub at: DateTime<Utc>,
    pub title: String,
    /// What happened, and what may be done about it.
    pub sentences: Vec<String>,
    /// Why, one line each.
    pub reasons: Vec<String>,
    /// What was found to be hot, one line each; only where something begins.
    pub evidence: Vec<String>,
    pub facts: Vec<Fact>,
    pub changes: Vec<Change>,
    pub links: Vec<Link>,
    /// What it is about: one Decision, several of a storm, or none where it is about the fleet.
    pub subjects: Vec<Subject>,
    /// Words that some receivers put around it.
    pub labels: Labels,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The same word in every language.
    pub name: &'static str,
    pub label: String,
    pub value: String,
}

/// Something that was, or would be, another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub what: String,
    pub before: String,
    pub after: String,
}

/// Where more is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub title: String,
    /// An address, or empty where `title` is a command.
    pub url: String,
}

/// One Decision that a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub decision: String,
    pub namespace: String,
    pub service: String,
    pub policy: String,
    pub policy_kind: &'static str,
    pub tier: String,
    pub level: String,
    /// What it stands for: events of it that are told with this message or were before, and when.
    pub events: Vec<(Event, DateTime<Utc>)>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
}

/// Headings, in the message's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    pub why: &'static str,
    pub change: &'static str,
    pub more: &'static str,
    pub traces: &'static str,
    pub evidence: &'static str,
}

impl Message {
    /// The title with the sentences after it, as plain text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone()];
        lines.extend(self.sentences.iter().cloned());
        lines.extend(self.reasons.iter().map(|reason| format!("- {reason}")));
        lines.join("\n")
    }
}
