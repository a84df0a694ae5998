//! The kinds of `flyball.dev`: their types, their schemas, and what an object means once read.

pub mod structure;
