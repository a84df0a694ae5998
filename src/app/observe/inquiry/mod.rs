//! What is asked once an episode begins, to be shown with it: evidence queries and exemplars.
//!
//! Owns how it is asked (beside the looks, one question at a time, within one deadline) and what of
//! the answers belongs to whom. Nothing is decided on it, and its failure is a sentence in it.

pub mod ask;
pub mod rows;
pub mod traces;

#[cfg(test)]
mod tests;
