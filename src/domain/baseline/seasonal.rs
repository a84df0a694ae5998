//! The model that ships: a seasonal EWMA with a calibrated band and a tail-aware alarm.
//!
//! Owns the order of the steps of one sample: where it lies in the season, what was expected, how
//! far off it is, how surprising that is, whether to raise alarm, and only then what to learn.
//! Inline, of fixed size, no allocation. Equations and measurements: `docs/baseline.md`.

use super::breach::alarm::{Alarm, DECLARED, Phase, SURPRISE_EDGE, Seen, malus};
use super::breach::band::Band;
use super::breach::peaks::Peaks;
use super::breach::tail::Tail;
use super::model::Baseline;
use super::packed::{Port, Taking, Writing};
use super::usual::gain::{DAY, Gains};
use super::usual::level::Level;
use super::usual::profile::Profile;
use super::usual::rhythm::{Place, Rhythm};
use super::usual::scale::Scale;
use super::usual::spread::{self, Spread, Spreads};
use crate::domain::model::baseline::{BaselineSpec, Season, Worse};
use crate::domain::model::judgement::{Judgement, Maturity};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Deviations are clipped at so many dispersions before they teach level and profile.
const CLIP: f64 = 2.0;
/// Not in the first half day, when the dispersion is not known yet.
const UNCLIPPED: f64 = 0.5 * DAY;
/// Samples before which nothing surprises.
const FIRST: f64 = 10.0;
/// Values are limited to this magnitude, so that nothing overflows, a slot's f32 included.
const HUGE: f64 = 1e30;
/// Longest time between two samples that counts, in seconds: beyond it all weights are 1.
const LONGEST: f64 = 400.0 * DAY;
/// A gap of up to an hour still counts as seen, in seconds: its neighbours tell what was in it.
const GAP: f64 = 3600.0;
/// Most that one series may take.
const BYTES: usize = 2048;
const _: () = assert!(size_of::<SeasonalModel>() <= BYTES);

/// The model of one series.
#[derive(Debug, Clone)]
pub struct SeasonalModel {
    settings: Settings,
    rhythm: Rhythm,
    /// The weights of a sample that comes one interval after the one before it.
    nominal: Gains,
    level: Level,
    profile: Profile,
    scale: Scale,
    spread: Spread,
    band: Band,
    tail: Tail,
    peaks: Peaks,
    alarm: Alarm,
    /// Samples learned, and the seconds they stand for.
    samples: f64,
    age: f64,
    last: Option<DateTime<Utc>>,
}

/// The spec in the numbers the steps need.
#[derive(Debug, Clone, Copy)]
struct Settings {
    season: Season,
    worse: Worse,
    interval: f64,
    /// Share of values beyond each side of the band.
    outside: f64,
    absolute: f64,
    relative: f64,
    warmup: f64,
}

/// What was expected of one sample, and what it was.
struct Look {
    expected: f64,
    error: f64,
    /// The deviation from what the neighbours say.
    local: f64,
    spreads: Spreads,
    lower: f64,
    upper: f64,
}

impl SeasonalModel {
    /// A model that has seen nothing.
    pub fn new(spec: &BaselineSpec) -> Self {
        let interval = spec.interval.as_secs_f64().max(1.0);
        let rhythm = Rhythm::new(spec.season, spec.timezone, interval);
        Self {
            settings: Settings {
                season: spec.season,
                worse: spec.worse,
                interval,
                outside: (1.0 - spec.confidence_percent / 100.0).clamp(1e-4, 0.8) / 2.0,
                absolute: spec.min_deviation_absolute,
                relative: spec.min_deviation_percent / 100.0,
                warmup: spec.warmup.as_secs_f64(),
            },
            nominal: Gains::of(interval, interval, rhythm.slot_seconds()),
            rhythm,
            level: Level::default(),
            profile: Profile::default(),
            scale: Scale::default(),
            spread: Spread::default(),
            band: Band::default(),
            tail: Tail::default(),
            peaks: Peaks::default(),
            alarm: Alarm::default(),
            samples: 0.0,
            age: 0.0,
            last: None,
        }
    }

    fn gains(&self, elapsed: f64) -> Gains {
        match elapsed == self.settings.interval {
            true => self.nominal,
            false => Gains::of(elapsed, self.settings.interval, self.rhythm.slot_seconds()),
        }
    }

    fn look(&self, place: &Place, value: f64, elapsed: f64) -> Look {
        let expected = self.level.slow + self.level.shift + self.profile.offset(place);
        let error = value - expected;
        let local = error - self.level.leaning(elapsed, self.settings.interval);
        let slot = match self.settings.season {
            Season::None => None,
            Season::Day | Season::Week => self.profile.spread(place),
        };
        let spreads = self.spread.at(slot, self.scale.floor(value), self.age);
        let (above, below) = self.half_widths(expected, &spreads);
        Look { expected, error, local, spreads, lower: expected - below, upper: expected + above }
    }

    /// A look that first drops a shift which the value contradicts: the old regime is back.
    fn look_again(&mut self, place: &Place, value: f64, elapsed: f64) -> Look {
        let look = self.look(place, value, elapsed);
        let (shift, error) = (self.level.shift, look.error + self.level.shift);
        let (above, below) = (look.upper - look.expected, look.expected - look.lower);
        if shift == 0.0 || error > above || error < -below || (-below..=above).contains(&look.error) {
            return look;
        }
        self.level.shift = 0.0;
        self.level.local = 0.0;
        self.look(place, value, elapsed)
    }

    /// The least deviation that matters, as people declared it; 0 if they did not.
    fn declared(&self, expected: f64) -> f64 {
        self.settings.absolute.max(self.settings.relative * expected.abs())
    }

    fn half_widths(&self, expected: f64, spreads: &Spreads) -> (f64, f64) {
        let least = self.declared(expected).max(expected.abs() * 1e-9).max(1e-12);
        let half = |width: f64| (width * spreads.expected).max(least);
        (half(self.band.above), half(self.band.below))
    }

    /// How far outside on the bad side, in half widths of that side; a half width narrower than
    /// the dispersion counts as the dispersion, so that a constant series may flicker.
    fn severity(&self, value: f64, look: &Look) -> f64 {
        let (higher, lower) = self.settings.worse.sides();
        let width = |half: f64| half.max(look.spreads.expected);
        let above = if higher { (value - look.upper) / width(look.upper - look.expected) } else { 0.0 };
        let below = if lower { (look.lower - value) / width(look.expected - look.lower) } else { 0.0 };
        above.max(below).max(0.0)
    }

    fn judgement(&self, value: f64, look: &Look, maturity: Maturity) -> Judgement {
        let (higher, lower) = self.settings.worse.sides();
        let bad = if self.alarm.above { higher } else { lower };
        Judgement {
            expected: look.expected,
            lower: look.lower,
            upper: look.upper,
            severity: self.severity(value, look),
            alarm: maturity == Maturity::Mature && self.alarm.shown && bad,
            maturity,
        }
    }

    fn maturity(&self) -> Maturity {
        let left = self.settings.warmup - self.age;
        if left > 0.0 { Maturity::Learning(Duration::from_secs_f64(left)) } else { Maturity::Mature }
    }

    /// How surprising the sample is, and what that means for the alarm. Peaks and tail note it:
    /// they are what keeps alarms rare, so they must see every one, once and limited.
    fn judge(&mut self, place: &Place, value: f64, look: &Look, gains: &Gains, learn: bool) {
        let z = look.local / look.spreads.local;
        let surprise = self.tail.surprise(z, self.peaks.usual(place));
        let outside = (z > 0.0 && value > look.upper) || (z < 0.0 && value < look.lower);
        let inside = (look.lower..=look.upper).contains(&value);
        let ripe = self.samples >= FIRST;
        let seen = Seen {
            surprise: if ripe && outside { surprise.score } else { surprise.score.min(SURPRISE_EDGE) },
            above: value > look.expected,
            inside,
            elapsed: gains.elapsed,
            interval: self.settings.interval,
            pace: gains.pace,
        };
        let declared = self.declared(look.expected);
        let plain = declared > 0.0 && look.error.abs() > DECLARED * declared;
        let malus = if plain { 0.0 } else { malus(self.settings.season, self.age) };
        self.alarm.observe(&seen, malus);
        if learn {
            self.peaks.note(surprise.excess);
            if ripe {
                self.tail.learn(z, self.samples, gains.pace);
            }
        }
    }

    fn learn(&mut self, place: &Place, look: &Look, gains: &Gains) {
        let running = 1.0 / (self.samples + 1.0);
        let neighbours = gains.neighbours.max(running);
        let z = look.error / look.spreads.expected;
        self.band.learn(z, self.settings.outside, self.samples, gains.pace);
        let limit = CLIP * look.spreads.expected;
        let error = if self.age < UNCLIPPED { look.error } else { look.error.clamp(-limit, limit) };
        let interval = self.settings.interval;
        match self.alarm.phase {
            Phase::Accepting => self.level.accept(look.error, gains.elapsed, interval),
            _ if self.age < DAY => self.level.learn(error, gains.level.max(running), look.spreads.expected),
            _ => self.level.learn(error, gains.level, look.spreads.expected),
        }
        if self.settings.season != Season::None {
            let size = spread::limit(look.error.abs(), look.spreads.expected);
            self.profile.learn(place, error, size, gains, self.age);
        }
        let first = self.samples < FIRST;
        let gain = gains.spread.max(running);
        self.spread.learn(look.error, look.local, &look.spreads, gain, first);
        self.level.correlate(look.error, limit, neighbours, gains, interval);
    }

    /// Every part of the state, in one order for both ways.
    fn through(&mut self, port: &mut impl Port) {
        let Self { level, scale, spread, band, tail, peaks, alarm, .. } = self;
        let mut last = self.last.map(|at| at.timestamp_millis());
        port.whole(&mut last);
        self.last = last.and_then(DateTime::from_timestamp_millis);
        for number in [
            &mut self.samples,
            &mut self.age,
            &mut level.slow,
            &mut level.shift,
            &mut level.local,
            &mut level.product,
            &mut level.square,
            &mut scale.magnitude,
            &mut scale.zeros,
            &mut scale.event,
            &mut scale.events,
            &mut spread.overall,
            &mut spread.local,
            &mut band.above,
            &mut band.below,
            &mut peaks.visit,
            &mut peaks.usual,
            &mut peaks.worst,
            &mut peaks.age,
            &mut peaks.blocks,
            &mut alarm.samples,
            &mut alarm.seconds,
            &mut alarm.calm,
        ] {
            port.number(number);
        }
        tail.limit.iter_mut().chain(&mut tail.weight).for_each(|number| port.number(number));
        let profile = &mut self.profile;
        for slots in [&mut profile.offset, &mut profile.spread, &mut profile.seen, &mut peaks.slots] {
            port.numbers(slots);
        }
        port.numbers(&mut profile.hours);
        port.numbers(&mut alarm.row);
        port.flag(&mut alarm.shown);
        port.flag(&mut alarm.above);
        let (mut held, mut accepting) = (alarm.phase == Phase::Held, alarm.phase == Phase::Accepting);
        port.flag(&mut held);
        port.flag(&mut accepting);
        alarm.phase = match (held, accepting) {
            (true, _) => Phase::Held,
            (false, true) => Phase::Accepting,
            (false, false) => Phase::Quiet,
        };
        let mut slot = peaks.slot.map(i64::from);
        port.whole(&mut slot);
        peaks.slot = slot
            .and_then(|slot| u8::try_from(slot).ok())
            .filter(|slot| usize::from(*slot) < peaks.slots.len());
    }
}

impl Baseline for SeasonalModel {
    fn observe(&mut self, at: DateTime<Utc>, value: f64, learn: bool) -> Judgement {
        let place = self.rhythm.place(at);
        let interval = self.settings.interval;
        let since = self.last.map(|last| (at - last).num_milliseconds() as f64 / 1000.0);
        let elapsed = since.unwrap_or(interval).min(LONGEST);
        let rises = elapsed > 0.0;
        if !(value.is_finite() && rises) {
            let value = if value.is_finite() { value.clamp(-HUGE, HUGE) } else { self.level.slow };
            let look = self.look(&place, value, elapsed.max(0.0));
            let judged = self.judgement(value, &look, self.maturity());
            return Judgement { alarm: judged.alarm && judged.severity > 0.0, ..judged };
        }
        let value = value.clamp(-HUGE, HUGE);
        let gains = self.gains(elapsed);
        if self.last.is_none() {
            self.level.slow = value;
        }
        if learn {
            self.peaks.move_to(&place, elapsed);
            if self.alarm.phase != Phase::Held {
                self.scale.learn(value, gains.scale.max(1.0 / (self.samples + 1.0)));
            }
        }
        let look = self.look_again(&place, value, elapsed);
        let maturity = self.maturity();
        self.judge(&place, value, &look, &gains, learn);
        let judged = self.judgement(value, &look, maturity);
        if learn && self.alarm.phase != Phase::Held {
            self.learn(&place, &look, &gains);
        }
        if learn {
            let limit = CLIP * look.spreads.expected;
            let error = (look.error + self.level.shift).clamp(-limit, limit);
            self.profile.learn_hour(&place, error, &gains, self.age);
        }
        self.level.follow(look.error, look.spreads.local, &gains, interval);
        if learn {
            self.samples += 1.0;
            self.age += elapsed.min(GAP.max(interval));
        }
        self.last = Some(at);
        judged
    }

    fn latest(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    fn pack(&self, into: &mut Vec<u8>) -> bool {
        self.clone().through(&mut Writing(into));
        true
    }

    fn unpack(&mut self, bytes: &[u8]) -> bool {
        let mut next = self.clone();
        let mut port = Taking::new(bytes);
        next.through(&mut port);
        let good = port.ended_well();
        if good {
            *self = next;
        }
        good
    }
}

#[cfg(test)]
mod tests;
