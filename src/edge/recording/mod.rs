//! Recordings: answers of a source on a grid, kept in one small file.
//!
//! Owns the format: JSON lines, gzipped; a header, then one line per question and row. A
//! recording answers as a live source does and must never answer what was not asked when it was
//! made.

mod column;
pub mod header;
pub mod kept;
mod line;
pub mod reader;
pub mod recorded;
pub mod writer;
