//! The stored forms of what the governor itself writes, and back: nothing is lost either way.
//!
//! Owns the conversions between kinds and the domain's nouns. Reading never fails: what a newer
//! version wrote and this one does not know is read as something that is only restored.

pub mod decision;
pub mod evidence;
pub mod flag_hold;
pub mod issue;
pub mod ledger;
pub mod reason;
pub mod service_health;
