//! The words of messages, one file per language.
//!
//! Owns sentences; every number, name and time in them is handed in as text.

pub mod chinese;
pub mod english;
pub mod reasons;
pub mod tongue;
