//! Telling: what happened at each instant, gathered into what is printed at the end.
//!
//! Bounded: it grows with decisions, refusals, signals and services, not with readings.

pub mod chronicle;
pub mod refused;
pub mod sight;
pub mod teller;
pub mod totals;
