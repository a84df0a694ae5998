//! The outside world: one folder per system, no decisions.
pub mod cluster;
pub mod crd;
pub mod file;
pub mod flags;
pub mod http;
pub mod issues;
pub mod kube;
pub mod notify;
pub mod prometheus;
pub mod recording;
pub mod store;
pub mod yaml;
