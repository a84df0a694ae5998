//! Whether clients are served a cut, as far as somebody can be asked.
//!
//! Owns the answer. Who is asked, and how often, is the loop's business; what follows is `govern`'s.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What came of asking after one cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Served {
    /// It is being asked.
    Awaited,
    /// They were served it then.
    Since(DateTime<Utc>),
    /// Nobody said so in time.
    Unseen,
}

/// Shortest time for which is asked.
const LEAST: Duration = Duration::from_secs(30);

/// How long is asked where clients may take `propagation` to be served a write.
pub fn asked_for(propagation: Duration) -> Duration {
    propagation.saturating_mul(3).clamp(LEAST, Duration::from_secs(3600))
}
