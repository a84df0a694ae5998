//! The observer: asks every question once, in bounded time, and reads the answers.
//!
//! Live looks and history go through the same judgement; they differ only in whether the
//! questions are asked at one instant or over a range.

use super::classify::evidence::Evidence;
use super::classify::look::{PolicyLook, look};
use super::classify::seen::{PolicySeen, Seen};
use super::questions::Questions;
use super::source::Source;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::shorten;
use crate::domain::model::series::{Matrix, Sample, Series, Vector};
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use thiserror::Error;

/// Instants of history that are asked at once: what bounds the memory.
const CHUNK: u32 = 1000;

/// Longest that one chunk of history may take.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);

/// What one look gave, by policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Look {
    pub rows: BTreeMap<PolicyKey, PolicyLook>,
}

/// Why history could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Not one question of a chunk was answered.
    #[error("no history of policy {policy} from {from}: {why}")]
    Blind { policy: PolicyKey, from: DateTime<Utc>, why: String },
}

/// Looks at policies, and remembers which services it saw.
#[derive(Debug)]
pub struct Observer {
    sources: BTreeMap<String, Source>,
    concurrency: usize,
    seen: Seen,
}

/// A question: the name of the source, and the text.
type Ask = (String, String);

/// Answers, or sentences saying why there is none.
type Answers = BTreeMap<Ask, Result<Matrix, String>>;

/// When it is asked for.
#[derive(Clone, Copy)]
enum When {
    At(DateTime<Utc>),
    Range { start: DateTime<Utc>, end: DateTime<Utc>, step: Duration },
}

impl Observer {
    /// An observer of `sources` by name, with at most `concurrency` questions to each at once.
    pub fn new(sources: BTreeMap<String, Source>, concurrency: usize) -> Self {
        Self { sources, concurrency: concurrency.max(1), seen: Seen::new() }
    }

    /// Replaces the sources, keeping what was seen.
    pub fn use_sources(&mut self, sources: BTreeMap<String, Source>) {
        self.sources = sources;
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Forgets policies that are no more.
    pub fn keep_policies(&mut self, keep: impl Fn(&PolicyKey) -> bool) {
        self.seen.retain(|key, _| keep(key));
    }

    /// Looks at `policies`, all due at the same instant. `at` is what the sources are asked for.
    /// It takes no longer than the shortest of their intervals; what was not answered by then
    /// failed.
    pub async fn look(&mut self, at: DateTime<Utc>, policies: &[&Policy]) -> Look {
        let asks = policies.iter().flat_map(|policy| asks(policy)).collect();
        let deadline = policies.iter().map(|policy| policy.interval).min().unwrap_or_default();
        let answers = self.gather(asks, When::At(at), deadline).await;
        let mut rows = BTreeMap::new();
        for policy in policies {
            let read = Reader::new(policy, &answers);
            let seen = self.seen.entry(policy.key.clone()).or_default();
            rows.insert(policy.key.clone(), read.at(at, seen));
        }
        Look { rows }
    }

    /// The same readings for every instant `start`, `start + interval`, ... up to `end` of the
    /// past, handed to `each` oldest first. Memory begins as it was at `start`.
    ///
    /// # Errors
    /// Not one question of a chunk was answered; what came before it was handed over.
    pub async fn history(
        &mut self,
        policy: &Policy,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        mut each: impl FnMut(DateTime<Utc>, PolicyLook),
    ) -> Result<(), HistoryError> {
        let known = self.seen.get(&policy.key).map(|seen| seen.as_of(start));
        let mut seen = known.unwrap_or_default();
        let mut from = start;
        while from <= end {
            let last = later(from, step(policy).saturating_mul(CHUNK - 1)).unwrap_or(end).min(end);
            let answers = self.past_answers(policy, from, last).await;
            refuse_blindness(policy, from, &answers)?;
            match hand_over(policy, &answers, (from, last), &mut seen, &mut each) {
                Some(next) => from = next,
                None => break,
            }
        }
        self.seen.entry(policy.key.clone()).or_default().merge(seen);
        Ok(())
    }

    /// The readings of one stretch of the past, handed to `each` oldest first. `seen` is the memory
    /// as it was at `start`, and is brought up to `end`. A question without an answer is a failure
    /// in every look, as it would have been then.
    pub async fn stretch(
        &self,
        policy: &Policy,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        seen: &mut PolicySeen,
        mut each: impl FnMut(DateTime<Utc>, PolicyLook),
    ) {
        let answers = self.past_answers(policy, start, end).await;
        hand_over(policy, &answers, (start, end), seen, &mut each);
    }

    async fn past_answers(&self, policy: &Policy, start: DateTime<Utc>, end: DateTime<Utc>) -> Answers {
        let when = When::Range { start, end, step: step(policy) };
        self.gather(asks(policy).collect(), when, CHUNK_TIMEOUT).await
    }

    /// Asks all of `asks`, each source on its own, and gives up at the deadline.
    async fn gather(&self, asks: BTreeSet<Ask>, when: When, deadline: Duration) -> Answers {
        let late = || format!("no answer within {deadline:?}");
        let mut answers: Answers = asks.iter().map(|ask| (ask.clone(), Err(late()))).collect();
        let mut by_source: BTreeMap<&str, Vec<&Ask>> = BTreeMap::new();
        asks.iter().for_each(|ask| by_source.entry(&ask.0).or_default().push(ask));
        let streams = by_source.into_values().map(|asks| {
            let questions =
                asks.into_iter().map(|ask| async move { (ask.clone(), self.ask(ask, when).await) });
            stream::iter(questions).buffer_unordered(self.concurrency).boxed()
        });
        let mut all = stream::select_all(streams);
        let collect = async {
            while let Some((ask, answer)) = all.next().await {
                answers.insert(ask, answer);
            }
        };
        // What is missing after the deadline stays a failure.
        let _ = tokio::time::timeout(deadline, collect).await;
        answers
    }

    async fn ask(&self, (source, text): &Ask, when: When) -> Result<Matrix, String> {
        let known = self.sources.get(source);
        let known =
            known.ok_or_else(|| format!("the source `{source}` is not configured; name one that is"))?;
        let answer = match when {
            When::At(at) => known.instant(text, at).await.map(|vector| one_instant(vector, at)),
            When::Range { start, end, step } => known.range(text, start, end, step).await,
        };
        answer.map_err(|error| chain(&error))
    }
}

/// A policy's evidence, to be read at one instant after the other.
struct Reader<'a> {
    policy: &'a Policy,
    evidence: Vec<Evidence<'a>>,
    failures: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    fn new(policy: &'a Policy, answers: &'a Answers) -> Self {
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

    fn at(&self, at: DateTime<Utc>, seen: &mut PolicySeen) -> PolicyLook {
        let look = look(self.policy, &self.evidence, at, seen);
        PolicyLook { failures: self.failures.clone(), ..look }
    }
}

/// Reads one chunk of history; gives the first instant of the next.
fn hand_over(
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
fn step(policy: &Policy) -> Duration {
    policy.interval.max(Duration::from_secs(1))
}

fn refuse_blindness(policy: &Policy, from: DateTime<Utc>, answers: &Answers) -> Result<(), HistoryError> {
    let mut failures = answers.values().map(|answer| answer.as_ref().err());
    match !answers.is_empty() && failures.clone().all(|failure| failure.is_some()) {
        true => {
            let why = failures.next().flatten().cloned().unwrap_or_default();
            Err(HistoryError::Blind { policy: policy.key.clone(), from, why })
        }
        false => Ok(()),
    }
}

/// Every question of a policy.
fn asks(policy: &Policy) -> impl Iterator<Item = Ask> {
    policy.signals.iter().flat_map(|signal| {
        let questions = Questions::of(signal);
        let asks: Vec<Ask> =
            questions.texts().map(|text| (policy.source.clone(), text.to_string())).collect();
        asks
    })
}

/// An instant's answer as a range of one point, so that both are read alike.
fn one_instant(vector: Vector, at: DateTime<Utc>) -> Matrix {
    let series = |sample: Sample| Series {
        labels: sample.labels,
        points: vec![(at.timestamp_millis(), sample.value)],
    };
    let Vector { samples, partial, truncated } = vector;
    Matrix { series: samples.into_iter().map(series).collect(), partial, truncated }
}

fn later(at: DateTime<Utc>, by: Duration) -> Option<DateTime<Utc>> {
    at.checked_add_signed(TimeDelta::from_std(by).ok()?)
}

/// An error and its sources in one sentence.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(source) = link {
        text.push_str(&format!(": {source}"));
        link = source.source();
    }
    shorten(&text, 600)
}

#[cfg(test)]
mod tests;
