//! Windows: times in which baselines learn nothing or nothing is done.
//!
//! Owns whether a window is open at an instant; the same question has the same answer for a live
//! look and for one that history is rebuilt from. What follows from it is decided elsewhere.

use super::schedule::Schedule;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// One window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub name: String,
    pub span: Opening,
    /// Baselines learn nothing inside it.
    pub no_learn: bool,
    /// Nothing is engaged or probed inside it.
    pub no_act: bool,
}

/// When a window is open.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    /// From `start` until before `end`.
    Once { start: DateTime<Utc>, end: DateTime<Utc> },
    /// For `length` from each firing on.
    Again { schedule: Box<Schedule>, length: TimeDelta, zone: Tz },
}

impl Window {
    /// Whether it is open at `at`.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        match &self.span {
            Opening::Once { start, end } => *start <= at && at < *end,
            Opening::Again { schedule, length, zone } => schedule.fired_within(*length, at, *zone),
        }
    }

    /// When it closes, if it is open at `at`.
    pub fn closes(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.span {
            Opening::Once { end, .. } => self.is_open(at).then_some(*end),
            Opening::Again { schedule, length, zone } => {
                schedule.last_fired(*length, at, *zone)?.checked_add_signed(*length)
            }
        }
    }

    /// When it opens next after `at`, at most `ahead` from then.
    pub fn opens(&self, at: DateTime<Utc>, ahead: TimeDelta) -> Option<DateTime<Utc>> {
        match &self.span {
            Opening::Once { start, .. } => (at < *start && *start - at <= ahead).then_some(*start),
            Opening::Again { schedule, zone, .. } => schedule.next_fires(ahead, at, *zone),
        }
    }
}

/// The first open window in which nothing is done.
pub fn no_act(windows: &[Window], at: DateTime<Utc>) -> Option<&Window> {
    windows.iter().find(|window| window.no_act && window.is_open(at))
}

/// Whether baselines may learn at `at`, as far as windows say.
pub fn may_learn(windows: &[Window], at: DateTime<Utc>) -> bool {
    !windows.iter().any(|window| window.no_learn && window.is_open(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn again(line: &str, hours: i64, zone: &str) -> Window {
        Window {
            name: "w".into(),
            span: Opening::Again {
                schedule: Box::new(Schedule::parse(line).unwrap()),
                length: TimeDelta::hours(hours),
                zone: zone.parse().unwrap(),
            },
            no_learn: false,
            no_act: true,
        }
    }

    #[test]
    fn a_window_is_open_from_its_start_until_before_its_end() {
        let (start, end) = (at("2026-11-10T16:00:00Z"), at("2026-11-11T16:00:00Z"));
        let once = Window { span: Opening::Once { start, end }, ..again("0 0 * * *", 1, "UTC") };
        for (now, open) in [
            ("2026-11-10T15:59:59Z", false),
            ("2026-11-10T16:00:00Z", true),
            ("2026-11-11T15:59:59Z", true),
            ("2026-11-11T16:00:00Z", false),
        ] {
            assert_eq!(once.is_open(at(now)), open, "{now}");
        }
        let nightly = again("0 22 * * *", 8, "Europe/Berlin");
        for (now, open) in [
            ("2026-11-24T20:59:59Z", false),
            ("2026-11-24T21:00:00Z", true),
            ("2026-11-25T04:59:59Z", true),
            ("2026-11-25T05:00:00Z", false),
        ] {
            assert_eq!(nightly.is_open(at(now)), open, "{now}");
        }
        let (ahead, night) = (TimeDelta::days(2), at("2026-11-24T21:00:00Z"));
        assert_eq!(nightly.closes(night), Some(at("2026-11-25T05:00:00Z")));
        assert_eq!(nightly.closes(at("2026-11-24T20:59:59Z")), None);
        assert_eq!(nightly.opens(at("2026-11-24T20:59:59Z"), ahead), Some(night));
        assert_eq!(nightly.opens(night, ahead), Some(at("2026-11-25T21:00:00Z")));
        assert_eq!(nightly.opens(night, TimeDelta::hours(20)), None);
        assert_eq!((once.closes(start), once.opens(start, ahead)), (Some(end), None));
    }

    #[test]
    fn a_window_is_as_long_as_it_says_whatever_the_clocks_do() {
        let nightly = again("0 22 * * *", 8, "Europe/Berlin");
        // The clock is put back at night: 22:00 is 20:00Z, eight hours later it is 05:00 local.
        assert!(nightly.is_open(at("2026-10-25T03:59:59Z")));
        assert!(!nightly.is_open(at("2026-10-25T04:00:00Z")));
        // A fortnight, the longest there may be.
        let long = again("0 0 1 * *", 336, "UTC");
        assert!(long.is_open(at("2026-11-14T23:59:59Z")));
        assert!(!long.is_open(at("2026-11-15T00:00:00Z")));
    }
}
