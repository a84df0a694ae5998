//! Answers of a metrics source, before anybody judged them.
//!
//! Owns the shape that every source (live or recorded) answers in.

use std::collections::BTreeMap;

/// Labels of one row.
pub type Labels = BTreeMap<String, String>;

/// One row of an instant answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub labels: Labels,
    /// May be NaN or infinite; the reading says so.
    pub value: f64,
}

/// The answer to one query at one instant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vector {
    pub samples: Vec<Sample>,
    /// The reply carried warnings or said that it is partial: nothing in it can be trusted.
    pub partial: bool,
    /// The reply exceeded a limit and was cut.
    pub truncated: bool,
}

/// One row of a range answer: (epoch milliseconds, value), in time order.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Labels,
    pub points: Vec<(i64, f64)>,
}

/// The answer to one query over a range.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    pub series: Vec<Series>,
    pub partial: bool,
    pub truncated: bool,
}

/// The exemplars that a source keeps of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplars {
    /// Of the series as it was scraped.
    pub labels: Labels,
    pub exemplars: Vec<Exemplar>,
}

/// One request behind a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Epoch milliseconds.
    pub at: i64,
    /// What was measured of it; may be NaN or infinite.
    pub value: f64,
    /// Its own labels, a trace id among them.
    pub labels: Labels,
}
