//! Where in the day and the week an instant lies, in local time.
//!
//! Owns the slots: half-hour knots, or one a sample where samples are rarer. Must not learn.

use crate::domain::baseline::usual::gain::DAY;
use crate::domain::model::baseline::Season;
use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// Most knots of a day: half an hour is short enough for a morning ramp, and a week fills each
/// seven times.
pub const KNOTS: usize = 48;
/// Clocks change at such boundaries, in every zone there has been since 1972.
const QUARTER: i64 = 900;
/// The epoch was a Thursday; weeks begin on Monday.
const EPOCH_HOUR: i64 = 3 * 24;

/// A series' slots.
#[derive(Debug, Clone)]
pub struct Rhythm {
    season: Season,
    zone: Tz,
    knots: u16,
    /// The zone's offset from UTC in seconds, and the quarter of an hour it was looked up for.
    offset: i32,
    quarter: i64,
}

/// Where an instant lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The knot it belongs to.
    pub slot: usize,
    /// The knots before and after it, and the share of the way from one to the other.
    pub before: usize,
    pub after: usize,
    pub share: f64,
    /// Hour of the local week; none without a weekly season.
    pub hour: Option<usize>,
}

impl Rhythm {
    /// The slots of a series with a sample every `interval` seconds.
    pub fn new(season: Season, zone: Tz, interval: f64) -> Self {
        let by_sample = (DAY / interval).round().max(1.0);
        let knots = match season {
            Season::None => 1.0,
            Season::Day | Season::Week => by_sample.min(KNOTS as f64),
        };
        Self { season, zone, knots: knots as u16, offset: 0, quarter: i64::MIN }
    }

    /// Length of a slot in seconds.
    pub fn slot_seconds(&self) -> f64 {
        DAY / f64::from(self.knots)
    }

    /// Where `at` lies.
    pub fn place(&mut self, at: DateTime<Utc>) -> Place {
        let local = at.timestamp() + self.offset_at(at);
        let seconds = local.rem_euclid(DAY as i64) as f64;
        let count = usize::from(self.knots);
        let slot = ((seconds / self.slot_seconds()) as usize).min(count - 1);
        let hour = (self.season == Season::Week)
            .then(|| (local.div_euclid(3600) + EPOCH_HOUR).rem_euclid(168) as usize);
        if count < KNOTS {
            return Place { slot, before: slot, after: slot, share: 0.0, hour };
        }
        let way = seconds / self.slot_seconds() - 0.5;
        let below = way.floor();
        let before = (below as i64).rem_euclid(count as i64) as usize;
        Place { slot, before, after: (before + 1) % count, share: way - below, hour }
    }

    fn offset_at(&mut self, at: DateTime<Utc>) -> i64 {
        if self.season == Season::None || self.zone == Tz::UTC {
            return 0;
        }
        let quarter = at.timestamp().div_euclid(QUARTER);
        if quarter != self.quarter {
            self.offset = self.zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
            self.quarter = quarter;
        }
        i64::from(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn local_time_carries_the_season_over_a_change_of_clock() {
        let mut berlin = Rhythm::new(Season::Week, chrono_tz::Europe::Berlin, 60.0);
        let summer = berlin.place(at("2026-10-19T12:10:00+02:00"));
        let winter = berlin.place(at("2026-10-26T12:10:00+01:00"));
        assert_eq!(summer, winter);
        assert_eq!(summer.hour, Some(12), "a Monday");
        assert_eq!(winter.slot, 24);
    }

    #[test]
    fn knots_are_half_hours_or_samples() {
        let knots = |season, interval| Rhythm::new(season, Tz::UTC, interval).knots;
        assert_eq!(knots(Season::Day, 30.0), 48);
        assert_eq!(knots(Season::Day, 3600.0), 24);
        assert_eq!(knots(Season::Day, 2700.0), 32);
        assert_eq!(knots(Season::None, 30.0), 1);
        let mut hourly = Rhythm::new(Season::Day, Tz::UTC, 3600.0);
        let place = hourly.place(at("2026-10-26T23:59:59Z"));
        assert_eq!((place.slot, place.before, place.share), (23, 23, 0.0));
    }

    #[test]
    fn between_two_centres_the_way_is_shared_and_midnight_closes_the_day() {
        let mut day = Rhythm::new(Season::Day, Tz::UTC, 60.0);
        let place = day.place(at("2026-10-26T00:00:00Z"));
        assert_eq!((place.before, place.after, place.share, place.hour), (47, 0, 0.5, None));
        let place = day.place(at("2026-10-26T00:22:30Z"));
        assert_eq!((place.before, place.after, place.share), (0, 1, 0.25));
    }
}
