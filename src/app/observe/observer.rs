//! The observer: asks every question once, in bounded time, and reads the answers.
//!
//! Live looks and history go through the same judgement; they differ only in whether the
//! questions are asked at one instant or over a range.

use super::answers::{
    Answers, Ask, CHUNK, HistoryError, Reader, asks, hand_over, later, refuse_blindness, step,
};
use super::classify::look::PolicyLook;
use super::classify::seen::{PolicySeen, Seen};
use super::source::{Error as SourceError, Source};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::shorten;
use crate::domain::model::series::{Matrix, Sample, Series, Vector};
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Instrument, trace_span};

/// Longest that one chunk of history may take.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);

/// What one look gave, by policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Look {
    pub rows: BTreeMap<PolicyKey, PolicyLook>,
}

/// Looks at policies, and remembers which services it saw.
#[derive(Debug)]
pub struct Observer {
    sources: BTreeMap<String, Source>,
    concurrency: usize,
    seen: Seen,
    witness: Option<Witness>,
}

/// Who is told how every question ended and how long that took; None: no answer came in time.
#[derive(Clone)]
pub struct Witness {
    /// Monotonic time.
    pub elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub told: Arc<Told>,
}

/// An answer and how long it took.
pub type Told = dyn Fn(Option<&Result<Matrix, SourceError>>, Duration) + Send + Sync;

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

/// Tells the witness when a question is given up, since its answer never comes.
struct Waiting<'a> {
    witness: Option<&'a Witness>,
    begun: Duration,
}

impl<'a> Waiting<'a> {
    fn new(witness: Option<&'a Witness>) -> Self {
        Self { witness, begun: witness.map(|witness| (witness.elapsed)()).unwrap_or_default() }
    }

    fn answered(mut self, answer: &Result<Matrix, SourceError>) {
        self.tell(Some(answer));
    }

    fn tell(&mut self, answer: Option<&Result<Matrix, SourceError>>) {
        if let Some(witness) = self.witness.take() {
            (witness.told)(answer, (witness.elapsed)().saturating_sub(self.begun));
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.tell(None);
    }
}

/// When it is asked for.
#[derive(Clone, Copy)]
enum When {
    At(DateTime<Utc>),
    Range { start: DateTime<Utc>, end: DateTime<Utc>, step: Duration },
}

impl Observer {
    /// An observer of `sources` by name, with at most `concurrency` questions to each at once.
    pub fn new(sources: BTreeMap<String, Source>, concurrency: usize) -> Self {
        Self { sources, concurrency: concurrency.max(1), seen: Seen::new(), witness: None }
    }

    /// From now on `witness` is told of every question.
    pub fn witness(&mut self, witness: Witness) {
        self.witness = Some(witness);
    }

    /// Replaces the sources, keeping what was seen.
    pub fn use_sources(&mut self, sources: BTreeMap<String, Source>) {
        self.sources = sources;
    }

    /// The source of that name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
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
        let mut seen = self.seen_at(&policy.key, start);
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
        self.remember(&policy.key, seen);
        Ok(())
    }

    /// What had been seen of a policy at `at`.
    pub fn seen_at(&self, policy: &PolicyKey, at: DateTime<Utc>) -> PolicySeen {
        self.seen.get(policy).map(|seen| seen.as_of(at)).unwrap_or_default()
    }

    /// Adds what was seen of a policy in its past.
    pub fn remember(&mut self, policy: &PolicyKey, seen: PolicySeen) {
        self.seen.entry(policy.clone()).or_default().merge(seen);
    }

    /// Asks for one chunk of the past; the last instant that is asked for is in it.
    pub async fn ask_past(
        &self,
        asks: BTreeSet<Ask>,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        step: Duration,
    ) -> Answers {
        self.gather(asks, When::Range { start, end, step }, CHUNK_TIMEOUT).await
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
        self.ask_past(asks(policy).collect(), (start, end), step(policy)).await
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
        let waiting = Waiting::new(self.witness.as_ref());
        let span = trace_span!(target: "flyball::trace", "query", source, query = text, error = Empty);
        let asked = async {
            match when {
                When::At(at) => known.instant(text, at).await.map(|vector| one_instant(vector, at)),
                When::Range { start, end, step } => known.range(text, start, end, step).await,
            }
        };
        let answer = asked.instrument(span.clone()).await;
        waiting.answered(&answer);
        answer.map_err(|error| {
            let why = chain(&error);
            span.record("error", &why);
            why
        })
    }
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

/// An error and its sources in one sentence.
pub fn chain(error: &dyn std::error::Error) -> String {
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
