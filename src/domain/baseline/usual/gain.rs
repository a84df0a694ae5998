//! How much one sample teaches: exponential weights by time, so that a gap ages what was learned.
//!
//! Owns the half-lives. A sample stands for the time since the one before it, but for no more
//! than one interval where it is counted into a slot: what nobody saw teaches nothing.

/// Half-life of the level: four days carry it over a weekend and let it follow a growing service.
const LEVEL: f64 = 96.0 * HOUR;
/// Half-life of dispersion: a day has every hour in it, and a calm one narrows the band by half.
const SPREAD: f64 = 24.0 * HOUR;
/// Half-life of the magnitude and the share of zeros, as slow as the level.
const SCALE: f64 = 96.0 * HOUR;
/// Half-life of the correlation of neighbours.
const NEIGHBOURS: f64 = 48.0 * HOUR;
/// What one visit of a slot teaches its offset, and its dispersion, which is noisier.
const OFFSET_VISIT: f64 = 0.2;
const SPREAD_VISIT: f64 = 0.05;
/// What one hour of the week teaches its correction.
const HOUR_VISIT: f64 = 0.2;
/// Half-life of the local level, in samples of a minute or more.
const LOCAL: f64 = 2.0;
/// Samples closer than this share what one at this distance would teach: the constants that
/// count samples were found on data of one minute and more.
const SHORTEST: f64 = 60.0;
pub const HOUR: f64 = 3600.0;
pub const DAY: f64 = 24.0 * HOUR;

/// The weights of one sample.
#[derive(Debug, Clone, Copy)]
pub struct Gains {
    pub level: f64,
    pub spread: f64,
    pub scale: f64,
    pub neighbours: f64,
    pub offset_visit: f64,
    pub spread_visit: f64,
    pub hour_visit: f64,
    pub local: f64,
    /// What the constants that count samples are multiplied by: 1 from a minute on.
    pub pace: f64,
    /// Seconds since the sample before.
    pub elapsed: f64,
    /// Seconds the sample stands for: `elapsed`, but no more than one interval.
    pub stands_for: f64,
}

impl Gains {
    /// The weights after `elapsed` seconds, on a grid of `interval` seconds with slots of `slot`
    /// seconds.
    pub fn of(elapsed: f64, interval: f64, slot: f64) -> Self {
        let stands_for = elapsed.min(interval);
        let visit = (stands_for / slot).min(1.0);
        let pace = (stands_for / SHORTEST).min(1.0);
        Self {
            level: weight(elapsed, LEVEL),
            spread: weight(elapsed, SPREAD),
            scale: weight(elapsed, SCALE),
            neighbours: weight(elapsed, NEIGHBOURS),
            offset_visit: share(OFFSET_VISIT, visit),
            spread_visit: share(SPREAD_VISIT, visit),
            hour_visit: share(HOUR_VISIT, stands_for / HOUR),
            local: weight(pace, LOCAL),
            pace,
            elapsed,
            stands_for,
        }
    }
}

/// The weight of what is new after `time`: 1 - 2^(-time / half-life).
pub fn weight(time: f64, half_life: f64) -> f64 {
    1.0 - (-time / half_life).exp2()
}

/// The part of a visit's gain that `part` of the visit brings: 1 - (1 - gain)^part.
fn share(gain: f64, part: f64) -> f64 {
    1.0 - (1.0 - gain).powf(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_teaches_the_same_however_finely_it_is_sampled() {
        let left = |interval: f64| {
            (1.0 - Gains::of(interval, interval, 1800.0).offset_visit).powf(1800.0 / interval)
        };
        for interval in [1.0, 30.0, 60.0, 300.0, 1800.0] {
            assert!((left(interval) - 0.8).abs() < 1e-9, "{interval}: {}", left(interval));
        }
    }

    #[test]
    fn a_gap_ages_the_level_and_counts_as_one_interval_in_a_slot() {
        let (usual, gap) = (Gains::of(60.0, 60.0, 1800.0), Gains::of(86_400.0, 60.0, 1800.0));
        assert!(gap.level > 0.15 && usual.level < 1e-3);
        assert_eq!(usual.offset_visit, gap.offset_visit);
        assert_eq!(gap.pace, 1.0);
        assert!(Gains::of(1.0, 1.0, 1800.0).pace < 0.02);
    }
}
