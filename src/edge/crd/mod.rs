//! The kinds of `flyball.dev`: their types, their schemas, and what an object means once read.
//!
//! Owns everything that a manifest goes through before the domain sees it: structure, CEL rules,
//! meaning, and the stored forms of what the governor itself writes. Must not talk to a cluster.

pub mod field;
pub mod kind;
pub mod schema;
pub mod structure;
pub mod accept;
pub mod stored;
