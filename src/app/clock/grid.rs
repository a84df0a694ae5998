//! The grid: the instants at which policies are evaluated, k x interval of Unix time.
//!
//! Owns the arithmetic of aligned instants. Pure: reads no clock. An instant is what a source is
//! asked for (`time=`); it is due a lag later, when the scrapes before it have arrived. Because
//! instants are aligned, a restart and a replay find the very same ones.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// The first grid instant that is not due yet: the smallest k x `interval` after `now - lag`.
/// Sleep until [`due`], then evaluate it.
pub fn next_instant(now: DateTime<Utc>, interval: Duration, lag: Duration) -> DateTime<Utc> {
    let latest = latest_instant(now, interval, lag);
    latest.checked_add_signed(span(interval)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The last grid instant that is due: the largest k x `interval` at or before `now - lag`.
pub fn latest_instant(now: DateTime<Utc>, interval: Duration, lag: Duration) -> DateTime<Utc> {
    let seen = now.timestamp_millis().saturating_sub(span(lag).num_milliseconds());
    let interval = span(interval).num_milliseconds().max(1);
    let aligned = seen.div_euclid(interval).saturating_mul(interval);
    DateTime::from_timestamp_millis(aligned).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// When `instant` may be evaluated: `lag` after it.
pub fn due(instant: DateTime<Utc>, lag: Duration) -> DateTime<Utc> {
    instant.checked_add_signed(span(lag)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Whole milliseconds, as the grid counts; a thousand years at most.
fn span(duration: Duration) -> TimeDelta {
    const LONGEST: u128 = 1_000 * 366 * 86_400_000;
    let millis = duration.as_millis().min(LONGEST);
    TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn instants_are_multiples_of_the_interval_and_due_a_lag_later() {
        // now, interval, lag -> latest, next (milliseconds)
        for (now, interval, lag, latest, next) in [
            (90_000, 30_000, 0, 90_000, 120_000),
            (90_000, 30_000, 5_000, 60_000, 90_000),
            (94_999, 30_000, 5_000, 60_000, 90_000),
            (95_000, 30_000, 5_000, 90_000, 120_000),
            (1_500, 1_000, 500, 1_000, 2_000),
            (-1, 30_000, 0, -30_000, 0),
        ] {
            let (interval, lag) = (Duration::from_millis(interval), Duration::from_millis(lag));
            assert_eq!(latest_instant(at(now), interval, lag), at(latest), "latest at {now}");
            assert_eq!(next_instant(at(now), interval, lag), at(next), "next at {now}");
        }
    }

    #[test]
    fn absurd_arguments_do_not_panic() {
        let ends = [DateTime::<Utc>::MIN_UTC, at(0), DateTime::<Utc>::MAX_UTC];
        let spans = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
        for now in ends {
            for interval in spans {
                for lag in spans {
                    due(next_instant(now, interval, lag), lag);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_next_instant_is_the_first_that_is_not_due(
            now in 0i64..4_000_000_000_000,
            interval in 1_000u64..86_400_000,
            lag in 0u64..600_000,
        ) {
            let (span, lag) = (Duration::from_millis(interval), Duration::from_millis(lag));
            let next = next_instant(at(now), span, lag);
            prop_assert_eq!(next.timestamp_millis().rem_euclid(interval as i64), 0);
            prop_assert!(due(next, lag) > at(now));
            prop_assert!(due(next - span, lag) <= at(now));
            prop_assert_eq!(next_instant(due(next, lag), span, lag), next + span);
        }
    }
}
