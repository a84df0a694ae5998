//! From a manifest that is sound to a policy that cannot be wrong.
//!
//! Owns the meaning of fields and their defaults, and the checks that no schema can express. All
//! problems of an object are found in one pass. Must not read files or ask a cluster.

pub mod allow;
pub mod flag_provider;
pub mod governor;
pub mod issue_tracker;
pub mod notifier;
pub mod policy;
pub mod problems;
pub mod reach;
pub mod request;
pub mod server;
pub mod signal;
pub mod slots;
pub mod source;
pub mod tier;
pub mod when;
pub mod window;
