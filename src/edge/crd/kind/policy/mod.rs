//! HealthPolicy and ClusterHealthPolicy: signals, tiers and actions.
//!
//! Owns the body that both kinds share, its bounds and its CEL rules.

pub mod action;
pub mod rules;
pub mod signal;
pub mod spec;
pub mod tier;
pub mod when;
