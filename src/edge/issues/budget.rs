//! How much may be written within an hour: our own limit, well under any tracker's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);

/// Requests that created content within the last hour. Clones share them.
#[derive(Debug, Clone)]
pub struct Budget {
    most: u32,
    spent: Arc<Mutex<VecDeque<Instant>>>,
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

    /// Spends one; false if there is none left.
    pub fn spend(&self) -> bool {
        let now = Instant::now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        while spent.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
            spent.pop_front();
        }
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

    #[tokio::test(start_paused = true)]
    async fn an_hour_later_there_is_as_much_as_before() {
        let budget = Budget::new(2);
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
        let next = Budget::new(2);
        next.succeed(&budget);
        assert!(!next.spend(), "another secret is no other budget");
        tokio::time::advance(HOUR).await;
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
    }
}
