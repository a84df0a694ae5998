//! Policies that cannot be wrong: validated signals, conditions, tiers and their terms.
//!
//! Owns the meaning of a policy once it was accepted, and the checks that make it so. The
//! stored form with its field names belongs to `edge::crd`.

pub mod condition;
pub mod duration;
pub mod permit;
pub mod promql;
pub mod schedule;
pub mod signal;
pub mod spec;
pub mod window;
