//! Flyball: a governor for the concurrency health of services.
//!
//! ```text
//!  PromQL (equal queries merged, one for all services)      recorded series
//!             \                                            /
//!   observe -> baseline -> score -> decide -> plan -> apply -> FlagHold, Decision, ServiceHealth
//!   (app)      (domain: pure, time passed in ......)  (edge: flags, store)
//! ```
//!
//! `domain` gives the same answer to the same arguments. `edge` is the outside world, one folder
//! per system, without decisions. `app` is the program: the loops, the clock, the wiring. Arrows
//! point down only; `tests/architecture.rs` holds them.

pub mod app;
pub mod domain;
pub mod edge;
