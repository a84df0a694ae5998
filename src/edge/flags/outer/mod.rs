//! Flags in servers beside the cluster: Unleash and others.
//!
//! Owns the order of steps that all of them share: look, write once with what was read as its
//! expectation, look again. Where a store takes no precondition, its history is what tells of
//! others' writes. A write whose outcome is not known is never repeated unread; a store that says
//! when to come back is not asked before. No answer's text becomes part of an error.

pub mod flipt;
pub mod found;
pub mod launch_darkly;
pub mod reach;
pub mod store;
pub mod switch;
pub mod unleash;
pub mod web;
