//! Rows of one answer, told apart by service, at any instant that was asked.

use super::identity::identify;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::Rejection;
use crate::domain::model::series::{Matrix, Series};
use crate::domain::policy::signal::Identity;
use std::cell;
use std::collections::BTreeMap;

/// The rows of one query under one identity.
pub struct Rows<'m> {
    rows: Vec<Row<'m>>,
    flaw: Option<Rejection>,
}

/// One row.
struct Row<'m> {
    /// Whose it is, if it says so.
    service: Option<ServiceKey>,
    /// By epoch milliseconds.
    points: &'m [(i64, f64)],
    /// Where the next instant probably stands: they are read in order.
    next: cell::Cell<usize>,
}

/// What they say at one instant.
pub struct Answer<'r> {
    /// Why none of it can be trusted, if so.
    pub flaw: Option<Rejection>,
    pub cells: BTreeMap<&'r ServiceKey, Cell>,
    /// Rows that name no service.
    pub unidentified: u64,
    /// The largest value among those.
    pub unidentified_latest: Option<f64>,
}

/// The rows of one service at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The value, of the first row where there are several.
    pub value: f64,
    /// The largest of the values that are numbers.
    pub latest: Option<f64>,
    pub rows: u32,
}

impl<'m> Rows<'m> {
    /// The rows of `answer`; None is a query that failed.
    pub fn new(answer: Option<&'m Matrix>, identity: &Identity) -> Self {
        let Some(matrix) = answer else {
            return Self { rows: Vec::new(), flaw: Some(Rejection::SourceFailed) };
        };
        let flaw = match (matrix.partial, matrix.truncated) {
            (true, _) => Some(Rejection::Partial),
            (_, true) => Some(Rejection::Truncated),
            _ => None,
        };
        let series = matrix.series.iter();
        let row = |s: &'m Series| Row {
            service: identify(identity, &s.labels),
            points: &s.points,
            next: cell::Cell::new(0),
        };
        let rows = series.map(row).collect();
        Self { rows, flaw }
    }

    /// What they say at `millis`.
    pub fn at(&self, millis: i64) -> Answer<'_> {
        let mut answer =
            Answer { flaw: self.flaw, cells: BTreeMap::new(), unidentified: 0, unidentified_latest: None };
        for row in &self.rows {
            if let Some(value) = row.at(millis) {
                answer.add(row.service.as_ref(), value);
            }
        }
        answer
    }
}

impl Row<'_> {
    fn at(&self, millis: i64) -> Option<f64> {
        let guess = self.next.get();
        let index = match self.points.get(guess) {
            Some((at, _)) if *at == millis => guess,
            _ => self.points.binary_search_by_key(&millis, |(at, _)| *at).ok()?,
        };
        self.next.set(index + 1);
        Some(self.points[index].1)
    }
}

impl<'r> Answer<'r> {
    fn add(&mut self, service: Option<&'r ServiceKey>, value: f64) {
        let number = (!value.is_nan()).then_some(value);
        let Some(service) = service else {
            self.unidentified += 1;
            self.unidentified_latest = later(self.unidentified_latest, number);
            return;
        };
        let cell = self.cells.entry(service).or_insert(Cell { value, latest: None, rows: 0 });
        cell.latest = later(cell.latest, number);
        cell.rows += 1;
    }
}

fn later(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}
