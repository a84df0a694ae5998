//! What is usual: the level, its daily and weekly rhythm, and how far values stray from it.
//!
//! Owns everything that is learned slowly and robustly, and not at all during an incident. It
//! does not know what an alarm is.

pub mod gain;
pub mod level;
pub mod profile;
pub mod rhythm;
pub mod scale;
pub mod spread;
