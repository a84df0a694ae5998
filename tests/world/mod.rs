//! A small world around the pure core: stored objects, a flag document, people and faults.
//!
//! Owns everything that `plan` is brought true in, with a crash possible at every write. The core is
//! the one that governs for real: the same cycle, the same stored forms, the same flag documents.

pub mod apply;
pub mod flags;
pub mod history;
pub mod make;
pub mod stored;
pub mod tick;
