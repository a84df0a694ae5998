//! A score and its parts, as data.

use super::penalty::Standing;

/// A score and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// 0-100; None when too little is known.
    pub value: Option<f64>,
    /// One entry per signal, in the policy's order.
    pub contributions: Vec<Contribution>,
    /// Share of the weight of signals in play (neither idle nor never seen) that is known, in
    /// percent; 0 where none is in play.
    pub known_percent: f64,
    /// The baseline of a value is still young, so conditions on the score must wait.
    pub learning: bool,
}

/// One signal's part.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    pub signal: usize,
    pub standing: Standing,
    /// 0-1; 0 where it is not known.
    pub penalty: f64,
}
