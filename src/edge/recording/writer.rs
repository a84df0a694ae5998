//! Writing a recording, line by line.

use super::header::Header;
use super::line;
use crate::domain::model::series::Labels;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// A recording being written to `out`.
pub struct Writer<W: Write> {
    out: GzEncoder<W>,
    count: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The header is out of range, or writing failed.
    pub fn new(out: W, header: &Header) -> io::Result<Self> {
        Self::with(out, header, Compression::best())
    }

    /// The same, larger and written faster.
    ///
    /// # Errors
    /// The header is out of range, or writing failed.
    pub fn quick(out: W, header: &Header) -> io::Result<Self> {
        Self::with(out, header, Compression::fast())
    }

    fn with(out: W, header: &Header, level: Compression) -> io::Result<Self> {
        if let Some((message, fix)) = header.problem() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{message}; {fix}")));
        }
        let mut writer = Self { out: GzEncoder::new(out, level), count: header.count };
        writer.line(serde_json::to_string(header))?;
        Ok(writer)
    }

    /// Says that `query` was asked, so that an answer without rows is an answer.
    ///
    /// # Errors
    /// Writing failed.
    pub fn asked(&mut self, query: &str) -> io::Result<()> {
        self.line(line::asked(query))
    }

    /// Writes one row of the answer to `query`: a cell per instant, None where absent.
    ///
    /// # Errors
    /// The number of cells is not the grid's, or writing failed.
    pub fn row(&mut self, query: &str, labels: &Labels, cells: &[Option<f64>]) -> io::Result<()> {
        if cells.len() as u64 != self.count {
            let message = format!("a row of {} cells on a grid of {} instants", cells.len(), self.count);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.line(line::row(query, labels, cells))
    }

    /// Ends the file and gives back where it was written to.
    ///
    /// # Errors
    /// Writing failed.
    pub fn finish(self) -> io::Result<W> {
        self.out.finish()
    }

    fn line(&mut self, text: serde_json::Result<String>) -> io::Result<()> {
        self.out.write_all(text?.as_bytes())?;
        self.out.write_all(b"\n")
    }
}
