//! What happened before this process: stored objects taken up, and history read.
//!
//! Owns going on as if the program had run all along. It writes nothing.

pub mod dig;
pub mod keep;
pub mod keeping;
pub mod rebuild;
pub mod take_up;
