//! The governor's objects in a Kubernetes cluster: the store, what is watched, the Lease, Events.
//!
//! Owns how objects of any kind are kept and seen through the API server. Must not know what they
//! mean, and reads no clock: the time that passes is told to it.

pub mod backoff;
pub mod election;
pub mod events;
pub mod lease;
pub mod mirror;
pub mod notebook;
pub mod store;
pub mod watch;

#[cfg(test)]
mod notebook_test;
#[cfg(test)]
mod store_test;
