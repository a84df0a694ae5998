//! One signal of one service at one instant: the table of design sections 4 and 7.

use super::age::{Age, age};
use super::evidence::Instant;
use super::rows::{Answer, Cell};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::{Reading, Rejection};
use crate::domain::policy::signal::{OnMissing, Signal};
use std::time::Duration;

/// What is known of the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traffic {
    /// Fresh and below the minimum.
    Idle,
    /// Fresh and not below it.
    Active,
    /// Not declared, missing, stale or not to be trusted.
    Unknown,
}

/// The reading of `signal` for `service`. `seen` says whether the signal was seen for it within
/// `forgetAfter`.
///
/// Idle comes before all else, for without traffic a quantile is NaN and a ratio absent; then
/// what cannot be trusted, then what is missing.
pub fn read(signal: &Signal, now: &Instant<'_>, service: &ServiceKey, seen: bool, millis: i64) -> Reading {
    let traffic = traffic(signal, now, service, millis);
    if traffic == Traffic::Idle {
        return Reading::Idle;
    }
    if let Some(flaw) = now.value.flaw {
        return Reading::Rejected(flaw);
    }
    match now.value.cells.get(service) {
        Some(cell) => present(cell, &now.ages, service, signal.max_age, millis),
        None if traffic == Traffic::Active && signal.on_missing == OnMissing::Zero => Reading::Fresh(0.0),
        None if seen => Reading::Absent,
        None => Reading::NotApplicable,
    }
}

fn traffic(signal: &Signal, now: &Instant<'_>, service: &ServiceKey, millis: i64) -> Traffic {
    let (Some(activity), Some((answer, ages))) = (&signal.activity, &now.activity) else {
        return Traffic::Unknown;
    };
    let cell = answer.cells.get(service).filter(|_| answer.flaw.is_none());
    let reading = cell.map(|cell| present(cell, ages, service, signal.max_age, millis));
    match reading {
        Some(Reading::Fresh(value)) if value < activity.min => Traffic::Idle,
        Some(Reading::Fresh(_)) => Traffic::Active,
        _ => Traffic::Unknown,
    }
}

/// A row that is there: a number, of whom only one, and not too old.
fn present(
    cell: &Cell,
    ages: &[Answer<'_>],
    service: &ServiceKey,
    max_age: Duration,
    millis: i64,
) -> Reading {
    if cell.rows > 1 {
        return Reading::Rejected(Rejection::Doubled);
    }
    if cell.value.is_nan() {
        return Reading::Rejected(Rejection::NotANumber);
    }
    if cell.value.is_infinite() {
        return Reading::Rejected(Rejection::Infinite);
    }
    match age(ages, service, millis) {
        Age::Known(seconds) if seconds > max_age.as_secs_f64() => Reading::Stale(Some(seconds.ceil() as u64)),
        Age::Known(_) => Reading::Fresh(cell.value),
        Age::NoSample => Reading::Stale(None),
        Age::Unknown(why) => Reading::Rejected(why),
    }
}
