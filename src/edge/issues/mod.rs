//! Issue trackers: finding ours, opening, updating and closing it.
//!
//! Owns how each tracker is spoken to and how a text comes about. Every look begins with a list by
//! label, never with a search; what a list shows decides the next step, by the rule in
//! `domain::model::upkeep`. Must not decide whether an issue is wanted, nor store the intent: a
//! Decision, or the tier's memory, names it before the first request. No answer's text becomes part
//! of an error.

pub mod adf;
pub mod budget;
pub mod change;
pub mod declared;
pub mod error;
pub mod forge;
pub mod lag;
pub mod mark;
pub mod memory;
pub mod reach;
pub mod text;
pub mod tracker;
