//! Instants and spans as people on call read them.

use crate::app::drive::show::columns::age;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// `02:13:05Z` on the day of `now`, else with its date.
pub fn instant(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let form = if at.date_naive() == now.date_naive() { "%H:%M:%SZ" } else { "%F %H:%M:%SZ" };
    at.format(form).to_string()
}

/// `02:13:05Z (12s ago)` or `02:13:05Z (in 4m)`.
pub fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let span = at - now;
    let far = if span >= TimeDelta::zero() { format!("in {}", age(span)) } else { ago(at, now) };
    format!("{} ({far})", instant(at, now))
}

/// `12s ago`.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ago", age(now - at))
}

/// `90s`, `5m`, `3h20m`.
pub fn span(length: Duration) -> String {
    age(TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX))
}

/// An instant so far from another; far beyond all calendars it is the last one.
pub fn after(at: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
    at.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
