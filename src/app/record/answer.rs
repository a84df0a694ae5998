//! The answer to one question over the whole range, put together from its parts.
//!
//! Owns where each value stands. What is not whole, or was not asked, is refused.

use super::error::RecordError;
use super::question::Question;
use super::range::Range;
use crate::domain::model::series::{Labels, Matrix, Series};
use crate::edge::recording::writer::Writer;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows by labels, a cell for each instant.
#[derive(Debug)]
pub struct Answer {
    rows: BTreeMap<Labels, Vec<Option<f64>>>,
    count: usize,
    rows_max: usize,
}

impl Answer {
    /// No rows yet; at most so many that they have `room` cells.
    pub fn new(range: &Range, room: usize) -> Self {
        let count = usize::try_from(range.count()).unwrap_or(usize::MAX);
        Self { rows: BTreeMap::new(), count, rows_max: room / count }
    }

    /// Adds the source's answer for a part of the range; time stamps are moved to the
    /// recording's clock.
    ///
    /// # Errors
    /// It is partial or cut, has instants that were not asked, or too many rows.
    pub fn add(&mut self, question: &Question, part: Matrix, range: &Range) -> Result<(), RecordError> {
        let query = || question.asked.clone();
        if part.partial {
            return Err(RecordError::Partial { query: query() });
        }
        if part.truncated {
            return Err(RecordError::Truncated { query: query() });
        }
        for Series { labels, points } in part.series {
            if self.rows.len() >= self.rows_max && !self.rows.contains_key(&labels) {
                return Err(RecordError::TooMany { query: query() });
            }
            let row = self.rows.entry(labels).or_insert_with(|| vec![None; self.count]);
            for (millis, value) in points {
                let cell = range.index(millis).and_then(|index| row.get_mut(index));
                let cell = cell.ok_or_else(|| RecordError::OffGrid { query: query(), millis })?;
                *cell = Some(if question.age { range.moved(value) } else { value });
            }
        }
        Ok(())
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// How many cells they have, gaps included.
    pub fn cells(&self) -> usize {
        self.rows.len() * self.count
    }

    /// How many values they have.
    pub fn values(&self) -> usize {
        self.rows.values().flatten().flatten().count()
    }

    /// Writes it down as the answer to `query`; also that there is none.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(&self, query: &str, to: &mut Writer<impl Write>) -> io::Result<()> {
        if self.rows.is_empty() {
            return to.asked(query);
        }
        self.rows.iter().try_for_each(|(labels, cells)| to.row(query, labels, cells))
    }
}
