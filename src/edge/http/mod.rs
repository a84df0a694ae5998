//! The one HTTP client: bounded in time, in size and in tries.
//!
//! Owns endpoints, secret headers, trust in certificates and the retry of idempotent reads.
//! Must not know what is asked or what an answer means, and never copies a reply's body into
//! an error.

pub mod answer;
pub mod call;
pub mod client;
pub mod endpoint;
#[cfg(test)]
pub mod fake_server;
pub mod gate;
pub mod guard;
pub mod header;
pub mod line;
pub mod retry;
mod trust;
