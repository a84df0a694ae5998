//! What a loop holds while it keeps checkpoints of its baselines.
//!
//! Owns the state between two ticks; when and what is kept is `keep`'s matter.

use crate::edge::store::shelf::{Shelf, ShelfError};
use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

/// The shelf, and what is on its way there.
#[derive(Debug)]
pub struct Keeping {
    pub shelf: Shelf,
    /// When the last checkpoint was begun.
    pub kept: Option<DateTime<Utc>>,
    pub under_way: Option<JoinHandle<Result<(), ShelfError>>>,
    /// What went wrong with the last one.
    pub trouble: Option<String>,
}
