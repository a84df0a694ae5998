//! How the program shows itself: logs, metrics, and whether it lives and is ready.
//!
//! Owns what is shown and how it is served. Must not decide anything, and never shows a secret
//! or carries the name of an object as a metric label: what comes from the fleet has no bound.

pub mod family;
pub mod health;
pub mod history;
pub mod logs;
pub mod metrics;
pub mod process;
pub mod server;
pub mod traces;
pub mod words;
