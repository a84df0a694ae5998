//! The profile: what is usual at this time of day, and a correction for the hour of the week.
//!
//! Owns offset and dispersion of every slot, and the hours. All in f32: what a slot adds to a
//! level is small beside the level's own noise.

use super::gain::{DAY, Gains};
use super::rhythm::{KNOTS, Place};

/// In its first days a slot learns by the running mean, so that the second day is like the first.
const YOUNG: f64 = 2.0 * DAY;
/// Sightings after which a slot's dispersion counts.
const SEEN: f32 = 3.0;

/// The slots of a day and the hours of a week.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub offset: [f32; KNOTS],
    pub spread: [f32; KNOTS],
    pub seen: [f32; KNOTS],
    pub hours: [f32; 168],
}

impl Default for Profile {
    fn default() -> Self {
        Self { offset: [0.0; KNOTS], spread: [0.0; KNOTS], seen: [0.0; KNOTS], hours: [0.0; 168] }
    }
}

impl Profile {
    /// What the time adds to the level.
    pub fn offset(&self, place: &Place) -> f64 {
        self.between(&self.offset, place) + place.hour.map_or(0.0, |hour| f64::from(self.hours[hour]))
    }

    /// The dispersion at this time; none until it was seen a few times.
    pub fn spread(&self, place: &Place) -> Option<f64> {
        (self.seen[place.slot] >= SEEN).then(|| self.between(&self.spread, place))
    }

    /// Between two centres, or the seen one alone.
    fn between(&self, values: &[f32; KNOTS], place: &Place) -> f64 {
        let (a, b) = (f64::from(values[place.before]), f64::from(values[place.after]));
        match (self.seen[place.before] > 0.0, self.seen[place.after] > 0.0) {
            (true, true) => a * (1.0 - place.share) + b * place.share,
            (true, false) => a,
            (false, true) => b,
            (false, false) => 0.0,
        }
    }

    /// Learns a robust deviation and its robust size, at `age` seconds of learning.
    pub fn learn(&mut self, place: &Place, error: f64, size: f64, gains: &Gains, age: f64) {
        for (slot, near) in [(place.before, 1.0 - place.share), (place.after, place.share)] {
            if near <= 0.0 {
                continue;
            }
            let seen = self.seen[slot] + near as f32;
            self.seen[slot] = seen.min(65_536.0);
            let young = age < YOUNG;
            let (mean, first) = (1.0 / f64::from(seen + 1.0), 1.0 / f64::from(seen));
            let gain = if young { gains.offset_visit.max(mean) } else { gains.offset_visit };
            self.offset[slot] += (gain * near * error) as f32;
            let gain = if young { gains.spread_visit.max(first).min(1.0) } else { gains.spread_visit };
            self.spread[slot] += (gain * near * (size - f64::from(self.spread[slot]))) as f32;
        }
    }

    /// Learns what the hour of the week was off. It moves nothing before next week, so it goes on
    /// during an alarm: or else a quiet Sunday would be one for ever.
    pub fn learn_hour(&mut self, place: &Place, error: f64, gains: &Gains, age: f64) {
        if let (Some(hour), false) = (place.hour, age < YOUNG) {
            self.hours[hour] += (gains.hour_visit * error) as f32;
        }
    }
}
