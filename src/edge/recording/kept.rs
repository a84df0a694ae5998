//! Answers about the past, kept in a folder: one small recording for each question and part.
//!
//! Owns names and files. A file appears whole under its name; one that cannot be read counts as
//! not there, so that it is asked for again. The folder may be deleted at any time.

use super::header::{FORMAT, Header};
use super::reader;
use super::writer::Writer;
use crate::domain::model::problem::shorten;
use crate::domain::model::series::Matrix;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// What was asked: a question at `start`, `start + step`, ... up to `end`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub query: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub step: Duration,
}

/// The answer is not in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotKept {
    /// The source refused the question, whenever it was asked.
    #[error("{why}")]
    Refused { why: String },
    /// It was not asked, or the file was damaged or deleted since.
    #[error("the answer to `{query}` from {from} on is not in the cache any more; replay again")]
    Missing { query: String, from: DateTime<Utc> },
}

/// A folder of answers of one source.
#[derive(Debug, Clone)]
pub struct Kept {
    folder: PathBuf,
    address: String,
    refused: BTreeMap<String, String>,
}

impl Kept {
    /// Takes the folder, creating it if need be. `address` tells sources apart; it is not written.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: &Path, address: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), address: address.to_string(), refused: BTreeMap::new() })
    }

    /// Whether the answer is there. That it can be read is found out when it is.
    pub fn has(&self, part: &Part) -> bool {
        self.path(part).is_file()
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, part: &Part, answer: &Matrix) -> io::Result<()> {
        let path = self.path(part);
        let draft = path.with_extension(format!("{}.partial", std::process::id()));
        let written = write(&draft, part, answer).and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            // There is nobody else to tell than who hears of the error itself.
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// The answer.
    ///
    /// # Errors
    /// It was refused, or it is not there.
    pub fn read(&self, part: &Part) -> Result<Matrix, NotKept> {
        if let Some(why) = self.refused.get(&part.query) {
            return Err(NotKept::Refused { why: why.clone() });
        }
        let missing = || NotKept::Missing { query: shorten(&part.query, 200), from: part.start };
        let recording = reader::open(&self.path(part)).map_err(|_| missing())?;
        recording.range(&part.query, part.start, part.end, part.step).map_err(|_| missing())
    }

    /// Whether the answer can really be read; one that cannot is removed.
    pub fn is_whole(&self, part: &Part) -> bool {
        if !self.has(part) {
            return false;
        }
        let whole = self.read(part).is_ok();
        if !whole {
            // If it cannot be removed, the next answer replaces it.
            let _ = fs::remove_file(self.path(part));
        }
        whole
    }

    /// Notes that the source refuses a question.
    pub fn refuse(&mut self, query: &str, why: String) {
        self.refused.insert(query.to_string(), why);
    }

    fn path(&self, part: &Part) -> PathBuf {
        let numbers = [part.start.timestamp_millis(), part.end.timestamp_millis()].map(|n| n.to_string());
        let step = part.step.as_millis().to_string();
        let mut hash = Sha256::new();
        for text in [&self.address, &part.query, &numbers[0], &numbers[1], &step] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let hex: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{hex}.jsonl.gz"))
    }
}

fn write(path: &Path, part: &Part, answer: &Matrix) -> io::Result<()> {
    let header = header(part);
    let mut writer = Writer::quick(BufWriter::new(File::create(path)?), &header)?;
    writer.asked(&part.query)?;
    for series in &answer.series {
        let mut cells = vec![None; usize::try_from(header.count).unwrap_or(0)];
        for (at, value) in &series.points {
            let cell = header.index(*at).and_then(|index| cells.get_mut(index));
            cell.into_iter().for_each(|cell| *cell = Some(*value));
        }
        writer.row(&part.query, &series.labels, &cells)?;
    }
    writer.finish()?.into_inner().map_err(|error| error.into_error())?;
    Ok(())
}

fn header(part: &Part) -> Header {
    let step = u64::try_from(part.step.as_millis()).unwrap_or(u64::MAX).max(1);
    let span = (part.end - part.start).max(TimeDelta::zero()).num_milliseconds();
    Header {
        format: FORMAT.to_string(),
        start: part.start,
        step_ms: step,
        count: u64::try_from(span).unwrap_or(0) / step + 1,
        stretch: 1,
        origin: "a part of the past, kept for replay".to_string(),
        made_by: format!("flyball {}", env!("CARGO_PKG_VERSION")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::series::{Labels, Series};

    fn part() -> Part {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        Part { query: "up".into(), start: at(1_000), end: at(1_090), step: Duration::from_secs(30) }
    }

    fn answer() -> Matrix {
        let labels = Labels::from([("service".to_string(), "a".to_string())]);
        let points = vec![(1_000_000, 1.5), (1_060_000, f64::NAN), (1_090_000, -2.0)];
        Matrix { series: vec![Series { labels, points }], ..Matrix::default() }
    }

    #[test]
    fn what_was_kept_is_read_as_it_was_answered() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::open(folder.path(), "http://one").unwrap();
        assert!(!kept.is_whole(&part()));
        kept.keep(&part(), &answer()).unwrap();
        assert!(kept.is_whole(&part()));
        let read = kept.read(&part()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", answer()), "NaN is not equal to itself");
        let empty = Part { query: "down".into(), ..part() };
        kept.keep(&empty, &Matrix::default()).unwrap();
        assert_eq!(kept.read(&empty).unwrap(), Matrix::default(), "no rows is an answer, too");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no drafts are left");
    }

    #[test]
    fn other_sources_parts_and_damaged_files_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::open(folder.path(), "http://one").unwrap();
        kept.keep(&part(), &answer()).unwrap();
        let other = Kept::open(folder.path(), "http://two").unwrap();
        assert!(!other.has(&part()));
        assert!(!kept.has(&Part { step: Duration::from_secs(10), ..part() }));
        fs::write(kept.path(&part()), b"half").unwrap();
        assert!(matches!(kept.read(&part()), Err(NotKept::Missing { .. })));
        assert!(!kept.is_whole(&part()) && !kept.has(&part()));
    }

    #[test]
    fn a_refused_question_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = Kept::open(folder.path(), "http://one").unwrap();
        kept.refuse("up", "the source refused the query".to_string());
        assert_eq!(kept.read(&part()).unwrap_err().to_string(), "the source refused the query");
    }
}
