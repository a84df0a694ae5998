//! What is asked of a tracker, the same for all of them.

use crate::domain::model::upkeep::Found;
use crate::edge::issues::mark;
use chrono::{DateTime, Utc};

/// A new issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub title: String,
    pub body: String,
    /// Ours is the first.
    pub labels: Vec<String>,
}

/// A change of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub number: u64,
    /// None: the text stays.
    pub body: Option<String>,
    /// None: it stays as it is.
    pub turn: Option<Turn>,
    /// Of the text that `body` was made from, where the tracker tells.
    pub version: Option<u64>,
}

/// Opening or closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Reopen,
    /// The trouble is over.
    Close,
    /// Another one is kept.
    Drop,
}

/// An issue as a tracker answers it, before its text is read.
#[derive(Debug, Clone)]
pub struct Listed {
    pub number: u64,
    pub url: String,
    pub open: bool,
    /// Closed for a reason that means that it will not be fixed.
    pub refused: bool,
    pub closed_at: Option<DateTime<Utc>>,
    pub labels: Vec<String>,
    pub body: String,
    pub version: Option<u64>,
    /// It is closed, and cannot be opened again.
    pub sealed: bool,
}

/// Labels by which people say that they will not fix it, in small letters.
const WONT_FIX: [&str; 3] = ["wontfix", "wont-fix", "won't fix"];

impl Listed {
    /// Whether it carries a label.
    pub fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own == label)
    }

    /// The same with its text read.
    pub fn found(self, fingerprint: &str) -> Found {
        let said = |label: &String| WONT_FIX.contains(&label.to_lowercase().as_str());
        let wont_fix = !self.open && (self.refused || self.labels.iter().any(said));
        Found {
            number: self.number,
            url: self.url,
            open: self.open,
            wont_fix,
            closed_at: self.closed_at,
            mark: mark::mark(&self.body, fingerprint),
            body: self.body,
            version: self.version,
            sealed: self.sealed,
        }
    }
}
