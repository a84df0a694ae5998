//! The program: the loops, the clock, the wiring.
pub mod apply;
pub mod baseline;
pub mod cli;
pub mod clock;
pub mod controller;
pub mod cycle;
pub mod drive;
pub mod errand;
pub mod lint;
pub mod observe;
pub mod plugin;
pub mod record;
pub mod replay;
pub mod standalone;
pub mod telemetry;
