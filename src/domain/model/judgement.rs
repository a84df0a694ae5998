//! What a baseline says of one value: what was expected, the band, and how bad it is.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A baseline's word on one value. `lower < upper`, all finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    /// How far outside the band on the bad side, in half widths of that side of the band;
    /// 0 inside it.
    pub severity: f64,
    /// The baseline's own alarm, on the bad side. Never set while learning.
    pub alarm: bool,
    pub maturity: Maturity,
}

impl Judgement {
    /// Whether `value` lies inside the band.
    pub fn contains(&self, value: f64) -> bool {
        (self.lower..=self.upper).contains(&value)
    }
}

/// Whether a baseline has seen enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Maturity {
    /// Still too young; how long it still needs.
    Learning(Duration),
    Mature,
}
