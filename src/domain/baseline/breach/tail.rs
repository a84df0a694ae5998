//! How surprising a deviation is: minus the logarithm of the share of values that stray as far.
//!
//! Owns, for each side, the deviation that one value in forty exceeds, and how heavy the tail
//! beyond it is (Hill's estimate of a Pareto tail, smoothed). A bare z-score would alarm all day
//! on a series that is full of spikes.

use crate::domain::baseline::breach::alarm::SURPRISE_EDGE;

/// Share of values beyond the limit on each side.
const BEYOND: f64 = 0.025;
/// Step of the limit: slower than the band, since the tail is seen rarely. At first 2 / samples.
const STEP: f64 = 0.01;
const STEP_YOUNG: f64 = 2.0;
const YOUNG: f64 = 2000.0;
/// A limit below this is inside the floor of the dispersion, where nothing means anything.
const LIMIT_LEAST: f64 = 1.0;
const LIMIT_MOST: f64 = 60.0;
const LIMIT_START: f64 = 2.5;
/// The tail's weight: where it starts, its least (no series is calmer than that for long), and
/// what one exceedance teaches.
const WEIGHT_START: f64 = 0.35;
const WEIGHT_LEAST: f64 = 0.25;
const WEIGHT_GAIN: f64 = 0.01;
/// An exceedance counts as at most e² limits, so that one incident is no tail.
const EXCESS_MOST: f64 = 2.0;

/// Both sides of the tail; index 0 is above.
#[derive(Debug, Clone, Copy)]
pub struct Tail {
    pub limit: [f64; 2],
    pub weight: [f64; 2],
}

/// One deviation's place in the tail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surprise {
    /// -ln of the share of values that stray as far; `SURPRISE_EDGE` at the limit.
    pub score: f64,
    /// ln of deviation over limit, 0 inside.
    pub excess: f64,
}

impl Default for Tail {
    fn default() -> Self {
        Self { limit: [LIMIT_START; 2], weight: [WEIGHT_START; 2] }
    }
}

impl Tail {
    /// The surprise of a deviation of `z` dispersions, where an excess of `usual` is known of
    /// such times.
    pub fn surprise(&self, z: f64, usual: f64) -> Surprise {
        let side = usize::from(z < 0.0);
        let ratio = z.abs() / self.limit[side];
        if ratio <= 1.0 {
            return Surprise { score: SURPRISE_EDGE * ratio, excess: 0.0 };
        }
        let excess = ratio.ln();
        let beyond = ((excess - usual) / self.weight[side]).max(0.0);
        Surprise { score: SURPRISE_EDGE + beyond, excess }
    }

    /// Learns a deviation; `samples` were learned before.
    pub fn learn(&mut self, z: f64, samples: f64, pace: f64) {
        let young = samples + 1.0 < YOUNG;
        let step = if young { STEP.max(STEP_YOUNG / (samples + 1.0)) } else { STEP } * pace;
        let narrow = (-step * BEYOND).exp();
        for (side, z) in [z, -z].into_iter().enumerate() {
            let limit = self.limit[side];
            let mut factor = narrow;
            if z > limit {
                factor = (step * (1.0 - BEYOND)).exp();
                let excess = (z / limit).ln().min(EXCESS_MOST);
                self.weight[side] += WEIGHT_GAIN * pace * (excess - self.weight[side]);
                self.weight[side] = self.weight[side].max(WEIGHT_LEAST);
            }
            self.limit[side] = (limit * factor).clamp(LIMIT_LEAST, LIMIT_MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprise_grows_with_the_deviation_and_is_less_where_the_tail_is_heavy() {
        let (calm, mut wild) = (Tail::default(), Tail::default());
        wild.weight = [1.0; 2];
        let mut last = -1.0;
        for z in [0.0, 1.0, 2.5, 2.6, 5.0, 50.0] {
            let surprise = calm.surprise(z, 0.0);
            assert!(surprise.score > last);
            assert!(wild.surprise(z, 0.0).score <= surprise.score);
            assert_eq!(calm.surprise(-z, 0.0), surprise);
            last = surprise.score;
        }
        assert_eq!(calm.surprise(2.5, 0.0).score, SURPRISE_EDGE);
        assert_eq!(calm.surprise(5.0, 9.0).score, SURPRISE_EDGE, "as usual at such times");
    }

    #[test]
    fn a_series_full_of_spikes_makes_its_tail_heavier() {
        let mut tail = Tail::default();
        for n in 0..20_000 {
            let z = if n % 50 == 0 { 30.0 } else { 0.5 + f64::from(n % 7) * 0.1 };
            tail.learn(z, f64::from(n), 1.0);
        }
        assert!(tail.weight[0] > 0.8, "{tail:?}");
        assert!(tail.weight[1] <= WEIGHT_START);
    }
}
