//! Reading a recording: streamed, bounded, and with the line and the fix where it is wrong.

use super::column::Column;
use super::header::Header;
use super::line::Line;
use super::recorded::{Recording, Rows};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest line, in bytes.
const LINE_MAX: u64 = 64 << 20;

/// Largest file after decompression, in bytes.
const BYTES_MAX: u64 = 4 << 30;

/// Most values in all rows together.
pub const CELLS_MAX: usize = 60_000_000;

/// Why a file is no recording that can be used.
#[derive(Debug, Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("opening the recording {path:?} failed; give the path of a file that `flyball record` wrote")]
    Open { path: PathBuf, source: io::Error },
    /// The bytes end or break in the middle.
    #[error(
        "line {line}: reading the recording failed; the file is damaged or cut short: copy or record it again"
    )]
    Read { line: usize, source: io::Error },
    /// A line that is not what it must be.
    #[error("line {line}: {message}; {fix}")]
    Line { line: usize, message: String, fix: &'static str },
}

/// Opens and reads a file.
///
/// # Errors
/// See [`Error`].
pub fn open(path: &Path) -> Result<Recording, Error> {
    let file = File::open(path).map_err(|source| Error::Open { path: path.to_path_buf(), source })?;
    read(file)
}

/// Reads a recording, gzipped or plain.
///
/// # Errors
/// See [`Error`].
pub fn read(input: impl Read) -> Result<Recording, Error> {
    let mut input = BufReader::new(input);
    let magic = input.fill_buf().map_err(|source| Error::Read { line: 1, source })?;
    match magic.starts_with(&[0x1f, 0x8b]) {
        true => read_lines(BufReader::new(MultiGzDecoder::new(input))),
        false => read_lines(input),
    }
}

fn read_lines(input: impl BufRead) -> Result<Recording, Error> {
    let mut lines = Lines { input, number: 0, bytes: 0, buffer: Vec::new() };
    let header: Header = match lines.next_line()? {
        Some((number, text)) => parse(number, text, "give a file that `flyball record` wrote")?,
        None => return Err(wrong(1, "the file is empty", "give a file that `flyball record` wrote")),
    };
    if let Some((message, fix)) = header.problem() {
        return Err(wrong(1, message, fix));
    }
    let mut answers: BTreeMap<String, Rows> = BTreeMap::new();
    let mut cells_left = CELLS_MAX;
    while let Some((number, text)) = lines.next_line()? {
        let line: Line = parse(number, text, "write {\"query\", \"labels\", \"values\"}")?;
        let added = add(&mut answers, &line, &header, &mut cells_left);
        added.map_err(|(message, fix)| wrong(number, message, fix))?;
    }
    Ok(Recording::new(header, answers))
}

fn parse<'a, T: Deserialize<'a>>(line: usize, text: &'a str, fix: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let why = error.to_string().replace(" at line 1 column ", " at column ");
        wrong(line, format!("it cannot be read ({why})"), fix)
    })
}

fn add(
    answers: &mut BTreeMap<String, Rows>,
    line: &Line<'_>,
    header: &Header,
    cells_left: &mut usize,
) -> Result<(), (String, &'static str)> {
    let rows = answers.entry(line.query.to_string()).or_default();
    let cells = line.cells().map_err(|position| {
        let message = format!("value {position} is no number");
        (message, "write a number, null, \"NaN\", \"+Inf\" or \"-Inf\"")
    })?;
    let Some(labels) = &line.labels else {
        let message = "it has values and no labels".to_string();
        return if cells.is_empty() { Ok(()) } else { Err((message, "add \"labels\"")) };
    };
    if cells.len() as u64 != header.count {
        let message = format!("it has {} values where the header counts {}", cells.len(), header.count);
        return Err((message, "write one value per instant, null where there is none"));
    }
    *cells_left = cells_left.checked_sub(cells.len()).ok_or_else(|| {
        (format!("it has more than {CELLS_MAX} values"), "record a shorter time, or fewer series")
    })?;
    match rows.insert(labels.clone(), Column::new(&cells)) {
        None => Ok(()),
        Some(_) => Err(("the same row stands there twice".to_string(), "leave one of them out")),
    }
}

fn wrong(line: usize, message: impl Into<String>, fix: &'static str) -> Error {
    Error::Line { line, message: message.into(), fix }
}

/// Lines, one at a time, none of them longer than is sane.
struct Lines<R> {
    input: R,
    number: usize,
    bytes: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The number and text of the next line that is not blank; None at the end.
    fn next_line(&mut self) -> Result<Option<(usize, &str)>, Error> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let line = self.number;
            let mut bounded = self.input.by_ref().take(LINE_MAX + 1);
            let read = bounded.read_until(b'\n', &mut self.buffer);
            let read = read.map_err(|source| Error::Read { line, source })? as u64;
            self.bytes += read;
            if read > LINE_MAX || self.bytes > BYTES_MAX {
                return Err(wrong(
                    line,
                    "the recording is too large",
                    "record a shorter time, or fewer series",
                ));
            }
            if read == 0 {
                return Ok(None);
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let number = self.number;
        let text = std::str::from_utf8(self.buffer.trim_ascii());
        text.map(|text| Some((number, text))).map_err(|_| wrong(number, "it is not UTF-8", "record again"))
    }
}

#[cfg(test)]
mod tests;
