//! A seasonal EWMA: a level, a half-hour profile of the day or week, and a dispersion.
//!
//! Owns the model that ships. The band is `level + profile ± width`, where the width is the
//! normal quantile of the wanted confidence times the dispersion (mean absolute deviation times
//! sqrt(pi/2), which is the standard deviation of a normal distribution). Updates are clipped at
//! three dispersions, so that one wild value teaches little, and stop during the model's own
//! alarm. Equations: exponential smoothing with time-based weights, a = 1 - 2^(-dt/half-life).

use super::model::Baseline;
use crate::domain::model::baseline::{BaselineSpec, Season};
use crate::domain::model::judgement::{Judgement, Maturity};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::time::Duration;

/// Half hours of a day and of a week: short enough for a morning ramp, long enough that two
/// days fill every slot at any interval up to half an hour.
const SLOT: Duration = Duration::from_secs(1800);
const DAY_SLOTS: usize = 48;
const WEEK_SLOTS: usize = 7 * DAY_SLOTS;
/// Half-life of the level without a season: an hour follows a drift and ignores a blip.
const LEVEL_PLAIN: f64 = 3600.0;
/// Half-life of the level under a season: two days, since the profile carries the day.
const LEVEL_SEASONAL: f64 = 48.0 * 3600.0;
/// Half-life of the dispersion: a day, so that calm nights do not narrow the days.
const SPREAD: f64 = 24.0 * 3600.0;
/// Share of a slot's error learned over one visit of the slot.
const SLOT_GAIN: f64 = 0.3;
/// Updates are clipped at so many dispersions.
const CLIP: f64 = 3.0;
/// An alarm at once beyond this severity; a milder one after `MILD_STREAK` in a row.
const FAR: f64 = 1.0;
const MILD_STREAK: u32 = 5;
/// A breach that lasts so long without a hold is a new regime, and is learned.
const REGIME: f64 = 6.0 * 3600.0;
/// Values are limited to this magnitude, so that nothing overflows, a slot's f32 included.
const HUGE: f64 = 1e30;

/// The model of one series.
#[derive(Debug, Clone)]
pub struct SeasonalEwma {
    spec: BaselineSpec,
    z: f64,
    level: f64,
    spread: f64,
    profile: Box<[Slot]>,
    learned: u64,
    last: Option<DateTime<Utc>>,
    outside: u32,
    alarm_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    offset: f32,
    seen: u32,
}

impl SeasonalEwma {
    /// A model that has seen nothing.
    pub fn new(spec: &BaselineSpec) -> Self {
        let slots = match spec.season {
            Season::None => 0,
            Season::Day => DAY_SLOTS,
            Season::Week => WEEK_SLOTS,
        };
        Self {
            z: two_sided_quantile(spec.confidence_percent / 100.0),
            spec: spec.clone(),
            level: 0.0,
            spread: 0.0,
            profile: vec![Slot::default(); slots].into_boxed_slice(),
            learned: 0,
            last: None,
            outside: 0,
            alarm_since: None,
        }
    }

    /// The slot of `at` in local time, and the fraction of the way from its centre to the next.
    fn position(&self, at: DateTime<Utc>) -> Option<(usize, usize, f64)> {
        let count = self.profile.len();
        if count == 0 {
            return None;
        }
        let local = at.with_timezone(&self.spec.timezone);
        let day = local.num_seconds_from_midnight() as f64;
        let week = f64::from(local.weekday().num_days_from_monday()) * 86_400.0 + day;
        let seconds = if count == WEEK_SLOTS { week } else { day };
        let place = seconds / SLOT.as_secs_f64() - 0.5;
        let below = place.floor();
        let slot = |index: f64| index.rem_euclid(count as f64) as usize;
        Some((slot(below), slot(below + 1.0), place - below))
    }

    /// The profile's offset at `at`: between the centres of two slots, or the seen one alone.
    fn offset(&self, at: DateTime<Utc>) -> f64 {
        let Some((a, b, share)) = self.position(at) else { return 0.0 };
        let (a, b) = (self.profile[a], self.profile[b]);
        match (a.seen > 0, b.seen > 0) {
            (true, true) => f64::from(a.offset) * (1.0 - share) + f64::from(b.offset) * share,
            (true, false) => f64::from(a.offset),
            (false, true) => f64::from(b.offset),
            (false, false) => 0.0,
        }
    }

    fn half_width(&self, expected: f64) -> f64 {
        let spread = self.z * self.spread * (std::f64::consts::PI / 2.0).sqrt();
        let relative = self.spec.min_deviation_percent / 100.0 * expected.abs();
        let floor = (expected.abs() * 1e-9).max(1e-12);
        spread.max(self.spec.min_deviation_absolute).max(relative).max(floor)
    }

    fn severity(&self, value: f64, expected: f64, half: f64) -> f64 {
        let (higher, lower) = self.spec.worse.sides();
        let above = if higher { (value - expected) / half - 1.0 } else { 0.0 };
        let below = if lower { (expected - value) / half - 1.0 } else { 0.0 };
        above.max(below).max(0.0)
    }

    fn maturity(&self) -> Maturity {
        let seen = self.spec.interval.saturating_mul(u32::try_from(self.learned).unwrap_or(u32::MAX));
        match self.spec.warmup.checked_sub(seen) {
            Some(left) if !left.is_zero() => Maturity::Learning(left),
            _ => Maturity::Mature,
        }
    }

    fn learn(&mut self, at: DateTime<Utc>, value: f64, offset: f64, dt: f64, relearning: bool) {
        if self.learned == 0 {
            self.level = value;
            self.learned = 1;
            return;
        }
        self.learned += 1;
        let error = value - (self.level + offset);
        let clip = if relearning { CLIP * 5.0 } else { CLIP };
        let young = self.learned < 20;
        let clipped = match self.spread * clip {
            limit if limit > 0.0 && !young => error.clamp(-limit, limit),
            _ => error,
        };
        let half_life = if self.profile.is_empty() { LEVEL_PLAIN } else { LEVEL_SEASONAL };
        let running = 1.0 / self.learned as f64;
        let speed = if relearning { 8.0 } else { 1.0 };
        self.level += weight(dt * speed, half_life).max(running) * clipped;
        self.spread += weight(dt, SPREAD).max(running) * (clipped.abs() - self.spread);
        self.learn_slot(at, clipped, dt);
    }

    fn learn_slot(&mut self, at: DateTime<Utc>, error: f64, dt: f64) {
        let Some((a, b, share)) = self.position(at) else { return };
        let visit = (SLOT.as_secs_f64() / self.spec.interval.as_secs_f64()).max(1.0);
        let gain = 1.0 - (1.0 - SLOT_GAIN).powf((dt / SLOT.as_secs_f64()).clamp(1.0 / visit, 1.0));
        for (index, near) in [(a, 1.0 - share), (b, share)] {
            let slot = &mut self.profile[index];
            slot.seen = slot.seen.saturating_add(u32::from(near > 0.0));
            let first_visit = 1.0 / f64::from(slot.seen.max(1));
            let gain = if f64::from(slot.seen) <= visit { first_visit.max(gain) } else { gain };
            slot.offset += (gain * near * error) as f32;
        }
    }
}

impl Baseline for SeasonalEwma {
    fn observe(&mut self, at: DateTime<Utc>, value: f64, learn: bool) -> Judgement {
        let value = if value.is_finite() { value.clamp(-HUGE, HUGE) } else { self.level };
        let offset = self.offset(at);
        let expected = if self.learned == 0 { value } else { self.level + offset };
        let half = self.half_width(expected);
        let severity = self.severity(value, expected, half);
        let maturity = self.maturity();
        let mature = maturity == Maturity::Mature;

        self.outside = if severity > 0.0 { self.outside.saturating_add(1) } else { 0 };
        let alarm = mature && severity > 0.0 && (severity > FAR || self.outside >= MILD_STREAK);
        self.alarm_since = if alarm { self.alarm_since.or(Some(at)) } else { None };

        let dt = self.last.map(|last| (at - last).num_milliseconds() as f64 / 1000.0);
        let lasting = self.alarm_since.map(|since| (at - since).num_seconds() as f64);
        let relearning = lasting.is_some_and(|seconds| seconds >= REGIME);
        if dt.is_none_or(|dt| dt > 0.0) {
            self.last = Some(at);
            if learn && (!alarm || relearning) {
                let dt = dt.unwrap_or(0.0);
                self.learn(at, value, offset, dt, relearning);
            }
        }
        Judgement { expected, lower: expected - half, upper: expected + half, severity, alarm, maturity }
    }
}

fn weight(dt: f64, half_life: f64) -> f64 {
    1.0 - (-dt / half_life).exp2()
}

/// The z for which a normal variable lies within ±z with probability `share`: the rational
/// approximation 26.2.23 of Abramowitz and Stegun (error below 4.5e-4).
fn two_sided_quantile(share: f64) -> f64 {
    let tail = ((1.0 - share.clamp(0.5, 0.9999)) / 2.0).max(1e-9);
    let t = (-2.0 * tail.ln()).sqrt();
    let top = 2.515517 + 0.802853 * t + 0.010328 * t * t;
    let bottom = 1.0 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t;
    t - top / bottom
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::baseline::Worse;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn spec(season: Season, warmup_hours: u64) -> BaselineSpec {
        BaselineSpec {
            season,
            timezone: chrono_tz::UTC,
            confidence_percent: 95.0,
            min_deviation_absolute: 0.0,
            min_deviation_percent: 0.0,
            warmup: Duration::from_secs(warmup_hours * 3600),
            worse: Worse::Higher,
            interval: Duration::from_secs(60),
        }
    }

    fn minute(n: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_793_577_600 + n * 60, 0).unwrap()
    }

    fn wave(n: i64) -> f64 {
        let noise = ((n * 7919) % 101) as f64 / 101.0 - 0.5;
        20.0 + 10.0 * (n as f64 / 1440.0 * std::f64::consts::TAU).sin() + noise
    }

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        for (share, z) in [(0.95, 1.960), (0.99, 2.576), (0.5, 0.674)] {
            assert!((two_sided_quantile(share) - z).abs() < 1e-3, "{share}");
        }
    }

    #[test]
    fn it_is_learning_until_its_warm_up_and_raises_no_alarm_before() {
        let mut model = SeasonalEwma::new(&spec(Season::None, 1));
        for n in 0..60 {
            let value = if n == 59 { 1e6 } else { 5.0 };
            let judged = model.observe(minute(n), value, true);
            assert_eq!(judged.maturity, Maturity::Learning(Duration::from_secs((60 - n as u64) * 60)));
            assert!(!judged.alarm);
        }
        assert_eq!(model.observe(minute(60), 5.0, true).maturity, Maturity::Mature);
    }

    #[test]
    fn a_daily_curve_is_inside_the_band_and_its_peak_at_night_is_an_alarm() {
        let mut model = SeasonalEwma::new(&spec(Season::Day, 48));
        let mut inside = 0;
        for n in 0..4 * 1440 {
            let judged = model.observe(minute(n), wave(n), true);
            if n >= 3 * 1440 {
                inside += usize::from(judged.contains(wave(n)));
                assert!(!judged.alarm, "minute {n}: {judged:?} for {}", wave(n));
            }
        }
        assert!(inside > 1300, "{inside} of 1440 inside");
        let night = 4 * 1440 + 1080;
        assert!(model.clone().observe(minute(night), 30.0, true).alarm, "the day's peak at the day's low");
        let plain = {
            let mut model = SeasonalEwma::new(&spec(Season::None, 48));
            for n in 0..night {
                model.observe(minute(n), wave(n), true);
            }
            model.observe(minute(night), wave(night), true).upper
        };
        assert!(model.observe(minute(night), 15.0, true).upper < plain, "a season narrows the band");
    }

    #[test]
    fn it_does_not_learn_while_held_or_alarmed_and_accepts_a_new_regime_in_the_end() {
        let mut model = SeasonalEwma::new(&spec(Season::None, 2));
        let value = |n: i64| 5.0 + (n % 3) as f64 * 0.1;
        for n in 0..600 {
            model.observe(minute(n), value(n), true);
        }
        let before = model.observe(minute(600), 50.0, true);
        assert!(before.alarm);
        for n in 601..900 {
            assert_eq!(
                model.observe(minute(n), 50.0, true).upper,
                before.upper,
                "the incident is not learned"
            );
        }
        let mut held = model.clone();
        let accepted = (900..3000).find(|n| !model.observe(minute(*n), 50.0, true).alarm);
        assert!(accepted.is_some(), "six hours and more of it are the new normal");
        assert!((900..3000).all(|n| held.observe(minute(n), 50.0, false).alarm), "but not during a hold");
    }

    #[test]
    fn a_mild_breach_alarms_after_five_and_a_far_one_at_once() {
        let mut model =
            SeasonalEwma::new(&BaselineSpec { min_deviation_absolute: 10.0, ..spec(Season::None, 1) });
        for n in 0..120 {
            model.observe(minute(n), 5.0, true);
        }
        let mild: Vec<bool> = (120..125).map(|n| model.observe(minute(n), 16.0, false).alarm).collect();
        assert_eq!(mild, [false, false, false, false, true]);
        model.observe(minute(125), 5.0, false);
        assert!(model.observe(minute(126), 100.0, false).alarm);
        assert!(!model.observe(minute(127), -100.0, false).alarm, "only the bad side counts");
    }

    #[test]
    fn local_time_carries_the_season_over_a_change_of_clock() {
        let zone = BaselineSpec { timezone: chrono_tz::Europe::Berlin, ..spec(Season::Day, 1) };
        let model = SeasonalEwma::new(&zone);
        let summer = DateTime::parse_from_rfc3339("2026-10-24T12:00:00+02:00").unwrap().to_utc();
        let winter = DateTime::parse_from_rfc3339("2026-10-26T12:00:00+01:00").unwrap().to_utc();
        assert_eq!(model.position(summer), model.position(winter));
    }

    proptest! {
        #[test]
        fn i14_a_band_is_never_nan_and_never_of_zero_width(
            values in proptest::collection::vec(prop_oneof![
                Just(0.0), Just(1e300), Just(-1e300), Just(f64::NAN), -1e3..1e3, any::<f64>()
            ], 1..200),
            gaps in proptest::collection::vec(-5i64..100_000, 200),
            season in prop_oneof![Just(Season::None), Just(Season::Day), Just(Season::Week)],
        ) {
            let mut model = SeasonalEwma::new(&spec(season, 1));
            let mut at = minute(0);
            for (value, gap) in values.iter().zip(gaps) {
                at += TimeDelta::seconds(gap);
                let judged = model.observe(at, *value, true);
                prop_assert!(judged.lower.is_finite() && judged.upper.is_finite());
                prop_assert!(judged.lower < judged.upper, "{judged:?}");
                prop_assert!(judged.severity >= 0.0 && !judged.severity.is_nan());
            }
        }
    }
}
