//! Inquiries under way: what is being asked about episodes, and what was found and is to be stored.

use crate::domain::model::evidence::Evidence;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// What is being asked, and what was found. Its tasks end with it.
#[derive(Default)]
pub struct Inquiries {
    pub(super) tasks: JoinSet<Vec<(String, Evidence)>>,
    /// Live Decisions that were asked for, and whether that was after a cut.
    pub(super) asked: BTreeSet<(String, bool)>,
    /// By Decision, what is not stored yet.
    pub(super) found: BTreeMap<String, Evidence>,
}
