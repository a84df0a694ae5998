//! Lists that lag: when an issue may be created although a list shows none.
//!
//! A write of ours, or of whoever was here before us, may have made one that the list does not show yet,
//! whether its answer was lost or not. So the time that the list may lag is waited out: after a write of
//! our own, and from the moment on in which we take over from others, of whom nothing more is known.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most fingerprints of which a try is kept in mind.
const KEPT: usize = 4096;

/// What may have been created and does not show. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Lag {
    most: TimeDelta,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Since when we are the one who writes.
    since: Option<DateTime<Utc>>,
    /// When a create was sent that may have taken place, by fingerprint.
    tried: BTreeMap<String, DateTime<Utc>>,
}

impl Lag {
    /// Of a tracker whose lists show after `most` what was created.
    pub fn new(most: Duration) -> Self {
        Self { most: TimeDelta::from_std(most).unwrap_or(TimeDelta::MAX), state: Arc::default() }
    }

    /// From `now` on we are here, unless we were before.
    pub fn begin(&self, now: DateTime<Utc>) {
        self.state().since.get_or_insert(now);
    }

    /// Takes over what is known of the same tracker with other secrets.
    pub fn succeed(&self, former: &Self) {
        let state = former.state().clone();
        *self.state() = state;
    }

    /// How long a create is to be waited with; None: it may be sent.
    pub fn wait(&self, now: DateTime<Utc>, fingerprint: &str) -> Option<TimeDelta> {
        if self.most.is_zero() {
            return None;
        }
        let state = self.state();
        let last = state.since.into_iter().chain(state.tried.get(fingerprint).copied()).max()?;
        // A clock that went back leaves nothing in the future that counts for longer than it may.
        let left = self.most - (now - last).max(TimeDelta::zero());
        (left > TimeDelta::zero()).then_some(left)
    }

    /// A create is about to be sent.
    pub fn trying(&self, now: DateTime<Utc>, fingerprint: &str) {
        let mut state = self.state();
        state.tried.insert(fingerprint.to_string(), now);
        while state.tried.len() > KEPT {
            let oldest = state.tried.iter().min_by_key(|(_, at)| **at).map(|(name, _)| name.clone());
            oldest.map(|name| state.tried.remove(&name));
        }
    }

    /// It did not take place.
    pub fn untried(&self, fingerprint: &str) {
        self.state().tried.remove(fingerprint);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn left(lag: &Lag, now: i64) -> Option<i64> {
        lag.wait(at(now), "f").map(|left| left.num_seconds())
    }

    #[test]
    fn only_what_may_be_there_already_is_waited_for() {
        let lag = Lag::new(Duration::from_secs(60));
        lag.begin(at(100));
        lag.begin(at(500));
        assert_eq!([left(&lag, 101), left(&lag, 160), left(&lag, 500)], [Some(59), None, None]);
        lag.trying(at(500), "f");
        assert_eq!([left(&lag, 501), left(&lag, 559), left(&lag, 560)], [Some(59), Some(1), None]);
        assert_eq!(left(&lag, 10), Some(60), "a clock that went back");
        let next = Lag::new(Duration::from_secs(60));
        next.succeed(&lag);
        assert_eq!(left(&next, 501), Some(59), "another secret forgets nothing");
        lag.untried("f");
        assert_eq!(left(&lag, 501), None);
    }

    #[test]
    fn a_list_that_does_not_lag_is_believed() {
        let lag = Lag::default();
        lag.begin(at(100));
        lag.trying(at(101), "f");
        assert_eq!(left(&lag, 101), None);
    }
}
