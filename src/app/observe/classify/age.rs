//! How old the samples behind a value are.
//!
//! The answers are those of `max by (identity) (timestamp(selector))`, one per selector. The
//! oldest selector that has a sample of the service counts. Where no row of a selector carries
//! the identity labels at all (they are joined in later), its latest sample of all counts.

use super::rows::Answer;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::Rejection;

/// What is known of an age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Age {
    /// Seconds, 0 at least.
    Known(f64),
    /// No selector has a sample of this service any more.
    NoSample,
    /// The answer cannot be trusted.
    Unknown(Rejection),
}

/// The age of a service's samples at `millis`. An expression without selectors is never old.
pub fn age(answers: &[Answer<'_>], service: &ServiceKey, millis: i64) -> Age {
    if answers.is_empty() {
        return Age::Known(0.0);
    }
    if let Some(flaw) = answers.iter().find_map(|answer| answer.flaw) {
        return Age::Unknown(flaw);
    }
    let latest = answers.iter().filter_map(|answer| match answer.cells.is_empty() {
        true => answer.unidentified_latest,
        false => answer.cells.get(service)?.latest,
    });
    match latest.reduce(f64::min) {
        Some(oldest) => Age::Known((millis as f64 / 1000.0 - oldest).max(0.0)),
        None => Age::NoSample,
    }
}
