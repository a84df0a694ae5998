//! Sources that speak Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.
//!
//! Owns how a question is sent and how a reply is read into the shared series. Must not judge
//! values: NaN, partial and cut replies are passed on as such.

mod chunks;
pub mod client;
pub mod error;
mod reply;
