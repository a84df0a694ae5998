//! The receivers of messages, one file for each kind.
//!
//! Owns how each is spoken to and what its answers mean. A receiver is told once per call; whether
//! to try again is the caller's to decide.

pub mod alertmanager;
pub mod ding_talk;
pub mod feishu;
pub mod fit;
pub mod memory;
pub mod reach;
pub mod sign;
pub mod slack;
pub mod slack_form;
pub mod webhook;
pub mod who;
