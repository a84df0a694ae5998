//! Reasons in status, and back.

use crate::domain::model::problem::shorten;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::field::word;
use crate::edge::crd::kind::reason_entry::ReasonEntry;

/// Most reasons that a status keeps in one place.
pub const REASONS_MAX: usize = 16;

/// Most characters of a sentence in a status.
pub const MESSAGE_MAX: usize = 1024;

impl From<&Reason> for ReasonEntry {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code.as_str().to_string(), message: shorten(&reason.message, MESSAGE_MAX) }
    }
}

impl From<&ReasonEntry> for Reason {
    /// A word that this version does not know becomes [`Code::NewerVersion`] and leads the message.
    fn from(entry: &ReasonEntry) -> Self {
        match word::find(Code::ALL, Code::as_str, &entry.code) {
            Some(code) => Self::new(code, &entry.message),
            None => Self::new(Code::NewerVersion, format!("{}: {}", entry.code, entry.message)),
        }
    }
}

/// The first [`REASONS_MAX`] reasons as entries.
pub fn entries(reasons: &[Reason]) -> Vec<ReasonEntry> {
    reasons.iter().take(REASONS_MAX).map(ReasonEntry::from).collect()
}

/// All the reasons' sentences in one line.
pub fn line(reasons: &[Reason]) -> Option<String> {
    let sentences: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
    (!sentences.is_empty()).then(|| shorten(&sentences.join("; "), MESSAGE_MAX))
}
