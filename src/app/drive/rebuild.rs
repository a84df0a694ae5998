//! Taking up a policy from history: streaks and baselines as if the program had run all along.

use super::news::Tick;
use super::state::Drive;
use crate::app::apply::effect::chain;
use crate::app::cycle::past;
use crate::app::observe::classify::look::PolicyLook;
use crate::domain::model::id::PolicyKey;
use chrono::{DateTime, Utc};

impl Drive {
    /// Reads the policy's past up to `at` on its own grid. Until that has worked the policy is
    /// Unknown; it is tried again at every instant.
    pub(super) async fn rebuild(&mut self, key: &PolicyKey, at: DateTime<Utc>, tick: &mut Tick) {
        let Some(policy) = self.cycle.policies().find(|policy| policy.key == *key).cloned() else { return };
        let start = past::start(&policy, at);
        let cycle = &mut self.cycle;
        let mut readings = 0;
        let each = |instant, look: PolicyLook| {
            cycle.observe(key, instant, &look);
            readings += 1;
        };
        match self.observer.history(&policy, start, at, each).await {
            Ok(()) => {
                tracing::info!(policy = %key, readings, "streaks and baselines rebuilt");
                self.rebuilt.insert(key.clone());
            }
            Err(error) => tick.troubles.push(chain(&error)),
        }
    }
}
