//! A recording in memory, which answers as a live source does.

use super::column::Column;
use super::header::Header;
use crate::domain::model::problem::shorten;
use crate::domain::model::series::{Labels, Matrix, Sample, Series, Vector};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// Most questions that an error lists.
const LISTED_MAX: usize = 20;

/// The question was not asked when the recording was made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the recording does not know the query `{query}`; record again with this policy; it holds: {held}")]
pub struct UnknownQuery {
    pub query: String,
    /// What it does hold, shortened.
    pub held: String,
}

/// Rows of one question by labels, each with a cell per instant.
pub(super) type Rows = BTreeMap<Labels, Column>;

/// Answers on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    header: Header,
    answers: BTreeMap<String, Rows>,
}

impl Recording {
    pub(super) fn new(header: Header, answers: BTreeMap<String, Rows>) -> Self {
        Self { header, answers }
    }

    /// Grid, stretch and origin.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Every question it can answer, in order.
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.answers.keys().map(String::as_str)
    }

    /// The answer at the newest instant of the grid at or before `at`. No rows before the first
    /// instant and beyond the end.
    ///
    /// # Errors
    /// The question was not recorded.
    pub fn instant(&self, query: &str, at: DateTime<Utc>) -> Result<Vector, UnknownQuery> {
        let rows = self.rows(query)?;
        let Some(index) = self.header.index(at.timestamp_millis()) else {
            return Ok(Vector::default());
        };
        let sample = |(labels, cells): (&Labels, &Column)| {
            let value = cells.get(index)?;
            Some(Sample { labels: labels.clone(), value })
        };
        Ok(Vector { samples: rows.iter().filter_map(sample).collect(), ..Vector::default() })
    }

    /// The answers at `start`, `start + step`, ... up to `end`, each as [`Self::instant`] gives
    /// it.
    ///
    /// # Errors
    /// The question was not recorded.
    pub fn range(
        &self,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        step: Duration,
    ) -> Result<Matrix, UnknownQuery> {
        let rows = self.rows(query)?;
        let step = usize::try_from(step.as_millis()).unwrap_or(usize::MAX).max(1);
        let instants = self.overlap(start.timestamp_millis(), end.timestamp_millis(), step);
        let series = |(labels, cells): (&Labels, &Column)| {
            let point = |(at, index): &(i64, usize)| Some((*at, cells.get(*index)?));
            let points: Vec<(i64, f64)> = instants.iter().filter_map(point).collect();
            (!points.is_empty()).then(|| Series { labels: labels.clone(), points })
        };
        Ok(Matrix { series: rows.iter().filter_map(series).collect(), ..Matrix::default() })
    }

    /// The asked instants that lie inside the recording, with their numbers on its grid.
    fn overlap(&self, start: i64, end: i64, step: usize) -> Vec<(i64, usize)> {
        let first = self.header.start.timestamp_millis();
        let length = i64::try_from(self.header.step_ms * self.header.count).unwrap_or(i64::MAX);
        let step_millis = i64::try_from(step).unwrap_or(i64::MAX);
        let skipped = first.saturating_sub(start).max(0) / step_millis;
        let from = start.saturating_add(skipped.saturating_mul(step_millis));
        let to = end.min(first.saturating_add(length));
        let instants = (from..=to).step_by(step);
        instants.filter_map(|at| self.header.index(at).map(|index| (at, index))).collect()
    }

    fn rows(&self, query: &str) -> Result<&Rows, UnknownQuery> {
        self.answers.get(query).ok_or_else(|| {
            let mut held: Vec<String> =
                self.queries().take(LISTED_MAX).map(|held| format!("`{}`", shorten(held, 200))).collect();
            if self.answers.len() > LISTED_MAX {
                held.push(format!("and {} more", self.answers.len() - LISTED_MAX));
            }
            UnknownQuery { query: shorten(query, 500), held: held.join(", ") }
        })
    }
}
