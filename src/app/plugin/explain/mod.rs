//! Why it acted, or why it did not: sentences over typed objects. Pure.
//!
//! Owns what is said; nothing is recomputed that the governor has decided: its reasons are its own. What is
//! added is what they mean for a person: what is missing, what comes next and when, and who can change it.

pub mod advice;
pub mod condition;
pub mod decision;
pub mod fleet;
pub mod issue;
pub mod next;
pub mod policy;
pub mod service;
pub mod signal;
pub mod tier;
pub mod time;

#[cfg(test)]
mod active_test;
#[cfg(test)]
mod case_test;
#[cfg(test)]
mod golden_test;
#[cfg(test)]
mod night_test;
#[cfg(test)]
mod quiet_test;
#[cfg(test)]
mod sample_test;
