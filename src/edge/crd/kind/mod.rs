//! The kinds of `flyball.dev/v1alpha1`, one file per kind or idea.
//!
//! Owns field names, bounds, defaults and CEL rules: what the API server knows. Must not give
//! any of it a meaning; that is `accept`'s, and the stored forms are `stored`'s.

// kube's printcolumn(...) repeats keys by design, which the lint takes for a mistake.
#![allow(clippy::duplicated_attributes)]

pub mod decision;
pub mod decision_approval;
pub mod evidence;
pub mod flag_hold;
pub mod flag_provider;
pub mod flag_server;
pub mod governor;
pub mod issue_entry;
pub mod issue_tracker;
pub mod metric_source;
pub mod notifier;
pub mod policy;
pub mod reason_entry;
pub mod service_health;
