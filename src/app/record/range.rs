//! The range that is asked, and its clock as it is written down.
//!
//! Owns the arithmetic between instants of the source and of the recording, in epoch
//! milliseconds. A second of the source is `stretch` seconds of the recording.

use super::args::Args;
use crate::domain::model::problem::Problem;
use crate::domain::policy::duration;
use crate::edge::recording::header::{COUNT_MAX, FORMAT, Header};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use std::time::Duration;

/// Largest step at the source: one week, in seconds.
const STEP_MAX: u64 = 7 * 24 * 3600;

/// Largest stretch: a second written down as a day.
const STRETCH_MAX: u32 = 24 * 3600;

/// At least one instant, none of them beyond the calendar on either clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    start: DateTime<Utc>,
    step: Duration,
    count: u64,
    stretch: u32,
    origin: DateTime<Utc>,
}

impl Range {
    /// Checks the arguments.
    ///
    /// # Errors
    /// Field, value and fix of all that are out of range.
    pub fn new(args: &Args) -> Result<Self, Vec<Problem>> {
        let mut problems: Vec<Problem> =
            [step(args), stretch(args), order(args)].into_iter().flatten().collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (start, origin) = (whole(args.start), whole(args.origin.unwrap_or(args.start)));
        let length = args.end.signed_duration_since(start).num_milliseconds().unsigned_abs();
        let count = length / (args.step.as_secs() * 1000) + 1;
        let range = Self { start, step: args.step, count, stretch: args.stretch, origin };
        if count > COUNT_MAX {
            let message = format!("gives {count} instants, and a recording holds {COUNT_MAX}");
            let step = duration::format(args.step);
            problems.push(Problem::new(
                "step",
                step,
                message,
                "write a larger step or record a shorter time",
            ));
        } else if range.header().problem().is_some() {
            problems.push(Problem::new("origin", origin, "ends beyond the calendar", "write an earlier one"));
        }
        if problems.is_empty() { Ok(range) } else { Err(problems) }
    }

    /// How many instants there are, at least one.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their distance at the source.
    pub fn step(&self) -> Duration {
        self.step
    }

    /// An instant on the source's clock; one beyond the last counts as the last.
    pub fn at_source(&self, index: u64) -> DateTime<Utc> {
        let millis = index.min(self.count - 1).saturating_mul(self.step.as_secs() * 1000);
        let since = TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX));
        self.start.checked_add_signed(since).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The number of an instant of the source, if it is exactly one of ours.
    pub fn index(&self, millis: i64) -> Option<usize> {
        let since = u64::try_from(millis.checked_sub(self.start.timestamp_millis())?).ok()?;
        let step = self.step.as_secs() * 1000;
        let index = since / step;
        (since % step == 0 && index < self.count).then(|| usize::try_from(index).ok())?
    }

    /// A time stamp of the source, epoch seconds, on the recording's clock. Time stamps of
    /// samples are whole milliseconds, and stay so.
    pub fn moved(&self, seconds: f64) -> f64 {
        let since = (seconds * 1000.0).round() - self.start.timestamp_millis() as f64;
        (self.origin.timestamp_millis() as f64 + since * f64::from(self.stretch)) / 1000.0
    }

    /// What the recording says of itself; the range at the source stands there for people.
    pub fn header(&self) -> Header {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let (start, end) = (time(self.start), time(self.at_source(self.count - 1)));
        Header {
            format: FORMAT.to_string(),
            start: self.origin,
            step_ms: (self.step.as_secs() * 1000).saturating_mul(u64::from(self.stretch)),
            count: self.count,
            stretch: self.stretch,
            origin: format!("{start}/{end} every {}", duration::format(self.step)),
            made_by: concat!("flyball ", env!("CARGO_PKG_VERSION")).to_string(),
        }
    }
}

fn step(args: &Args) -> Option<Problem> {
    let is_good = args.step.subsec_nanos() == 0 && (1..=STEP_MAX).contains(&args.step.as_secs());
    let fix = "write whole seconds, from `1s` to `168h`";
    (!is_good).then(|| Problem::new("step", duration::format(args.step), "is no distance of instants", fix))
}

fn stretch(args: &Args) -> Option<Problem> {
    let is_good = (1..=STRETCH_MAX).contains(&args.stretch);
    let message = format!("is not from 1 to {STRETCH_MAX}");
    (!is_good).then(|| Problem::new("stretch", args.stretch, message, "write 1 for the source's own clock"))
}

fn order(args: &Args) -> Option<Problem> {
    let message = format!("is before the start, {}", args.start);
    (args.end < args.start).then(|| Problem::new("end", args.end, message, "write a later end"))
}

/// Cut to milliseconds, which sources and recordings count in.
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn args(start: i64, end: i64, stretch: u32) -> Args {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let step = Duration::from_secs(2);
        Args { start: at(start), end: at(end), step, stretch, origin: Some(at(0)), out: PathBuf::new() }
    }

    #[test]
    fn everything_wrong_with_the_arguments_is_said_at_once() {
        let wrong = Args { step: Duration::from_millis(1500), ..args(10, 5, 0) };
        let fields: Vec<String> = Range::new(&wrong).unwrap_err().into_iter().map(|p| p.field).collect();
        assert_eq!(fields, ["step", "stretch", "end"]);
        for (wrong, part) in [
            (args(0, 4_000_000, 1), "step: \"2s\": gives 2000001 instants"),
            (Args { origin: Some(DateTime::<Utc>::MAX_UTC), ..args(0, 9, 60) }, "origin"),
            (Args { step: Duration::MAX, ..args(0, 9, 1) }, "step"),
            (
                Args { start: DateTime::<Utc>::MIN_UTC, end: DateTime::<Utc>::MAX_UTC, ..args(0, 9, 1) },
                "step",
            ),
        ] {
            let problems = Range::new(&wrong).unwrap_err();
            assert!(problems[0].to_string().contains(part), "{problems:?}");
        }
        assert_eq!(Range::new(&args(0, 3_999_998, 1)).unwrap().count(), COUNT_MAX);
    }

    #[test]
    fn only_instants_that_were_asked_have_a_number() {
        let range = Range::new(&args(100, 105, 60)).unwrap();
        assert_eq!(range.count(), 3);
        for (millis, index) in [
            (100_000, Some(0)),
            (101_000, None),
            (104_000, Some(2)),
            (104_001, None),
            (106_000, None),
            (i64::MIN, None),
        ] {
            assert_eq!(range.index(millis), index, "{millis}");
        }
        assert_eq!(range.header().step_ms, 120_000);
        assert_eq!(range.header().origin, "1970-01-01T00:01:40Z/1970-01-01T00:01:44Z every 2s");
    }

    #[test]
    fn a_time_stamp_that_is_no_number_stays_one() {
        let range = Range::new(&args(100, 105, 60)).unwrap();
        assert!(range.moved(f64::NAN).is_nan());
        assert_eq!(range.moved(f64::INFINITY), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn an_age_grows_by_the_stretch(age_ms in 0i64..400_000, index in 0u64..100, stretch in 1u32..1000) {
            let range = Range::new(&args(1_795_000_000, 1_795_000_400, stretch)).unwrap();
            let stamp = (range.at_source(index).timestamp_millis() - age_ms) as f64 / 1000.0;
            let at = (index * range.header().step_ms) as f64 / 1000.0;
            let age = at - range.moved(stamp);
            prop_assert!((age - age_ms as f64 / 1000.0 * f64::from(stretch)).abs() < 1e-3, "{}", age);
        }

        #[test]
        fn on_the_sources_own_clock_time_stamps_keep_their_bits(millis in 0i64..4_000_000_000_000) {
            let start = DateTime::from_timestamp_millis(1_795_000_000_123);
            let own = Args { start: start.unwrap(), end: start.unwrap(), origin: None, ..args(0, 0, 1) };
            let stamp = millis as f64 / 1000.0;
            prop_assert_eq!(Range::new(&own).unwrap().moved(stamp).to_bits(), stamp.to_bits());
        }
    }
}
