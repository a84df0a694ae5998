//! The world itself: one tick of the governor in it, and its death and return.

use super::apply::{self, Order};
use super::flags::{Flags, INSTALLATION};
use super::history::History;
use super::make;
use super::stored::Stored;
use chrono::{DateTime, TimeDelta, Utc};
use flyball::app::cycle::state::Cycle;
use flyball::app::observe::classify::look::PolicyLook;
use flyball::domain::baseline::model::Baseline;
use flyball::domain::model::episode::Episode;
use flyball::domain::model::flag::{FlagTarget, FlagView};
use flyball::domain::model::fleet::Fleet;
use flyball::domain::model::id::{PolicyKey, ServiceKey};
use flyball::domain::model::issue::IssueView;
use flyball::domain::model::judgement::{Judgement, Maturity};
use flyball::domain::model::plan::Plan;
use flyball::domain::model::proposal::Proposal;
use flyball::domain::model::rail::Pauses;
use flyball::domain::model::reading::Reading;
use flyball::domain::model::tracker::TrackerFacts;
use flyball::domain::policy::spec::Policy;
use flyball::edge::crd::accept::governor::Governing;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One look at one policy: when, and the readings of each service.
type Look = (DateTime<Utc>, BTreeMap<ServiceKey, Vec<Reading>>);

/// Most rounds of plan and apply in one tick, as in the program.
const ROUNDS: usize = 8;

/// What `plan` is given and gives: the rule itself, or a mutation of it.
pub struct Rules {
    /// Changes what is seen before anything is decided.
    pub look: fn(&mut BTreeMap<ServiceKey, Vec<Reading>>),
    /// Changes what is decided before it is planned.
    pub proposals: fn(&mut Vec<Proposal>),
    /// Changes what is shared before it is planned on.
    pub fleet: fn(&mut Fleet),
    /// Changes the plan.
    pub plan: fn(&mut Plan, &Fleet),
    pub order: Order,
}

impl Default for Rules {
    fn default() -> Self {
        Self { look: |_| (), proposals: |_| (), fleet: |_| (), plan: |_, _| (), order: Order::IntentFirst }
    }
}

/// Readings of one policy at one instant.
pub type Looks = BTreeMap<PolicyKey, BTreeMap<ServiceKey, Vec<Reading>>>;

/// Everything.
pub struct World {
    pub now: DateTime<Utc>,
    pub rules: Rules,
    pub cycle: Cycle,
    pub stored: Stored,
    pub flags: Flags,
    pub history: History,
    /// As they are declared; None: there is no Governor.
    pub governing: Option<Governing>,
    pub policies: BTreeMap<PolicyKey, Value>,
    pub pauses: Pauses,
    /// The flag store cannot be reached right now.
    pub unreachable: bool,
    /// What the provider is declared as: a mutation of its facts, or none at all.
    pub moved: bool,
    pub undeclared: bool,
    pub started: DateTime<Utc>,
    pub startup: TimeDelta,
    past: BTreeMap<PolicyKey, Vec<Look>>,
    missing: BTreeMap<String, DateTime<Utc>>,
    known: BTreeSet<String>,
    /// IssueTrackers as they are declared, and what they showed last.
    pub trackers: BTreeMap<String, TrackerFacts>,
    pub views: BTreeMap<String, IssueView>,
    /// What the last round planned on, for the checks.
    pub last: Option<(Fleet, Vec<Proposal>, Plan)>,
    pub storms: u64,
    /// Flags that were written without a stored intent.
    pub unintended: Vec<String>,
    /// Ticks in which the world did not settle in the rounds there are.
    pub unsettled: u64,
}

/// A band from 0 to 50 that raises its alarm above 100.
struct Fixed;

impl Baseline for Fixed {
    fn observe(&mut self, _: DateTime<Utc>, value: f64, _: bool) -> Judgement {
        Judgement {
            expected: 25.0,
            lower: 0.0,
            upper: 50.0,
            severity: ((value - 50.0) / 25.0).max(0.0),
            alarm: value > 100.0,
            maturity: Maturity::Mature,
        }
    }
}

impl World {
    pub fn new(now: DateTime<Utc>, flags: BTreeMap<String, Value>) -> Self {
        Self {
            now,
            rules: Rules::default(),
            cycle: Cycle::new(|_| Box::new(Fixed)),
            stored: Stored::default(),
            flags: Flags::new(flags),
            history: History::default(),
            governing: None,
            policies: BTreeMap::new(),
            pauses: Pauses::default(),
            unreachable: false,
            moved: false,
            undeclared: false,
            started: now,
            startup: TimeDelta::zero(),
            past: BTreeMap::new(),
            missing: BTreeMap::new(),
            known: BTreeSet::new(),
            trackers: BTreeMap::new(),
            views: BTreeMap::new(),
            last: None,
            storms: 0,
            unintended: Vec::new(),
            unsettled: 0,
        }
    }

    /// Takes the policies as they are declared now.
    pub fn accept(&mut self) {
        let policies: Vec<Policy> = self.policies.values().map(make::accepted).collect();
        let windows = self.governing.as_ref().map(|governing| governing.windows.clone());
        self.cycle.accept_windows(windows.unwrap_or_default());
        self.cycle.accept(policies);
        // A changed policy is rebuilt from history at once, as the loop does before it acts.
        let keys: Vec<PolicyKey> = self.policies.keys().cloned().collect();
        for key in keys {
            let empty = self
                .cycle
                .tracks()
                .filter(|(of, ..)| **of == key)
                .all(|(_, _, _, track)| track.score().is_none());
            if empty {
                self.rebuild(&key);
            }
        }
    }

    fn rebuild(&mut self, key: &PolicyKey) {
        let signals =
            self.cycle.policies().find(|policy| policy.key == *key).map(|policy| policy.signals.len());
        for (at, services) in self.past.get(key).into_iter().flatten() {
            let fits = services.values().all(|readings| Some(readings.len()) == signals);
            if fits {
                let look = PolicyLook { services: services.clone(), ..PolicyLook::default() };
                self.cycle.observe(key, *at, &look);
            }
        }
    }

    /// The process dies and another one takes over: only what is stored remains.
    pub fn restart(&mut self) {
        self.stored.fuse = None;
        self.cycle = Cycle::new(|_| Box::new(Fixed));
        self.missing.clear();
        self.views.clear();
        self.accept();
        for (key, memory) in self.stored.memories() {
            self.cycle.remember(&key, memory);
        }
        for episode in self.stored.episodes() {
            // What was stored just before the end was not told yet.
            self.history.stored(&episode);
            self.cycle.adopt(episode);
        }
        self.known = self.stored.episodes().into_iter().map(|episode| episode.name).collect();
        self.started = self.now;
    }

    /// One tick at `now` with what the signals showed. False: the process died in it.
    pub fn tick(&mut self, looks: Looks) -> bool {
        for (key, mut services) in looks {
            (self.rules.look)(&mut services);
            let past = self.past.entry(key.clone()).or_default();
            past.push((self.now, services.clone()));
            let excess = past.len().saturating_sub(200);
            past.drain(..excess);
            self.cycle.observe(&key, self.now, &PolicyLook { services, ..PolicyLook::default() });
        }
        self.notice_deleted();
        if !self.sweep() {
            return false;
        }
        let due: BTreeSet<PolicyKey> = self.policies.keys().cloned().collect();
        for _ in 0..ROUNDS {
            match self.round(&due) {
                None => return false,
                Some(true) => {}
                Some(false) => return self.remember(),
            }
        }
        self.unsettled += 1;
        self.remember()
    }

    /// One round; whether there may be more to do.
    fn round(&mut self, due: &BTreeSet<PolicyKey>) -> Option<bool> {
        let mut proposals = self.cycle.propose(self.now, due);
        (self.rules.proposals)(&mut proposals);
        let honest = self.fleet(&proposals);
        let mut fleet = honest.clone();
        (self.rules.fleet)(&mut fleet);
        let mut plan = self.cycle.plan(self.now, &fleet, &proposals);
        (self.rules.plan)(&mut plan, &fleet);
        self.flags.fail(self.unreachable);
        let applied = apply::apply(&plan, &fleet, &mut self.stored, &mut self.flags, self.rules.order);
        self.flags.fail(false);
        self.storms += u64::from(plan.storm.is_some());
        for refusal in &plan.refusals {
            let who = format!("{}/{} of {}", refusal.service, refusal.tier, refusal.policy.name);
            let codes = refusal.reasons.iter().map(|reason| reason.code).collect();
            self.history.refusals.push((self.now, who, codes));
        }
        self.last = Some((honest, proposals, plan));
        let applied = applied?;
        self.unintended.extend(applied.unintended.iter().cloned());
        applied.stored.iter().for_each(|episode| self.history.stored(episode));
        self.known.extend(applied.stored.iter().map(|episode| episode.name.clone()));
        let plan = self.last.as_ref().map(|(_, _, plan)| plan.clone()).unwrap_or_default();
        self.cycle.commit(&plan, &applied.failed);
        Some(applied.changed && !applied.troubled)
    }

    fn notice_deleted(&mut self) {
        let live: Vec<String> = self.cycle.episodes().map(|episode| episode.name.clone()).collect();
        for name in live {
            if self.known.contains(&name) && !self.stored.has_decision(&name) {
                self.known.remove(&name);
                self.cycle.deleted(&name);
            }
        }
    }

    /// Marks of ours without a hold become holds without claims.
    fn sweep(&mut self) -> bool {
        if self.unreachable || self.moved || self.undeclared {
            return true;
        }
        let known: BTreeSet<String> = self.stored.holds().into_keys().collect();
        for hold in self.flags.orphans(&known).unwrap_or_default() {
            if self.stored.put_hold(&hold.target.hold_name(), &hold) == Err(super::stored::Lost::Crash) {
                return false;
            }
        }
        true
    }

    fn remember(&mut self) -> bool {
        let mut all = Vec::new();
        for (policy, _, service, track) in self.cycle.tracks() {
            for (tier, memory) in &track.memory.tiers {
                let (policy, service, tier) = (policy.clone(), service.clone(), tier.clone());
                all.push((flyball::domain::model::id::TierKey { policy, service, tier }, memory.clone()));
            }
        }
        all.iter().all(|(key, memory)| self.stored.put_memory(key, memory) != Err(super::stored::Lost::Crash))
    }

    /// Everything shared, as the loop reads it.
    pub fn fleet(&mut self, proposals: &[Proposal]) -> Fleet {
        let mut facts = self.flags.facts();
        if self.moved {
            facts.endpoint = "elsewhere".into();
        }
        let providers = if self.undeclared { BTreeMap::new() } else { [("flags".to_string(), facts)].into() };
        let mut fleet = Fleet {
            installation: INSTALLATION.into(),
            governor: self.governing.as_ref().map(|governing| governing.governor.clone()),
            providers,
            namespaces: BTreeMap::new(),
            holds: self.stored.holds(),
            flags: BTreeMap::new(),
            served: BTreeMap::new(),
            holding: self.cycle.holding(),
            verdicts: self.cycle.verdicts(self.now),
            ledger: self.stored.ledger.clone(),
            starting_up: self.now < self.started + self.startup,
            pauses: self.pauses.clone(),
            no_act: self.cycle.no_act(self.now),
            breaker: self.stored.breaker.clone(),
            approvals: self.stored.approvals.clone(),
            uids: self.stored.uids(),
            blocked: self.cycle.blocked(),
            trackers: self.trackers.clone(),
            issues: self.views.clone(),
        };
        self.flags.fail(self.unreachable);
        for (target, fallback) in asked(&fleet, proposals) {
            let name = target.hold_name();
            let mut view = self.flags.view(&target, &fallback, fleet.holds.get(&name), self.now);
            if let FlagView::Gone { since } = &mut view {
                *since = *self.missing.entry(name.clone()).or_insert(*since);
            } else if matches!(view, FlagView::Seen(_)) {
                self.missing.remove(&name);
            }
            fleet.flags.insert(name, view);
        }
        self.flags.fail(false);
        fleet
    }

    /// All live Decisions.
    pub fn live(&self) -> Vec<Episode> {
        self.cycle.episodes().cloned().collect()
    }
}

/// The flags that a plan may have to do with.
fn asked(fleet: &Fleet, proposals: &[Proposal]) -> BTreeMap<FlagTarget, String> {
    let mut all: BTreeMap<FlagTarget, String> =
        fleet.holds.values().map(|hold| (hold.target.clone(), hold.fallback.clone())).collect();
    let Some(facts) = fleet.providers.get("flags") else { return all };
    for proposal in proposals {
        for tier in &proposal.tiers {
            let wishes = tier.terms.wishes.iter().map(|wish| (&wish.key, &wish.fallback));
            let held =
                tier.memory.episode.iter().flat_map(|e| &e.flags).map(|held| (&held.key, &held.fallback));
            for (key, fallback) in wishes.chain(held) {
                all.entry(facts.target(&proposal.service, key)).or_insert_with(|| fallback.clone());
            }
        }
    }
    all
}
