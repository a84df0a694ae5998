//! Telling people: who is owed which news, a queue for each receiver, and what became of it.
//!
//! Owns when something is sent, and how often it is tried. Nothing waits for a receiver: each has a
//! task of its own, and the loop only hands over and takes note. What was delivered is stored on the
//! Decision right after; a governor that dies between the two tells it again (at least once), under
//! the same key.

pub mod addressees;
pub mod carrier;
pub mod debts;
pub mod fleet;
pub mod ledger;
pub mod line;
pub mod notes;
pub mod office;
pub mod queue;
