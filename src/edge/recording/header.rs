//! The first line: what the file is and on which grid its answers stand.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Name and version of the format.
pub const FORMAT: &str = "flyball-recording/1";

/// Most instants of a recording.
pub const COUNT_MAX: u64 = 2_000_000;

/// What a recording says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The first instant.
    pub start: DateTime<Utc>,
    /// Distance of instants, in milliseconds, at least 1.
    pub step_ms: u64,
    /// How many instants, at least 1.
    pub count: u64,
    /// Each second of the source was written down as so many seconds; 1 is real time.
    pub stretch: u32,
    /// Where it came from, for people.
    pub origin: String,
    /// The program that wrote it.
    pub made_by: String,
}

impl Header {
    /// The last instant.
    pub fn end(&self) -> DateTime<Utc> {
        let steps = self.count.saturating_sub(1).saturating_mul(self.step_ms);
        let span = TimeDelta::milliseconds(i64::try_from(steps).unwrap_or(i64::MAX));
        self.start.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// What is wrong with it and how to mend it, if anything is.
    pub fn problem(&self) -> Option<(String, &'static str)> {
        if self.format != FORMAT {
            let message = format!("the format is {:?}, not {FORMAT:?}", self.format);
            return Some((message, "use the version of flyball that wrote it, or record again"));
        }
        if self.step_ms == 0 || self.stretch == 0 || !(1..=COUNT_MAX).contains(&self.count) {
            let message = format!(
                "stepMs {}, stretch {} or count {} is out of range (1 at least, {COUNT_MAX} instants at most)",
                self.step_ms, self.stretch, self.count
            );
            return Some((message, "record a shorter time or with a longer --step"));
        }
        if self.last_millis().is_none() {
            return Some(("the grid ends beyond any calendar".to_string(), "record again"));
        }
        None
    }

    /// The last instant in epoch milliseconds, if there is such a time.
    fn last_millis(&self) -> Option<i64> {
        let length = i64::try_from(self.step_ms.checked_mul(self.count)?).ok()?;
        let last = self.start.timestamp_millis().checked_add(length)?;
        DateTime::from_timestamp_millis(last).map(|_| last)
    }

    /// The number of the newest instant at or before `millis`; None before the first, and one
    /// step or more after the last.
    pub fn index(&self, millis: i64) -> Option<usize> {
        let since = u64::try_from(millis.checked_sub(self.start.timestamp_millis())?).ok()?;
        let index = since / self.step_ms;
        (index < self.count).then(|| usize::try_from(index).ok())?
    }
}
