//! The band: as wide on each side as it must be for the wanted share of values to lie inside.
//!
//! Owns its two half widths, in dispersions, learned online: every value outside widens its side
//! a little, every one inside narrows it, in the ratio that balances at the wanted share
//! (stochastic gradient of the pinball loss; "adaptive conformal inference", Gibbs and Candes
//! 2021). No distribution is assumed.

/// Step of one sample, once there are many, and its start.
const STEP: f64 = 0.03;
const STEP_YOUNG: f64 = 4.0;
/// Half widths before the first sample, and their limits.
const START: f64 = 2.5;
const NARROWEST: f64 = 0.1;
const WIDEST: f64 = 60.0;

/// Half widths above and below, in dispersions.
#[derive(Debug, Clone, Copy)]
pub struct Band {
    pub above: f64,
    pub below: f64,
}

impl Default for Band {
    fn default() -> Self {
        Self { above: START, below: START }
    }
}

impl Band {
    /// Learns one deviation in dispersions, where `outside` is the wanted share beyond each side
    /// and `samples` were learned before.
    pub fn learn(&mut self, z: f64, outside: f64, samples: f64, pace: f64) {
        let step = STEP.max(STEP_YOUNG / (samples + 1.0).sqrt()) * pace;
        // Widening is rare, and an exponential is much of what an update costs.
        let narrow = (-step * outside).exp();
        for (width, z) in [(&mut self.above, z), (&mut self.below, -z)] {
            let factor = if z > *width { (step * (1.0 - outside)).exp() } else { narrow };
            *width = (*width * factor).clamp(NARROWEST, WIDEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_settles_where_the_wanted_share_lies_inside_on_each_side() {
        for wanted in [0.05, 0.2] {
            let (mut band, mut beyond) = (Band::default(), [0, 0]);
            for n in 0..60_000_u32 {
                // Uniform above, half as wide below: the quantiles are known.
                let u = f64::from(n.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX);
                let z = if u > 0.5 { (u - 0.5) * 2.0 } else { u - 0.5 };
                if n > 20_000 {
                    beyond[0] += u32::from(z > band.above);
                    beyond[1] += u32::from(-z > band.below);
                }
                band.learn(z, wanted / 2.0, f64::from(n), 1.0);
            }
            for side in beyond {
                let share = f64::from(side) / 40_000.0;
                assert!((share - wanted / 2.0).abs() < 0.004, "{share} of {wanted}");
            }
        }
    }
}
