//! The alarm: a far breach at once, a mild one after several, and the hold that it puts on
//! learning.
//!
//! Owns the threshold, how persistence and youth bend it, and how long an incident may last
//! before it is the new normal.

use crate::domain::baseline::usual::gain::{DAY, HOUR};
use crate::domain::model::baseline::Season;

/// The surprise at the edge of the tail, -ln of 1 in 20.
pub const SURPRISE_EDGE: f64 = 2.995_732_273_553_991;
/// Surprise beyond which there is alarm.
const THRESHOLD: f64 = 5.7;
/// What each further breach in a row adds to the least surprise of the row, up to so many; less
/// where samples are rare, since a row of hours is no row of minutes.
const ROW_GAIN: f64 = 0.4;
const ROW: usize = 5;
const ROW_SECONDS: f64 = 300.0;
/// What the surprise of a newborn series is short of; it fades in a line over one round of its
/// season, since until then much of what it sees is new.
const YOUNG: f64 = 10.0;
/// Youth excuses nothing beyond so many least deviations, where people declared one: what they
/// call too little to matter, they know better than a young series does.
pub const DECLARED: f64 = 3.0;
/// The hold ends after so many samples (or minutes, if that is longer) inside the band in a row.
const CALM: f64 = 5.0;
/// It holds learning for so long at most, and at least for so many samples; then what lasts is
/// the new normal.
const HOLD: f64 = 3.0 * HOUR;
const HOLD_SAMPLES: f64 = 6.0;

/// State of the alarm of one series.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alarm {
    /// Surprises of the last samples, newest first.
    pub row: [f32; ROW],
    pub phase: Phase,
    /// In Held: samples and seconds since it began. In both: calm samples in a row.
    pub samples: f64,
    pub seconds: f64,
    pub calm: f64,
    /// The alarm is shown: since the breach, until the first value back inside the band.
    pub shown: bool,
    /// The side of the breach.
    pub above: bool,
}

/// What the alarm does to learning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    #[default]
    Quiet,
    /// Nothing is learned.
    Held,
    /// It lasted: the level moves to where the values are.
    Accepting,
}

/// One sample, as the alarm sees it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub surprise: f64,
    /// The deviation is upwards.
    pub above: bool,
    /// Inside the band, or on its other side.
    pub inside: bool,
    pub elapsed: f64,
    pub interval: f64,
    pub pace: f64,
}

impl Alarm {
    /// Takes one sample in. `malus` is what its age takes off.
    pub fn observe(&mut self, seen: &Seen, malus: f64) {
        let breached = self.score(seen) - malus > THRESHOLD;
        self.seconds += seen.elapsed;
        self.samples += 1.0;
        if breached {
            if self.phase == Phase::Quiet {
                (self.seconds, self.samples, self.calm) = (0.0, 0.0, 0.0);
                self.phase = Phase::Held;
            }
            (self.shown, self.above) = (true, seen.above);
        } else if seen.inside || seen.above != self.above {
            self.shown = false;
        }
        self.calm = if seen.inside { self.calm + seen.pace } else { 0.0 };
        self.phase = self.next();
        // What is being accepted alarms only while it goes still further.
        self.shown &= self.phase == Phase::Held || breached;
    }

    fn next(&self) -> Phase {
        let calm = self.calm >= CALM;
        let lasted = self.seconds > HOLD && self.samples >= HOLD_SAMPLES;
        match self.phase {
            Phase::Held if calm => Phase::Quiet,
            Phase::Held if lasted => Phase::Accepting,
            Phase::Accepting if calm => Phase::Quiet,
            phase => phase,
        }
    }

    /// The surprise with what persistence adds: over the last k + 1 samples, the least surprise
    /// plus k times the gain, if all were beyond the edge; the largest of these.
    fn score(&mut self, seen: &Seen) -> f64 {
        if seen.elapsed > 3.0 * seen.interval {
            self.row = [0.0; ROW];
        }
        self.row.copy_within(..ROW - 1, 1);
        self.row[0] = seen.surprise as f32;
        let gain = ROW_GAIN * seen.pace / (1.0 + seen.interval / ROW_SECONDS);
        let (mut best, mut least) = (seen.surprise, f64::INFINITY);
        for (k, surprise) in self.row.iter().enumerate() {
            least = least.min(f64::from(*surprise));
            if least <= SURPRISE_EDGE {
                break;
            }
            best = best.max(least + k as f64 * gain);
        }
        best
    }
}

/// What the surprise of a series is short of after `age` seconds of learning.
pub fn malus(season: Season, age: f64) -> f64 {
    let round = match season {
        Season::None => DAY,
        Season::Day => 3.0 * DAY,
        Season::Week => 7.0 * DAY,
    };
    YOUNG * (1.0 - age / round).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(surprise: f64) -> Seen {
        let inside = surprise <= SURPRISE_EDGE;
        Seen { surprise, above: true, inside, elapsed: 60.0, interval: 60.0, pace: 1.0 }
    }

    #[test]
    fn a_far_breach_alarms_at_once_and_a_mild_one_after_several() {
        let mut far = Alarm::default();
        far.observe(&seen(THRESHOLD + 0.1), 0.0);
        assert!(far.shown);
        let mut mild = Alarm::default();
        let shown: Vec<bool> = (0..5)
            .map(|_| {
                mild.observe(&seen(THRESHOLD - 1.0), 0.0);
                mild.shown
            })
            .collect();
        assert_eq!(shown, [false, false, false, false, true]);
        let mut broken = Alarm::default();
        for n in 0..20 {
            broken.observe(&seen(if n % 4 == 3 { 0.0 } else { THRESHOLD - 1.0 }), 0.0);
            assert!(!broken.shown);
        }
    }

    #[test]
    fn it_is_shown_until_a_value_is_back_and_holds_until_five_are() {
        let mut alarm = Alarm::default();
        alarm.observe(&seen(9.0), 0.0);
        alarm.observe(&seen(4.0), 0.0);
        assert!(alarm.shown, "still outside");
        alarm.observe(&seen(1.0), 0.0);
        assert!(!alarm.shown && alarm.phase == Phase::Held);
        (0..4).for_each(|_| alarm.observe(&seen(1.0), 0.0));
        assert_eq!(alarm.phase, Phase::Quiet);
    }

    #[test]
    fn what_lasts_is_accepted_after_three_hours() {
        let mut alarm = Alarm::default();
        alarm.observe(&seen(9.0), 0.0);
        let ended = (1..400).find(|_| {
            alarm.observe(&seen(4.0), 0.0);
            alarm.phase == Phase::Accepting
        });
        assert_eq!(ended, Some(181));
        assert!(!alarm.shown);
        (0..5).for_each(|_| alarm.observe(&seen(1.0), 0.0));
        assert_eq!(alarm.phase, Phase::Quiet);
    }

    #[test]
    fn a_young_series_needs_more() {
        assert_eq!(malus(Season::Week, 0.0), YOUNG);
        assert_eq!(malus(Season::Week, 7.0 * DAY), 0.0);
        assert!(malus(Season::Day, 2.0 * DAY) < malus(Season::Week, 2.0 * DAY));
    }
}
