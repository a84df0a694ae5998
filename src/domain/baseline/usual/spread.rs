//! The dispersion: how far values stray from what is expected, and from their neighbours.
//!
//! Owns both as mean absolute deviations, and how the time of day bends them. Inputs are limited,
//! so that an outlier widens the band no more than a large value does.

use super::gain::DAY;

/// How much of the dispersion is the time of day's own; the rest is the series' overall one.
const SLOT_SHARE: f64 = 0.5;
/// A young dispersion is too narrow: widened by this share at first, less with the square root
/// of the days seen.
const YOUNG: f64 = 0.5;
/// The floor of the local dispersion, as a share of the other's: neighbours are closer.
const LOCAL_FLOOR: f64 = 0.8;
/// Inputs are limited to so many dispersions.
const LIMIT: f64 = 1.5;

/// Overall dispersion around the expected value, and around what the neighbours say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    pub overall: f64,
    pub local: f64,
}

/// The dispersions that hold at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Spreads {
    pub expected: f64,
    pub local: f64,
}

impl Spread {
    /// The dispersions at a time of day whose own is `slot`, for `age` seconds of learning.
    pub fn at(&self, slot: Option<f64>, floor: f64, age: f64) -> Spreads {
        let young = 1.0 + YOUNG / (1.0 + age / DAY).sqrt();
        let mixed = slot.map_or(self.overall, |slot| SLOT_SHARE * slot + (1.0 - SLOT_SHARE) * self.overall);
        let expected = mixed * young;
        let bend = if self.overall > 0.0 { expected / self.overall } else { young };
        Spreads { expected: expected.max(floor), local: (self.local * bend).max(LOCAL_FLOOR * floor) }
    }

    /// Learns the sizes of two deviations. The first few count in full.
    pub fn learn(&mut self, error: f64, local: f64, now: &Spreads, gain: f64, first: bool) {
        let limited = |size: f64, spread: f64| if first { size } else { limit(size, spread) };
        self.overall += gain * (limited(error.abs(), now.expected) - self.overall);
        self.local += gain * (limited(local.abs(), now.local) - self.local);
    }
}

/// A size limited for learning, where `spread` is usual.
pub fn limit(size: f64, spread: f64) -> f64 {
    size.min(LIMIT * spread)
}
