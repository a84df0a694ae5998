//! When the next look is due, and whose it is.

use crate::app::clock::grid;
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Shortest start-up observation that is not asked for.
const STARTUP: Duration = Duration::from_secs(60);

/// The next instant of the grid, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When to look.
    pub wake: DateTime<Utc>,
    /// What to ask for, by policy.
    pub instants: BTreeMap<PolicyKey, DateTime<Utc>>,
}

impl Due {
    /// An hour at which no policy is due: for orders, which need no look.
    pub fn nobody(wake: DateTime<Utc>) -> Self {
        Self { wake, instants: BTreeMap::new() }
    }
}

/// The earliest grid instant after `now` and every policy that shares its hour. `lag` is the time
/// for a policy's scrapes to arrive before an instant is asked for; at most half an interval of it
/// counts.
pub fn next<'p>(
    policies: impl Iterator<Item = &'p Policy>,
    now: DateTime<Utc>,
    lag: impl Fn(&Policy) -> Duration,
) -> Option<Due> {
    let instants = policies.map(|policy| {
        let lag = lag(policy).min(policy.interval / 2);
        let at = grid::next_instant(now, policy.interval, lag);
        (grid::due(at, lag), policy.key.clone(), at)
    });
    let all: Vec<_> = instants.collect();
    let wake = all.iter().map(|(wake, _, _)| *wake).min()?;
    let mine = all.into_iter().filter(|(due, _, _)| *due == wake);
    Some(Due { wake, instants: mine.map(|(_, key, at)| (key, at)).collect() })
}

/// How long after a start it only looks, unless the Governor says so: two intervals of the slowest
/// policy, a minute at least.
pub fn startup<'p>(policies: impl Iterator<Item = &'p Policy>) -> Duration {
    let slowest = policies.map(|policy| policy.interval).max().unwrap_or_default();
    slowest.saturating_mul(2).max(STARTUP)
}
