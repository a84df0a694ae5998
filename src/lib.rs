//! Flyball: a governor for concurrent services on Kubernetes.
pub mod app;
pub mod domain;
pub mod edge;
