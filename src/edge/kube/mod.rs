//! The one Kubernetes client: who we are, and calls that are bounded in time, size and number.
//!
//! Owns identity (a kubeconfig, or the pod's own), deadlines, the words for what can go wrong, and
//! the fence that lets a write pass only while our lease outlasts it. Calls are made once: who
//! called knows whether to try again. Must not know what an object means.

pub mod client;
pub mod connect;
pub mod error;
pub mod fence;
pub mod place;
pub mod realm;
pub mod service;
pub mod stream;
