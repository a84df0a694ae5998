//! What to record, as it was asked for. Its checks are where it is used.

use chrono::{DateTime, Utc};
use std::path::PathBuf;
use std::time::Duration;

/// What to record and where to put it.
#[derive(Debug, Clone)]
pub struct Args {
    /// The first instant at the source, cut to milliseconds.
    pub start: DateTime<Utc>,
    /// The last instant is the newest `start + k * step` not after it.
    pub end: DateTime<Utc>,
    /// Distance of instants at the source, whole seconds.
    pub step: Duration,
    /// As how many seconds each second of the source is written down; 1 is real time.
    pub stretch: u32,
    /// The recording's first instant; `start` if none.
    pub origin: Option<DateTime<Utc>>,
    /// The file, replaced once the new one is whole.
    pub out: PathBuf,
}
