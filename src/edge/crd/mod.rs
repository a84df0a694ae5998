//! The kinds of `flyball.dev`: their types, their schemas, and what an object means once read.
//!
//! Owns everything that a manifest goes through before the domain sees it: structure, CEL rules,
//! meaning, and the stored forms of what the governor itself writes. Must not talk to a cluster.

pub mod accept;
pub mod definitions;
pub mod field;
pub mod inert;
pub mod kind;
pub mod manifest;
pub mod schema;
pub mod stored;
pub mod structure;
