//! How long to wait before an attempt that failed is made again.
//!
//! Pure: what is random is an argument.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The pause after the first failure.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause: how long after an outage somebody may still be blind.
const LONGEST: Duration = Duration::from_secs(20);

/// The pause after `failures` failures in a row: doubling, at most [`LONGEST`], of which the second
/// half is spread by `random`, so that many watches do not come back at once.
pub fn pause(failures: u32, random: u64) -> Duration {
    let whole = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST);
    let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(half + random % half)
}

/// A random number, from the keys that the system gives to hash tables.
pub fn random() -> u64 {
    RandomState::new().hash_one(0u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_spread() {
        for (failures, least, most) in
            [(0, 250, 500), (1, 250, 500), (2, 500, 1000), (4, 2000, 4000), (40, 10_000, 20_000)]
        {
            for random in [0, 1, 999, u64::MAX] {
                let pause = pause(failures, random).as_millis();
                assert!((least..most).contains(&pause), "{failures} failures: {pause} ms");
            }
        }
        assert_ne!(pause(3, 0), pause(3, 700));
    }
}
