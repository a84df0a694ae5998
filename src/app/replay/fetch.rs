//! Fetching the past of a live source, part by part, into a folder.
//!
//! Owns which parts a replay will read, and politeness: few questions at once, pauses before one
//! is asked again. What was fetched stays, so that a replay which is cut short goes on where it was.
//! A question that the source refuses is noted; its signal is Unknown.

use super::play::feed::windows;
use super::play::setting::Setting;
use crate::app::clock::grid;
use crate::app::cycle::past;
use crate::app::observe::answers::step;
use crate::app::observe::questions::Questions;
use crate::domain::model::series::Matrix;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::source::LAG;
use crate::edge::prometheus::client::Client;
use crate::edge::prometheus::error::Error as AskError;
use crate::edge::recording::kept::{Kept, Part};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::Duration;
use thiserror::Error;

/// Questions at once: the source has other things to do.
const CONCURRENCY: usize = 2;
/// Tries of one part; the client itself tries again at once where a connection broke.
const TRIES: u32 = 4;
/// The pause before the second try, doubled before each other.
const PAUSE: Duration = Duration::from_secs(1);

/// Why the past could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The source did not answer, or not with all it has.
    #[error(
        "part {number} of {parts} (`{query}` from {from}) was not answered; what was fetched stays in the cache: replay again to go on"
    )]
    Ask { number: usize, parts: usize, query: String, from: DateTime<Utc>, source: AskError },
    /// The source said that its answer is partial or cut.
    #[error(
        "part {number} of {parts} (`{query}` from {from}) was answered only in part; replay again to go on, or raise the limits of the MetricSource"
    )]
    Partial { number: usize, parts: usize, query: String, from: DateTime<Utc> },
    #[error("the cache cannot be written")]
    Keep(#[from] io::Error),
}

/// Fetches everything that a replay of `setting` will ask, unless it is in the folder already;
/// `told` hears how many of how many parts there are.
///
/// # Errors
/// See [`FetchError`].
pub async fn fetch(
    setting: &Setting,
    client: &Client,
    kept: &mut Kept,
    told: &mut dyn FnMut(usize, usize),
) -> Result<(), FetchError> {
    let parts = parts(setting);
    let count = parts.len();
    let missing: Vec<(usize, Part)> =
        parts.into_iter().enumerate().filter(|(_, part)| !kept.is_whole(part)).collect();
    let mut done = count - missing.len();
    told(done, count);
    let asked = missing.into_iter().map(|(index, part)| async move {
        let answer = ask(client, &part).await;
        (index + 1, part, answer)
    });
    let mut answers = stream::iter(asked).buffer_unordered(CONCURRENCY);
    while let Some((number, part, answer)) = answers.next().await {
        let (query, from) = (part.query.clone(), part.start);
        match answer {
            Ok(matrix) if matrix.partial || matrix.truncated => {
                return Err(FetchError::Partial { number, parts: count, query, from });
            }
            Ok(matrix) => kept.keep(&part, &matrix)?,
            Err(error) if is_refusal(&error) => kept.refuse(&query, error.to_string()),
            Err(source) => return Err(FetchError::Ask { number, parts: count, query, from, source }),
        }
        done += 1;
        told(done, count);
    }
    Ok(())
}

/// Every part that a replay will read, each once, the oldest first.
fn parts(setting: &Setting) -> Vec<Part> {
    let mut parts = BTreeSet::new();
    for policy in &setting.policies {
        let starts = std::iter::once(setting.start).chain(setting.restarts.iter().copied());
        for start in starts.map(|start| past::start(policy, first_instant(setting, policy, start))) {
            for (from, to) in windows(policy, start, setting.end) {
                for query in queries(policy) {
                    parts.insert((from, Part { query, start: from, end: to, step: step(policy) }));
                }
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn first_instant(setting: &Setting, policy: &Policy, start: DateTime<Utc>) -> DateTime<Utc> {
    let lag = setting.lags.get(&policy.source).copied().unwrap_or(LAG);
    grid::next_instant(start, policy.interval, lag.min(policy.interval / 2))
}

fn queries(policy: &Policy) -> BTreeSet<String> {
    let questions = policy.signals.iter().map(Questions::of);
    questions.flat_map(|questions| questions.texts().map(str::to_string).collect::<Vec<_>>()).collect()
}

async fn ask(client: &Client, part: &Part) -> Result<Matrix, AskError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match client.range(&part.query, part.start, part.end, part.step).await {
            Err(error) if !is_refusal(&error) => {}
            answer => return answer,
        }
        let spread = RandomState::new().hash_one(&part.query) % 500;
        tokio::time::sleep(pause + Duration::from_millis(spread)).await;
        pause *= 2;
    }
    client.range(&part.query, part.start, part.end, part.step).await
}

/// Whether asking again will give the same: the question itself is at fault.
fn is_refusal(error: &AskError) -> bool {
    matches!(error, AskError::Refused { status: 400 | 422, .. })
}
