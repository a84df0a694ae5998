//! The loop on simulated time: look, then propose, plan and apply until the world is as planned.
//!
//! Owns the order of what happens; it is that of the loop that governs for real, on the same
//! grid, with the same lag, start-up observation and rebuilding from history.

use super::calm::Calm;
use super::feed::Feed;
use super::setting::Setting;
use super::world::World;
use crate::app::cycle::due::{self, Due};
use crate::app::cycle::past;
use crate::app::cycle::state::{Cycle, ROUNDS};
use crate::app::observe::classify::look::PolicyLook;
use crate::app::observe::observer::Observer;
use crate::domain::model::episode::{Episode, TierMemory};
use crate::domain::model::id::{PolicyKey, TierKey};
use crate::domain::model::plan::Refusal;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::source::LAG;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A replay on its way.
pub struct Stage {
    pub cycle: Cycle,
    pub world: World,
    observer: Observer,
    setting: Setting,
    feeds: BTreeMap<PolicyKey, Feed>,
    calm: Calm,
    restarts: Vec<DateTime<Utc>>,
    started: DateTime<Utc>,
    now: DateTime<Utc>,
}

/// What happened at one instant.
#[derive(Debug, Default)]
pub struct Tick {
    pub now: DateTime<Utc>,
    /// What the policies that were due saw, with the instant that was asked for. The past that a
    /// policy was rebuilt from is not among it.
    pub looks: Vec<(PolicyKey, DateTime<Utc>, PolicyLook)>,
    /// Decisions as they were stored, in order.
    pub stored: Vec<Episode>,
    /// Wanted and refused without a Decision.
    pub refusals: Vec<Refusal>,
}

impl Stage {
    /// A governor that starts at the beginning of the setting's span.
    pub fn new(setting: Setting, observer: Observer) -> Self {
        let world = World::new(&setting);
        let cycle = fresh(&setting);
        let mut restarts = setting.restarts.clone();
        restarts.sort_by(|a, b| b.cmp(a));
        Self {
            cycle,
            world,
            observer,
            feeds: BTreeMap::new(),
            calm: Calm::new(setting.effect),
            restarts,
            started: setting.start,
            now: setting.start,
            setting,
        }
    }

    /// The next instant; None once the span is over.
    pub async fn step(&mut self) -> Option<Tick> {
        let due = self.due()?;
        self.now = due.wake;
        let mut tick = Tick { now: self.now, ..Tick::default() };
        for (key, at) in &due.instants {
            self.look(key, *at, &mut tick).await;
        }
        self.settle(&due, &mut tick);
        Some(tick)
    }

    fn due(&mut self) -> Option<Due> {
        loop {
            let due = due::next(self.cycle.policies(), self.now, |policy| self.lag(policy))?;
            match self.restarts.last() {
                Some(restart) if *restart <= due.wake => self.restart(),
                _ => return (due.wake <= self.setting.end).then_some(due),
            }
        }
    }

    /// Observes one policy; at first all that it must have seen before it may speak.
    async fn look(&mut self, key: &PolicyKey, at: DateTime<Utc>, tick: &mut Tick) {
        let Some(policy) = self.cycle.policies().find(|policy| policy.key == *key).cloned() else { return };
        let start = past::start(&policy, at);
        let feed = self
            .feeds
            .entry(key.clone())
            .or_insert_with(|| Feed::new(policy.clone(), start, self.setting.end));
        while let Some((instant, mut look)) = feed.next(&self.observer, at).await {
            self.calm.ease(self.now, &policy, &self.cycle, &mut look);
            self.cycle.observe(key, instant, &look);
            if instant == at {
                self.calm.learn(self.now, &policy, &self.cycle, &look);
                tick.looks.push((key.clone(), at, look));
            }
        }
    }

    /// Proposes, plans and applies until the world is as planned.
    fn settle(&mut self, due: &Due, tick: &mut Tick) {
        let now = self.now;
        let keys: BTreeSet<PolicyKey> = due.instants.keys().cloned().collect();
        let looks_only = self.looks_only(&keys);
        for _ in 0..ROUNDS {
            let proposals = self.cycle.propose(now, &keys);
            let fleet = self.world.fleet(now, &self.cycle, looks_only, &proposals);
            let plan = self.cycle.plan(now, &fleet, &proposals);
            let applied = self.world.apply(&plan, &fleet);
            self.cycle.commit(&plan, &BTreeSet::new());
            tick.refusals = plan.refusals;
            tick.stored.extend(applied.stored);
            if !applied.changed {
                break;
            }
        }
    }

    /// Whether it has just started.
    fn looks_only(&self, due: &BTreeSet<PolicyKey>) -> bool {
        let due_now = self.cycle.policies().filter(|policy| due.contains(&policy.key));
        let startup = self.setting.startup.unwrap_or_else(|| due::startup(due_now));
        self.now < self.started + TimeDelta::from_std(startup).unwrap_or(TimeDelta::days(1))
    }

    fn lag(&self, policy: &Policy) -> Duration {
        self.setting.lags.get(&policy.source).copied().unwrap_or(LAG)
    }

    /// The governor is started anew: what is stored is taken up, all else is read again.
    fn restart(&mut self) {
        let Some(at) = self.restarts.pop() else { return };
        let memories: Vec<(TierKey, TierMemory)> = memories(&self.cycle);
        self.cycle = fresh(&self.setting);
        for (key, memory) in memories {
            self.cycle.remember(&key, memory);
        }
        let mut stored: Vec<Episode> = self.world.decisions.values().cloned().collect();
        stored.sort_by_key(|episode| (episode.started, episode.name.clone()));
        stored.into_iter().for_each(|episode| self.cycle.adopt(episode));
        self.feeds.clear();
        self.started = at;
        self.now = self.now.max(at);
    }

    /// The policies as they are replayed.
    pub fn policies(&self) -> &[Policy] {
        &self.setting.policies
    }
}

/// A cycle that has seen nothing.
fn fresh(setting: &Setting) -> Cycle {
    let mut cycle = Cycle::new(setting.make);
    cycle.accept_windows(setting.windows.clone());
    cycle.accept(setting.policies.clone());
    cycle
}

/// What tiers remember beside their live episodes.
fn memories(cycle: &Cycle) -> Vec<(TierKey, TierMemory)> {
    let mut all = Vec::new();
    for (policy, _, service, track) in cycle.tracks() {
        for (tier, memory) in &track.memory.tiers {
            let key = TierKey { policy: policy.clone(), service: service.clone(), tier: tier.clone() };
            all.push((key, TierMemory { episode: None, ..memory.clone() }));
        }
    }
    all
}
