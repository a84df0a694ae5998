//! Rails: what refuses an action however strong the evidence.
//!
//! Owns each rail and their order. Every refusal is a Reason; what follows from one is decided by
//! who asks.

pub mod breaker;
pub mod budget;
pub mod ledger;
pub mod order;
