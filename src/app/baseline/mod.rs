//! `flyball baseline`: one series through the model that the governor uses, row by row.
//!
//! Owns the reading of rows, the words out and the picture. The judging is the domain's own
//! function with the policies' own defaults; nothing is looked up ahead: a row is judged before
//! the next one is read.

pub mod judge;
pub mod plot;
pub mod row;

#[cfg(test)]
mod tests;

use crate::domain::model::baseline::BaselineSpec;
use judge::Judge;
use row::{Columns, Judged};
use std::io::{self, BufRead, Write};

/// Bad rows that are told; what is wrong with more is wrong with the file.
const TOLD_MOST: usize = 20;
/// Longest line in bytes.
const LINE_MAX: u64 = 64 * 1024;

/// What went through.
#[derive(Debug, Default)]
pub struct Outcome {
    pub rows: usize,
    /// Rows that could not be read.
    pub bad: usize,
    /// Rows with the alarm on.
    pub alarms: usize,
}

/// Judges every row of `input` and writes one row each to `out`; tells bad rows to `trouble` and
/// every judged one to `each`. Without `interval` the spacing is found from the first rows.
///
/// # Errors
/// `input` cannot be read, or `out` or `trouble` cannot be written.
pub fn run(
    mut spec: BaselineSpec,
    interval: Option<std::time::Duration>,
    (mut input, out, trouble): (impl BufRead, &mut impl Write, &mut impl Write),
    mut each: impl FnMut(Judged),
) -> io::Result<Outcome> {
    if let Some(interval) = interval {
        spec.interval = interval;
    }
    let mut judge = Judge::new(spec, interval.is_some());
    let (mut outcome, mut columns, mut number) = (Outcome::default(), None, 0);
    writeln!(out, "timestamp,value,expected,lower,upper,severity,anomalous")?;
    while let Some(line) = next_line(&mut input)? {
        number += 1;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let known = match columns {
            Some(known) => known,
            None => match Columns::of(line) {
                Ok((found, header)) => {
                    columns = Some(found);
                    if header {
                        continue;
                    }
                    found
                }
                Err(why) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {why}")));
                }
            },
        };
        match known.read(line) {
            Ok(row) => {
                let judged = judge.observe(row.at, row.value);
                outcome.rows += 1;
                outcome.alarms += usize::from(judged.alarm);
                row::write(out, &row, &judged)?;
                let (expected, lower, upper) = (judged.expected, judged.lower, judged.upper);
                each(Judged { at: row.at, value: row.value, expected, lower, upper, alarm: judged.alarm });
            }
            Err(why) => {
                outcome.bad += 1;
                match outcome.bad {
                    told if told <= TOLD_MOST => writeln!(trouble, "line {number}: {why}")?,
                    told if told == TOLD_MOST + 1 => writeln!(trouble, "more bad rows are only counted")?,
                    _ => {}
                }
            }
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// The next line; bytes that are no text become a bad row.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    io::Read::take(&mut *input, LINE_MAX).read_until(b'\n', &mut bytes)?;
    if bytes.len() as u64 == LINE_MAX && !bytes.ends_with(b"\n") {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a line is longer than {LINE_MAX} bytes; give rows of timestamp,value"),
        ));
    }
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}
