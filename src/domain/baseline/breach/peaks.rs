//! Peaks that are usual: a nightly backup at its time of day, and the worst of an ordinary day.
//!
//! Owns both memories. An excess that the series has shown at this time, or shows every day or
//! two, surprises nobody; it is taken off before the tail judges.

use crate::domain::baseline::usual::gain::DAY;
use crate::domain::baseline::usual::rhythm::{KNOTS, Place};

/// Part of the excess at this time of day that is taken off; what a visit teaches; its most.
const SLOT_SHARE: f64 = 0.15;
const SLOT_GAIN: f64 = 0.4;
const SLOT_MOST: f64 = 2.0;
/// The same of the worst of two days; a block teaches at most so much more than is known, so
/// that one incident does not make the next one usual.
const BLOCK_SHARE: f64 = 0.3;
const BLOCK_GAIN: f64 = 0.1;
const BLOCK_MOST: f64 = 2.0;
const BLOCK_RISE: f64 = 1.0;
const BLOCK: f64 = 2.0 * DAY;

/// Usual excesses: by time of day, and of two days.
#[derive(Debug, Clone, Copy)]
pub struct Peaks {
    pub slots: [f32; KNOTS],
    /// The slot being visited and the largest excess of the visit; none before the first.
    pub slot: Option<u8>,
    pub visit: f64,
    pub usual: f64,
    /// The largest excess of the block so far, its age in seconds, and how many have ended.
    pub worst: f64,
    pub age: f64,
    pub blocks: f64,
}

impl Default for Peaks {
    fn default() -> Self {
        Self { slots: [0.0; KNOTS], slot: None, visit: 0.0, usual: 0.0, worst: 0.0, age: 0.0, blocks: 0.0 }
    }
}

impl Peaks {
    /// The excess that is usual at `place`.
    pub fn usual(&self, place: &Place) -> f64 {
        let here = f64::from(self.slots[place.before].max(self.slots[place.after]));
        SLOT_SHARE * here + BLOCK_SHARE * self.usual
    }

    /// Moves on by `elapsed` seconds to `place`: what was left is learned.
    pub fn move_to(&mut self, place: &Place, elapsed: f64) {
        let slot = place.slot as u8;
        if self.slot != Some(slot) {
            if let Some(left) = self.slot {
                let known = &mut self.slots[usize::from(left)];
                *known += (SLOT_GAIN * (self.visit.min(SLOT_MOST) - f64::from(*known))) as f32;
            }
            self.slot = Some(slot);
            self.visit = 0.0;
        }
        self.age += elapsed;
        if self.age >= BLOCK {
            // Of several blocks in a gap only the one that was seen teaches.
            self.blocks += 1.0;
            let gain = BLOCK_GAIN.max(1.0 / (self.blocks + 1.0));
            self.usual += gain * (self.worst.min(BLOCK_MOST) - self.usual).min(BLOCK_RISE);
            self.worst = 0.0;
            self.age %= BLOCK;
        }
    }

    /// Notes an excess.
    pub fn note(&mut self, excess: f64) {
        self.visit = self.visit.max(excess);
        self.worst = self.worst.max(excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(slot: usize) -> Place {
        Place { slot, before: slot, after: slot, share: 0.0, hour: None }
    }

    #[test]
    fn what_comes_every_night_becomes_usual_at_night_and_little_by_day() {
        let mut peaks = Peaks::default();
        for _ in 0..20 {
            for slot in 0..KNOTS {
                peaks.move_to(&at(slot), 1800.0);
                peaks.note(if slot == 4 { 2.0 } else { 0.0 });
            }
        }
        assert!(peaks.usual(&at(4)) > 0.2 + peaks.usual(&at(30)));
        assert!(peaks.usual(&at(30)) > 0.2, "two days never pass without it");
    }

    #[test]
    fn a_gap_closes_one_block_only() {
        let mut peaks = Peaks::default();
        peaks.move_to(&at(0), 0.0);
        peaks.note(2.0);
        peaks.move_to(&at(1), 30.0 * DAY);
        assert_eq!(peaks.blocks, 1.0);
        assert!(peaks.age < BLOCK);
    }
}
