//! Replay: the past, decided by the code that runs.
//!
//! Owns simulated time over the same grid, a world in memory in which a plan is carried out, and
//! the telling of what came of it. The cycle is the one that governs. It reaches no store, flag
//! or person, and the metrics of the past do not answer to what it does.

pub mod fetch;
pub mod labels;
pub mod once;
pub mod outcome;
pub mod play;
pub mod report;
pub mod show;
pub mod tell;
