//! Rows in and out: `timestamp,value`, and what the model says of them.
//!
//! Owns the two columns by their names and how instants and numbers are written. A bad row is
//! told by what is wrong and what to write instead.

use crate::domain::model::judgement::Judgement;
use crate::domain::model::problem::shorten;
use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// Where the two columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    timestamp: usize,
    value: usize,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub at: DateTime<Utc>,
    pub value: f64,
    /// Both as they were written, to be given back.
    pub text: (String, String),
}

/// One judged row, for the picture.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    pub at: DateTime<Utc>,
    pub value: f64,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    pub alarm: bool,
}

impl Columns {
    /// From the first line, and whether that line is a header.
    ///
    /// # Errors
    /// A header without the two names.
    pub fn of(line: &str) -> Result<(Self, bool), String> {
        let cells: Vec<String> =
            line.split(',').map(|cell| cell.trim().trim_matches('"').to_lowercase()).collect();
        if cells.first().is_some_and(|cell| instant(cell).is_some()) {
            return Ok((Self { timestamp: 0, value: 1 }, false));
        }
        let find = |name: &str| cells.iter().position(|cell| cell == name);
        match (find("timestamp"), find("value")) {
            (Some(timestamp), Some(value)) => Ok((Self { timestamp, value }, true)),
            _ => Err(format!("the header `{}` lacks a column; write `timestamp,value`", shorten(line, 80))),
        }
    }

    /// One row.
    ///
    /// # Errors
    /// What is wrong with it and what to write instead.
    pub fn read(&self, line: &str) -> Result<Row, String> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |index: usize, name: &str| {
            cells
                .get(index)
                .copied()
                .ok_or_else(|| format!("`{}` has no {name}; write `timestamp,value`", shorten(line, 80)))
        };
        let (time, number) = (cell(self.timestamp, "timestamp")?, cell(self.value, "value")?);
        let at = instant(time).ok_or_else(|| {
            let fix = "write epoch seconds, or an instant such as 2026-11-24T04:00:00Z";
            format!("timestamp `{}` is not an instant; {fix}", shorten(time, 40))
        })?;
        let value = number.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
            format!(
                "value `{}` is not a number; leave the row out where nothing was measured",
                shorten(number, 40)
            )
        })?;
        Ok(Row { at, value, text: (time.to_string(), number.to_string()) })
    }
}

/// Epoch seconds with or without a fraction, or RFC 3339.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse::<f64>() {
        let millis = (seconds * 1000.0).round();
        return (millis.abs() < 8e15).then(|| DateTime::from_timestamp_millis(millis as i64)).flatten();
    }
    DateTime::parse_from_rfc3339(&text.to_uppercase()).ok().map(|at| at.to_utc())
}

/// Writes what was said of a row.
///
/// # Errors
/// `out` cannot be written.
pub fn write(out: &mut impl Write, row: &Row, judged: &Judgement) -> io::Result<()> {
    let Judgement { expected, lower, upper, severity, alarm, .. } = judged;
    let (at, value) = &row.text;
    writeln!(out, "{at},{value},{expected},{lower},{upper},{severity},{}", u8::from(*alarm))
}
