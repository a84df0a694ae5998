//! Instants on the command line.

use chrono::{DateTime, Utc};

/// An instant: whole epoch seconds, or RFC 3339.
pub fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let seconds = text.parse::<i64>().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    seconds
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
        .ok_or_else(|| "write epoch seconds, or an instant such as 2026-11-24T04:00:00Z".to_string())
}
