//! The level: a slow one that says what to expect, and a local one that says where it is now.
//!
//! Owns the two, the shift of a new regime that was accepted and may yet turn out to be none, and
//! how much of the local level to expect in the next value: a series whose
//! neighbours have nothing to do with each other gains nothing from following them.

use super::gain::{Gains, weight};

/// Errors count as at most so many local dispersions in the local level.
const LOCAL_CLIP: f64 = 5.0;
/// After a gap of more than so many intervals the local level fades towards the slow one.
const GAP: f64 = 3.0;
/// Half-life of that fading, in intervals.
const FADE: f64 = 2.0;
/// Half-life of the shift while a new regime is taken up, at least so many intervals.
const REGIME: f64 = 3600.0;
const REGIME_INTERVALS: f64 = 3.0;

/// Slow and local level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Level {
    pub slow: f64,
    /// What the present regime adds, while nobody knows whether it stays.
    pub shift: f64,
    /// How far the last values were from what was expected.
    pub local: f64,
    /// Smoothed product of a deviation and the local level before it, and of the latter squared.
    pub product: f64,
    pub square: f64,
}

impl Level {
    /// How far from the expected value the next one will be, as its neighbours have it: the local
    /// level, shrunk by the correlation of neighbours (the slope of a regression without
    /// intercept, between 0 and 1).
    pub fn leaning(&self, elapsed: f64, interval: f64) -> f64 {
        let slope = if self.square > 0.0 { (self.product / self.square).clamp(0.0, 1.0) } else { 1.0 };
        slope * self.faded(elapsed, interval)
    }

    fn faded(&self, elapsed: f64, interval: f64) -> f64 {
        match elapsed > GAP * interval {
            true => self.local * (-elapsed / (FADE * interval)).exp2(),
            false => self.local,
        }
    }

    /// Follows the deviation `error`: also during an incident, since this is no memory of what is
    /// usual. `spread` is the local dispersion.
    pub fn follow(&mut self, error: f64, spread: f64, gains: &Gains, interval: f64) {
        self.local = self.faded(gains.elapsed, interval);
        let limit = LOCAL_CLIP * spread;
        self.local += gains.local * (error - self.local).clamp(-limit, limit);
    }

    /// Learns how neighbours go together, before [`Level::follow`]. `limit` clips both.
    pub fn correlate(&mut self, error: f64, limit: f64, gain: f64, gains: &Gains, interval: f64) {
        let error = error.clamp(-limit, limit);
        let before = self.faded(gains.elapsed, interval).clamp(-limit, limit);
        self.product += gain * (error * before - self.product);
        self.square += gain * (before * before - self.square);
    }

    /// Learns a deviation that was made robust. A shift goes over into the level as fast as the
    /// level learns anything, the last tenth of a `spread` at once.
    pub fn learn(&mut self, error: f64, gain: f64, spread: f64) {
        let over = if self.shift.abs() < 0.1 * spread { self.shift } else { gain * self.shift };
        self.shift -= over;
        self.slow += over + gain * error;
    }

    /// Takes up a new regime: the whole deviation, fast.
    pub fn accept(&mut self, error: f64, elapsed: f64, interval: f64) {
        self.shift += weight(elapsed, REGIME.max(REGIME_INTERVALS * interval)) * error;
    }
}
