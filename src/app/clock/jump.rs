//! Jumps of the wall clock, seen by comparing it with the monotonic one.
//!
//! Owns what counts as a jump. Reads no clock: both readings are arguments.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// What two looks at both clocks may differ by. More is a jump: somebody set the clock, or the
/// machine was suspended. Less is the slewing of a time service.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(10);

/// Both clocks, read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub wall: DateTime<Utc>,
    /// Monotonic time since the program started.
    pub running: Duration,
}

/// How much further than the monotonic clock the wall clock went from `earlier` to `later`, if
/// that is more than [`TOLERANCE`] either way.
pub fn between(earlier: Mark, later: Mark) -> Option<TimeDelta> {
    let passed = later.running.saturating_sub(earlier.running);
    let passed = TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX);
    let jump = (later.wall - earlier.wall).checked_sub(&passed)?;
    (jump.abs() > TOLERANCE).then_some(jump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_above_ten_seconds_is_a_jump() {
        let mark = |wall: i64, running| Mark {
            wall: DateTime::from_timestamp_millis(wall).unwrap(),
            running: Duration::from_millis(running),
        };
        for (wall, running, expected) in [
            (60_000, 60_000, None),
            (70_000, 60_000, None),
            (70_001, 60_000, Some(10_001)),
            (50_000, 60_000, None),
            (49_999, 60_000, Some(-10_001)),
            (-3_540_000, 60_000, Some(-3_600_000)),
        ] {
            let found = between(mark(0, 0), mark(wall, running));
            assert_eq!(found, expected.map(TimeDelta::milliseconds), "wall {wall}, running {running}");
        }
    }
}
