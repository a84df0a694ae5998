//! `init`: a first policy from what a Prometheus has.
//!
//! Owns the question which of the shipped policies' metrics exist, and the draft that follows. The draft
//! observes, and every query in it was asked once.

pub mod ask;
pub mod draft;
pub mod identity;
pub mod library;
pub mod written;
