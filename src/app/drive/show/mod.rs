//! What a tick did, for people: sentences, log lines, metrics.
//!
//! Owns what is said and how often. It changes nothing, and decides nothing.

pub mod columns;
pub mod measure;
pub mod story;
pub mod tell;
