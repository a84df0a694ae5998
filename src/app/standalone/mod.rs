//! The program without a cluster: a directory as the object store, flags in a file.
//!
//! Owns the wiring of `run --standalone` and `demo`: what is loaded from where, the loop over
//! real or recorded time, and what people see of it. It decides nothing.

pub mod demo;
pub mod load;
pub mod run;
pub mod table;
pub mod wire;
