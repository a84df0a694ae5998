//! Files that must not be lost, torn or waited for for ever.
//!
//! Owns reading a whole file under a cap, replacing one all or nothing, and the lane that keeps a
//! hung disk from holding up the loop. Must not know what is in a file. Everything here but the
//! lane blocks, and is meant to run inside one.

pub mod error;
pub mod folder;
pub mod lane;
pub mod swap;
pub mod text;
