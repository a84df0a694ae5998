//! Recording: everything that policies ask, asked over a past range and kept in one file.
//!
//! Owns what is asked, how a fast clock is written down as a slow one, and that the file appears
//! whole or not at all. Must not judge an answer or fill a gap: what the source did not say is
//! absent. It reads no clock; the range comes from outside.

mod answer;
pub mod args;
mod draft;
pub mod error;
mod question;
mod range;

use crate::domain::policy::spec::Policy;
use crate::edge::prometheus::client::Client;
use crate::edge::recording::reader::CELLS_MAX;
use crate::edge::recording::writer::Writer;
use answer::Answer;
use args::Args;
use draft::Draft;
use error::RecordError;
use question::Question;
use range::Range;
use std::io::BufWriter;

/// Instants asked at once: what bounds the source's work and the size of a reply.
const INSTANTS_PER_ASK: u64 = 2_000;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The expression being asked.
    pub query: &'a str,
    /// Its number, from 1, of `queries`.
    pub number: usize,
    pub queries: usize,
    /// How many of its `count` instants are answered.
    pub instants: u64,
    pub count: u64,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub queries: usize,
    /// Queries that had no answer at any instant: perhaps misspelt, or nothing happened.
    pub empty: Vec<String>,
    /// Rows of all queries.
    pub series: usize,
    /// Instants of the grid.
    pub instants: u64,
    /// Values, gaps not counted.
    pub values: usize,
    /// Size of the file.
    pub bytes: u64,
}

/// Asks every value, activity and age query of `policies` and writes the answers down. With a
/// stretch, ranges are asked divided by it and recorded under the policy's own text, and what an
/// age query answered is moved to the recording's clock. Other values stay as they were: a rate
/// stays per second of the source.
///
/// # Errors
/// See [`RecordError`]; no file is left then, and an earlier one stays.
pub async fn run(
    args: Args,
    policies: &[Policy],
    client: &Client,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Summary, RecordError> {
    let (range, questions) = prepare(&args, policies)?;
    let save = |source| RecordError::Save { path: args.out.clone(), source };
    let (draft, file) = Draft::create(&args.out).map_err(save)?;
    let mut writer = Writer::new(BufWriter::new(file), &range.header()).map_err(save)?;
    let mut summary = Summary { queries: questions.len(), instants: range.count(), ..Summary::default() };
    let mut room = CELLS_MAX;
    for (index, question) in questions.iter().enumerate() {
        let told = |instants| Progress {
            query: &question.asked,
            number: index + 1,
            queries: questions.len(),
            instants,
            count: range.count(),
        };
        let answer = ask(question, &range, client, room, &mut |instants| progress(told(instants))).await?;
        room = room.saturating_sub(answer.cells());
        answer.write(&question.recorded, &mut writer).map_err(save)?;
        summary.add(question, &answer);
    }
    let written =
        writer.finish().and_then(|buffered| buffered.into_inner().map_err(|error| error.into_error()));
    summary.bytes = written.and_then(|file| draft.complete(&file)).map_err(save)?;
    Ok(summary)
}

/// Everything that can be known to be wrong before the source is asked.
fn prepare(args: &Args, policies: &[Policy]) -> Result<(Range, Vec<Question>), RecordError> {
    match (Range::new(args), question::all(policies, args.stretch)) {
        (Ok(range), Ok(questions)) => Ok((range, questions)),
        (range, questions) => {
            let problems = [range.err(), questions.err()].into_iter().flatten().flatten();
            Err(RecordError::Refused(problems.collect()))
        }
    }
}

/// One question over the whole range, in bounded parts. At most `room` cells are held.
async fn ask(
    question: &Question,
    range: &Range,
    client: &Client,
    room: usize,
    told: &mut dyn FnMut(u64),
) -> Result<Answer, RecordError> {
    let mut answer = Answer::new(range, room);
    let mut from = 0;
    while from < range.count() {
        let to = (from + INSTANTS_PER_ASK).min(range.count());
        let (start, end) = (range.at_source(from), range.at_source(to - 1));
        let matrix = client.range(&question.asked, start, end, range.step()).await;
        let matrix = matrix.map_err(|source| RecordError::Ask {
            query: question.asked.clone(),
            from: start,
            source,
        })?;
        answer.add(question, matrix, range)?;
        told(to);
        from = to;
    }
    Ok(answer)
}

impl Summary {
    fn add(&mut self, question: &Question, answer: &Answer) {
        self.series += answer.rows();
        self.values += answer.values();
        if answer.rows() == 0 {
            self.empty.push(question.recorded.clone());
        }
    }
}

#[cfg(test)]
mod tests;
