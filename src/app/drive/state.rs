//! What a tick works on, and when the next one is due.

use crate::app::apply::objects::Objects;
use crate::app::clock::grid;
use crate::app::cycle::state::Cycle;
use crate::app::observe::observer::Observer;
use crate::domain::model::fleet::Governor;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::rail::Pauses;
use crate::domain::model::selector::Labels;
use crate::domain::policy::spec::Policy;
use crate::edge::flags::Provider;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Everything a tick works on.
pub struct Drive {
    pub cycle: Cycle,
    pub observer: Observer,
    pub objects: Objects,
    pub providers: BTreeMap<String, Provider>,
    pub governor: Option<Governor>,
    /// Labels of namespaces by name, where a cluster can be asked for them.
    pub namespaces: BTreeMap<String, Labels>,
    /// What people paused by annotations on namespaces and workloads.
    pub pauses: Pauses,
    /// Id of this installation: marks in flags carry it.
    pub installation: String,
    /// How long after the start, or a jump of the clock, it only looks.
    pub startup: Duration,
    /// Time for scrapes to arrive before an instant is asked for; at most half an interval.
    pub lag: Duration,
    pub(super) started: DateTime<Utc>,
    pub(super) rebuilt: BTreeSet<PolicyKey>,
    pub(super) swept: Option<DateTime<Utc>>,
    /// By hold name, since when a flag has been away.
    pub(super) missing: BTreeMap<String, DateTime<Utc>>,
}

/// The next instant of the grid, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When to look.
    pub wake: DateTime<Utc>,
    /// What to ask for, by policy.
    pub instants: BTreeMap<PolicyKey, DateTime<Utc>>,
}

impl Drive {
    /// A loop over nothing yet, started at `now`.
    pub fn new(now: DateTime<Utc>, cycle: Cycle, observer: Observer, objects: Objects) -> Self {
        Self {
            cycle,
            observer,
            objects,
            providers: BTreeMap::new(),
            governor: None,
            namespaces: BTreeMap::new(),
            pauses: Pauses::default(),
            installation: String::new(),
            startup: Duration::from_secs(60),
            lag: Duration::from_secs(5),
            started: now,
            rebuilt: BTreeSet::new(),
            swept: None,
            missing: BTreeMap::new(),
        }
    }

    /// Takes the policies as they are now; a changed one is rebuilt from history.
    pub fn accept(&mut self, policies: Vec<Policy>) {
        let before: BTreeMap<PolicyKey, i64> =
            self.cycle.policies().map(|policy| (policy.key.clone(), policy.generation)).collect();
        self.rebuilt.retain(|key| {
            policies.iter().any(|policy| policy.key == *key && before.get(key) == Some(&policy.generation))
        });
        self.cycle.accept(policies);
    }

    /// Begins the start-up observation again: after a start, or a jump of the clock.
    pub fn observe_first(&mut self, now: DateTime<Utc>) {
        self.started = now;
        self.cycle.forget_after(now);
        self.rebuilt.clear();
    }

    /// Whether it only looks for now.
    pub fn starting_up(&self, now: DateTime<Utc>) -> bool {
        let over = self.started + TimeDelta::from_std(self.startup).unwrap_or(TimeDelta::zero());
        now < over || !self.rebuilt()
    }

    /// Whether every policy was rebuilt from its history.
    pub fn rebuilt(&self) -> bool {
        self.cycle.policies().all(|policy| self.rebuilt.contains(&policy.key))
    }

    /// The earliest grid instant after `now`, and every policy that shares its hour.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Due> {
        let instants = self.cycle.policies().map(|policy| {
            let lag = self.lag.min(policy.interval / 2);
            let at = grid::next_instant(now, policy.interval, lag);
            (grid::due(at, lag), policy.key.clone(), at)
        });
        let all: Vec<_> = instants.collect();
        let wake = all.iter().map(|(wake, _, _)| *wake).min()?;
        let mine = all.into_iter().filter(|(due, _, _)| *due == wake);
        Some(Due { wake, instants: mine.map(|(_, key, at)| (key, at)).collect() })
    }
}
