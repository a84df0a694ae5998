//! The loop that controller and standalone share: look, cycle, apply, until nothing changes.
//!
//! Owns one tick: the policies that are due are observed, and then proposal, plan and apply are
//! repeated on the same readings until the world is as planned (a written flag is read back by the
//! next round). It waits for nothing and knows no clock: who calls it says what time it is.

pub mod fleet;
pub mod health;
pub mod rebuild;

use crate::app::apply::objects::Objects;
use crate::app::apply::{apply, effect};
use crate::app::clock::grid;
use crate::app::cycle::Cycle;
use crate::app::observe::observer::{Look, Observer};
use crate::domain::model::episode::Episode;
use crate::domain::model::fleet::Governor;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::plan::Refusal;
use crate::domain::policy::spec::Policy;
use crate::edge::flags::Provider;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most rounds of plan and apply in one tick; an episode needs at most four.
const ROUNDS: usize = 8;

/// Everything a tick works on.
pub struct Drive {
    pub cycle: Cycle,
    pub observer: Observer,
    pub objects: Objects,
    pub providers: BTreeMap<String, Provider>,
    pub governor: Option<Governor>,
    /// Id of this installation: marks in flags carry it.
    pub installation: String,
    /// How long after the start, or a jump of the clock, it only looks.
    pub startup: Duration,
    /// Time for scrapes to arrive before an instant is asked for; at most half an interval.
    pub lag: Duration,
    started: DateTime<Utc>,
    rebuilt: BTreeSet<PolicyKey>,
    swept: Option<DateTime<Utc>>,
}

/// The next instant of the grid, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When to look.
    pub wake: DateTime<Utc>,
    /// What to ask for, by policy.
    pub instants: BTreeMap<PolicyKey, DateTime<Utc>>,
}

/// What a tick did and saw.
#[derive(Debug, Default)]
pub struct Tick {
    /// What was stored and done, in order.
    pub news: Vec<News>,
    /// Wanted and refused without a Decision, as the last round had it.
    pub refusals: Vec<Refusal>,
    /// Signals that gave no trustworthy answer, with the reason.
    pub blind: Vec<(PolicyKey, String, String)>,
    pub looks: Vec<Look>,
    pub troubles: Vec<String>,
}

/// One thing that a tick did.
#[derive(Debug)]
pub enum News {
    Stored(Episode),
    Done(effect::Done),
}

impl Tick {
    /// Decisions stored, in order.
    pub fn stored(&self) -> impl Iterator<Item = &Episode> {
        self.news.iter().filter_map(|news| match news {
            News::Stored(episode) => Some(episode),
            News::Done(_) => None,
        })
    }

    /// Writes to flags that were tried, in order.
    pub fn effects(&self) -> impl Iterator<Item = &effect::Done> {
        self.news.iter().filter_map(|news| match news {
            News::Done(done) => Some(done),
            News::Stored(_) => None,
        })
    }
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
            installation: String::new(),
            startup: Duration::from_secs(60),
            lag: Duration::from_secs(5),
            started: now,
            rebuilt: BTreeSet::new(),
            swept: None,
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

    /// One tick: looks at what is due, then plans and applies until the world is as planned.
    pub async fn tick(&mut self, now: DateTime<Utc>, due: &Due) -> Tick {
        let mut tick = Tick::default();
        self.look(due, &mut tick).await;
        self.notice_deleted(&mut tick).await;
        self.sweep(now, &mut tick).await;
        let keys: BTreeSet<PolicyKey> = due.instants.keys().cloned().collect();
        for _ in 0..ROUNDS {
            let proposals = self.cycle.propose(now, &keys);
            let fleet = self.fleet(now, &proposals).await;
            let plan = self.cycle.plan(now, &fleet, &proposals);
            let applied = apply(now, &plan, &fleet, &mut self.objects, &self.providers).await;
            self.cycle.commit(&plan, &applied.failed);
            tick.refusals = plan.refusals;
            tick.news.extend(applied.stored.into_iter().map(News::Stored));
            tick.news.extend(applied.effects.into_iter().map(News::Done));
            let troubled = !applied.troubles.is_empty();
            tick.troubles.extend(applied.troubles);
            if !applied.changed || troubled {
                break;
            }
        }
        self.store_health(now, &mut tick).await;
        tick
    }

    /// Observes the policies that are due; one that is not rebuilt yet is, from its history.
    async fn look(&mut self, due: &Due, tick: &mut Tick) {
        let mut by_instant: BTreeMap<DateTime<Utc>, Vec<PolicyKey>> = BTreeMap::new();
        for (key, at) in &due.instants {
            if !self.rebuilt.contains(key) {
                self.rebuild(key, *at, tick).await;
            } else {
                by_instant.entry(*at).or_default().push(key.clone());
            }
        }
        for (at, keys) in by_instant {
            let policies: Vec<&Policy> =
                self.cycle.policies().filter(|policy| keys.contains(&policy.key)).collect();
            let look = self.observer.look(at, &policies).await;
            for (key, seen) in &look.rows {
                self.cycle.observe(key, at, seen);
                let failures = seen.failures.iter();
                tick.blind.extend(failures.map(|(signal, why)| (key.clone(), signal.clone(), why.clone())));
            }
            tick.looks.push(look);
        }
    }

    /// Live Decisions that are not in the store any more: a person's order to release.
    async fn notice_deleted(&mut self, tick: &mut Tick) {
        let live: Vec<(String, String)> = self
            .cycle
            .episodes()
            .map(|episode| (episode.key.service.namespace.clone(), episode.name.clone()))
            .collect();
        for (namespace, name) in live {
            match self.objects.decision_is_gone(&namespace, &name).await {
                Ok(false) => {}
                Ok(true) => self.cycle.deleted(&name),
                Err(trouble) => tick.troubles.push(trouble),
            }
        }
    }
}
