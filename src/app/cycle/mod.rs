//! The one path from readings to a plan, for `run`, `replay` and `gate`.
//!
//! observe (readings come in) -> judge (baselines, score) -> propose (decide) -> plan (govern).
//! Owns what is known of every service between two looks. It performs no effects and names no
//! store: who drives it reads the flags, applies the plan and commits what was stored.

pub mod asked;
pub mod due;
pub mod fleet;
pub mod keep;
pub mod kept;
pub mod make;
pub mod memory;
pub mod past;
pub mod state;
pub mod track;
