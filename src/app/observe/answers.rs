//! What was answered, and reading a policy's readings from it at one instant after the other.
//!
//! The same for a look and for the past: an answer at one instant is a range of one point.

use super::classify::evidence::Evidence;
use super::classify::look::{PolicyLook, look};
use super::classify::seen::PolicySeen;
use super::questions::Questions;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::shorten;
use crate::domain::model::series::Matrix;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// Instants of history that are asked at once: what bounds the memory.
pub const CHUNK: u32 = 1000;

/// A question: the name of the source, and the text.
pub type Ask = (String, String);

/// Answers, or sentences saying why there is none.
pub type Answers = BTreeMap<Ask, Result<Matrix, String>>;

/// Why history could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Not one question of a chunk was answered.
    #[error("no history of policy {policy} from {from}: {why}")]
    Blind { policy: PolicyKey, from: DateTime<Utc>, why: String },
}

/// A policy's evidence, to be read at one instant after the other.
pub struct Reader<'a> {
    policy: &'a Policy,
    evidence: Vec<Evidence<'a>>,
    failures: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    /// What `answers` say of a policy.
    pub fn new(policy: &'a Policy, answers: &'a Answers) -> Self {
        let find = |text: &str| answers.get(&(policy.source.clone(), text.to_string()));
        let good = |text: &str| find(text).and_then(|answer| answer.as_ref().ok());
        let (mut evidence, mut failures) = (Vec::new(), Vec::new());
        for signal in &policy.signals {
            let questions = Questions::of(signal);
            let failed = questions.texts().filter_map(|text| Some((text, find(text)?.as_ref().err()?)));
            failures.extend(
                failed.map(|(text, why)| (signal.name.clone(), format!("`{}`: {why}", shorten(text, 200)))),
            );
            evidence.push(Evidence::new(signal, &questions, &good));
        }
        Self { policy, evidence, failures }
    }

    /// The look at one instant; `seen` is brought up to date.
    pub fn at(&self, at: DateTime<Utc>, seen: &mut PolicySeen) -> PolicyLook {
        let look = look(self.policy, &self.evidence, at, seen);
        PolicyLook { failures: self.failures.clone(), ..look }
    }
}

/// Reads one chunk of history; gives the first instant of the next.
pub fn hand_over(
    policy: &Policy,
    answers: &Answers,
    (from, last): (DateTime<Utc>, DateTime<Utc>),
    seen: &mut PolicySeen,
    each: &mut impl FnMut(DateTime<Utc>, PolicyLook),
) -> Option<DateTime<Utc>> {
    let reader = Reader::new(policy, answers);
    let mut at = from;
    while at <= last {
        each(at, reader.at(at, seen));
        at = later(at, step(policy))?;
    }
    Some(at)
}

/// The distance of a policy's instants.
pub fn step(policy: &Policy) -> Duration {
    policy.interval.max(Duration::from_secs(1))
}

/// Refuses answers of which there is not one.
///
/// # Errors
/// See [`HistoryError`].
pub fn refuse_blindness(policy: &Policy, from: DateTime<Utc>, answers: &Answers) -> Result<(), HistoryError> {
    let failures: Vec<Option<&String>> =
        asks(policy).filter_map(|ask| answers.get(&ask)).map(|answer| answer.as_ref().err()).collect();
    match failures.first() {
        Some(Some(why)) if failures.iter().all(Option::is_some) => {
            let (policy, why) = (policy.key.clone(), (*why).clone());
            Err(HistoryError::Blind { policy, from, why })
        }
        _ => Ok(()),
    }
}

/// Whether nothing at all was answered, and answered it was: no service was there.
pub fn is_empty(policy: &Policy, answers: &Answers) -> bool {
    let silent = |matrix: &Matrix| matrix.series.is_empty() && !matrix.partial && !matrix.truncated;
    asks(policy).all(|ask| matches!(answers.get(&ask), Some(Ok(matrix)) if silent(matrix)))
}

/// Every question of a policy.
pub fn asks(policy: &Policy) -> impl Iterator<Item = Ask> {
    policy.signals.iter().flat_map(|signal| {
        let questions = Questions::of(signal);
        let asks: Vec<Ask> =
            questions.texts().map(|text| (policy.source.clone(), text.to_string())).collect();
        asks
    })
}

/// `by` after `at`; None beyond the calendar.
pub fn later(at: DateTime<Utc>, by: Duration) -> Option<DateTime<Utc>> {
    at.checked_add_signed(TimeDelta::from_std(by).ok()?)
}
