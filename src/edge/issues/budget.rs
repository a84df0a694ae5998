//! How much may be written within an hour: our own limit, well under any tracker's.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// Requests that created content within the last hour. Clones share them.
#[derive(Debug, Clone)]
pub struct Budget {
    most: u32,
    spent: Arc<Mutex<VecDeque<DateTime<Utc>>>>,
}

impl Budget {
    /// One of which nothing is spent.
    pub fn new(most: u32) -> Self {
        Self { most, spent: Arc::default() }
    }

    /// Takes over what was spent of `former`.
    pub fn succeed(&self, former: &Self) {
        let spent = former.spent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = spent;
    }

    /// How much there is.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Spends one at `now`; false if there is none left.
    pub fn spend(&self, now: DateTime<Utc>) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that went back leaves nothing in the future that counts.
        spent.retain(|at| *at <= now && now - *at < HOUR);
        let left = spent.len() < self.most as usize;
        if left {
            spent.push_back(now);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_later_there_is_as_much_as_before() {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let budget = Budget::new(2);
        let spend = |budget: &Budget, second: i64| budget.spend(at(second));
        assert_eq!([0, 1, 3599].map(|second| spend(&budget, second)), [true, true, false]);
        let next = Budget::new(2);
        next.succeed(&budget);
        assert!(!spend(&next, 3599), "another secret is no other budget");
        assert_eq!([3600, 3600, 3601].map(|second| spend(&budget, second)), [true, false, true]);
    }
}
