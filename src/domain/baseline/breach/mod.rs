//! What is too far: the calibrated band, how surprising a deviation is, and when to raise alarm.
//!
//! Owns everything that turns a deviation into a judgement. It does not learn what is usual.

pub mod alarm;
pub mod band;
pub mod peaks;
pub mod tail;
