//! Simulated time: looks at the past, one after the other, and a world that a plan changes.

pub mod calm;
pub mod feed;
pub mod setting;
pub mod stage;
pub mod world;
