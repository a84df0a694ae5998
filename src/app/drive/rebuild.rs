//! Taking up a policy from history: streaks and baselines as if the program had run all along.

use super::news::Tick;
use super::state::Drive;
use crate::app::apply::effect::chain;
use crate::app::observe::classify::look::PolicyLook;
use crate::domain::model::baseline::Season;
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

impl Drive {
    /// Reads the policy's past up to `at` on its own grid. Until that has worked the policy is
    /// Unknown; it is tried again at every instant.
    pub(super) async fn rebuild(&mut self, key: &PolicyKey, at: DateTime<Utc>, tick: &mut Tick) {
        let Some(policy) = self.cycle.policies().find(|policy| policy.key == *key).cloned() else { return };
        let start = at - TimeDelta::from_std(past(&policy)).unwrap_or(TimeDelta::days(8));
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

/// How far back: the window of its conditions, each baseline's warm-up, and two of its seasons
/// (one week for a weekly one, whose days resemble each other).
fn past(policy: &Policy) -> Duration {
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
