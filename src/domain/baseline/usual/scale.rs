//! How large a series is, and what deviation is too small to mean anything.
//!
//! Owns the floor of the dispersion. Without one, a constant series would alarm at its first
//! flicker, and a series of zeros at its first event.

/// A deviation below this share of the series' own magnitude is noise to people.
const RELATIVE: f64 = 0.07;
/// A series that is mostly zero strays by about one event: this share of a typical one.
const EVENT: f64 = 1.0;
/// A value this many times the typical non-zero one counts as that many, so that one burst does
/// not become typical.
const EVENT_MOST: f64 = 3.0;
/// Non-zero samples after which the typical one is known. Until then it counts in part only: a series
/// that was zero for days has no usual event, and its first burst must not call itself usual.
const EVENTS_KNOWN: f64 = 10.0;
/// Slowest that the typical non-zero value is learned, by non-zero samples.
const EVENT_GAIN: f64 = 0.02;

/// Magnitude, share of zeros, and the typical non-zero value.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scale {
    pub magnitude: f64,
    pub zeros: f64,
    pub event: f64,
    pub events: f64,
}

impl Scale {
    /// Learns `value` with weight `gain`.
    pub fn learn(&mut self, value: f64, gain: f64) {
        self.magnitude += gain * (value.abs() - self.magnitude);
        let zero = if value == 0.0 { 1.0 } else { 0.0 };
        self.zeros += gain * (zero - self.zeros);
        if value != 0.0 {
            self.events += 1.0;
            let most = if self.events > 3.0 { EVENT_MOST * self.event } else { f64::INFINITY };
            self.event += (1.0 / self.events).max(EVENT_GAIN) * (value.abs().min(most) - self.event);
        }
    }

    /// The smallest dispersion that means anything, above 0 also for values that never differ.
    pub fn floor(&self, value: f64) -> f64 {
        let known = (self.events / EVENTS_KNOWN).min(1.0);
        let meant = (RELATIVE * self.magnitude).max(EVENT * self.event * self.zeros * known);
        meant.max(1e-9 * value.abs()).max(1e-12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_a_share_of_the_size_and_one_event_of_a_sparse_series() {
        let (mut steady, mut sparse) = (Scale::default(), Scale::default());
        for n in 0..1000 {
            steady.learn(50.0, (1.0 / f64::from(n + 1)).max(0.01));
            let value = if n % 50 == 0 { 4.0 } else { 0.0 };
            sparse.learn(value, (1.0 / f64::from(n + 1)).max(0.01));
        }
        assert!((steady.floor(50.0) - RELATIVE * 50.0).abs() < 1e-6);
        assert!((3.0..4.5).contains(&sparse.floor(0.0)), "{}", sparse.floor(0.0));
        assert!(Scale::default().floor(0.0) > 0.0);
    }
}
