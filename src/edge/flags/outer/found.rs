//! What a store showed of a flag, and which way a write goes.

use crate::domain::model::flag::FlagState;

/// A flag as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub state: FlagState,
    /// What changes with every write, as the store tells it: a version, a revision, the number of
    /// the newest event.
    pub version: Option<String>,
}

/// What a write does to a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Cut,
    Restore,
}
