//! When an idempotent read is asked again, and after how long.

use super::answer::{Error, Reply};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Most tries of one call.
pub const TRIES_MAX: u32 = 3;

/// The pause before the second try, doubled before the third.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Whether asking again may help: the server is busy or the connection broke. One that says itself
/// when to come back is not asked before.
pub fn may_help(outcome: &Result<Reply, Error>) -> bool {
    match outcome {
        Ok(reply) if reply.header("retry-after").is_some() => false,
        Ok(reply) => matches!(reply.status, 429 | 502 | 503 | 504),
        Err(Error::Unreachable(_) | Error::Broken(_)) => true,
        Err(_) => false,
    }
}

/// How long to wait after try number `tried` (from 1): between half and all of a doubling pause,
/// so that many callers do not come back at once.
pub fn pause(tried: u32) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << tried.saturating_sub(1).min(8));
    let half = whole / 2;
    let spread = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_millis(RandomState::new().hash_one(tried) % spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_spread() {
        for _ in 0..100 {
            assert!((50..100).contains(&pause(1).as_millis()));
            assert!((100..200).contains(&pause(2).as_millis()));
        }
        let distinct: std::collections::BTreeSet<_> = (0..50).map(|_| pause(2)).collect();
        assert!(distinct.len() > 10, "{distinct:?}");
        assert!(pause(u32::MAX) < Duration::from_secs(60));
    }
}
