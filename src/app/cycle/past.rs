//! How much of the past a policy must have seen before it may speak.

use crate::domain::model::baseline::Season;
use crate::domain::policy::condition::readings;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// The instant of the policy's grid from which its streaks and baselines at `at` are built. `at`
/// is an instant of that grid.
pub fn start(policy: &Policy, at: DateTime<Utc>) -> DateTime<Utc> {
    let steps = policy.interval.saturating_mul(readings(length(policy), policy.interval));
    TimeDelta::from_std(steps).ok().and_then(|past| at.checked_sub_signed(past)).unwrap_or(at)
}

/// The instant of the grid at or before `until` from which a policy goes on whose baselines have seen
/// all before it, its window in any case.
pub fn back_to(policy: &Policy, at: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
    let window = policy.interval * u32::try_from(policy.window()).unwrap_or(u32::MAX);
    let missed = (at - until).to_std().unwrap_or_default();
    let steps = policy.interval.saturating_mul(readings(window.max(missed), policy.interval));
    TimeDelta::from_std(steps).ok().and_then(|past| at.checked_sub_signed(past)).unwrap_or(at)
}

/// The window of its conditions, each baseline's warm-up, and two of its seasons (one week for a
/// weekly one, whose days resemble each other).
fn length(policy: &Policy) -> Duration {
    let window = policy.interval * u32::try_from(policy.window()).unwrap_or(u32::MAX);
    let baselines = policy.signals.iter().map(|signal| {
        let season = match signal.baseline.season {
            Season::None => Duration::ZERO,
            Season::Day => DAY * 2,
            Season::Week => DAY * 7,
        };
        signal.baseline.warmup.max(season) + policy.interval
    });
    baselines.fold(window, Duration::max)
}
