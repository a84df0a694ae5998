//! Looking: from policies to readings, live or from a recording, now or in the past.
//!
//! Owns what is asked, that equal questions are asked once, and how rows become readings. The
//! judgement in `classify` is pure and the same for every source and every time. Must not decide
//! anything about a service.

pub mod answers;
pub mod classify;
pub mod inquiry;
pub mod observer;
pub mod questions;
#[cfg(test)]
pub mod sample;
pub mod source;
