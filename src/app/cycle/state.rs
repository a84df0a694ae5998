//! The cycle: every policy, what is known of its services, and the steps from readings to a plan.

use super::kept::Recalled;
use super::make::MakeBaseline;
use super::track::Track;
use crate::app::observe::classify::look::PolicyLook;
use crate::domain::decide::{decide, release};
use crate::domain::govern;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::plan::Plan;
use crate::domain::model::proposal::Proposal;
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::Policy;
use crate::domain::policy::window::{self, Window};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Most rounds of plan and apply at one instant; an episode needs at most four.
pub const ROUNDS: usize = 8;

/// All policies and what is known of their services.
pub struct Cycle {
    pub(super) make: MakeBaseline,
    /// Baselines that were stored and whose services have not been looked at yet.
    pub(super) recalled: Recalled,
    pub(super) tracked: BTreeMap<PolicyKey, Tracked>,
    /// Windows of the whole fleet.
    windows: Vec<Window>,
    /// Decisions that a person deleted: orders to release.
    deleted: BTreeSet<String>,
    /// Policies that exist and cannot be accepted as they are now: not gone, and not followed.
    refused: BTreeSet<PolicyKey>,
}

/// One policy, or what is left of one that is gone.
pub(super) struct Tracked {
    pub(super) policy: Option<Policy>,
    pub(super) services: BTreeMap<ServiceKey, Track>,
    gone: BTreeSet<ServiceKey>,
}

impl Cycle {
    /// A cycle that knows nothing; `make` is the baseline model.
    pub fn new(make: MakeBaseline) -> Self {
        Self {
            make,
            recalled: Recalled::default(),
            tracked: BTreeMap::new(),
            windows: Vec::new(),
            deleted: BTreeSet::new(),
            refused: BTreeSet::new(),
        }
    }

    /// Takes the accepted policies as they are now. Streaks are kept where the spec of a policy is
    /// unchanged, baselines where they mean the same; a policy that is gone is kept until its episodes have ended
    /// and leave is taken of its issues.
    pub fn accept(&mut self, policies: Vec<Policy>) {
        let mut resets = Vec::new();
        let named: BTreeSet<PolicyKey> = policies.iter().map(|policy| policy.key.clone()).collect();
        for policy in policies {
            let tracked = self.tracked.entry(policy.key.clone()).or_insert_with(Tracked::empty);
            let same = tracked.policy.as_ref().is_some_and(|known| known.generation == policy.generation);
            if !same {
                tracked.services.values_mut().for_each(Track::forget_observations);
            }
            let ordered = |policy: &Policy| policy.orders.reset_baseline.clone();
            let before = tracked.policy.as_ref().map(ordered);
            if let (Some(before), Some(signal)) = (before, ordered(&policy))
                && before.as_ref() != Some(&signal)
            {
                resets.push((policy.key.clone(), signal));
            }
            tracked.policy = Some(policy);
        }
        resets.iter().for_each(|(policy, signal)| self.reset_baseline(policy, signal));
        for (_, tracked) in self.tracked.iter_mut().filter(|(key, _)| !named.contains(key)) {
            tracked.policy = None;
        }
        self.tracked.retain(|_, tracked| tracked.policy.is_some() || tracked.is_needed());
    }

    /// The clock went back to `now`: what was read after it is forgotten, to be read again.
    pub fn forget_after(&mut self, now: DateTime<Utc>) {
        let tracks = self.tracked.values_mut().flat_map(|tracked| tracked.services.values_mut());
        tracks.for_each(|track| track.observation.frames.retain(|frame| frame.at <= now));
    }

    /// Takes the windows of the whole fleet as they are now.
    pub fn accept_windows(&mut self, windows: Vec<Window>) {
        self.windows = windows;
    }

    /// Name of an open NoAct window of the whole fleet.
    pub fn no_act(&self, now: DateTime<Utc>) -> Option<String> {
        window::no_act(&self.windows, now).map(|window| window.name.clone())
    }

    /// Takes the policies that exist and are not accepted. Nothing is engaged for them; what they
    /// hold stays until its deadline, since nobody has ordered it back.
    pub fn refuse(&mut self, policies: BTreeSet<PolicyKey>) {
        self.refused = policies;
    }

    /// The accepted policies.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.tracked.values().filter_map(|tracked| tracked.policy.as_ref())
    }

    /// Everything known of every service of every policy.
    pub fn tracks(&self) -> impl Iterator<Item = (&PolicyKey, Option<&Policy>, &ServiceKey, &Track)> {
        self.tracked.iter().flat_map(|(key, tracked)| {
            tracked
                .services
                .iter()
                .map(move |(service, track)| (key, tracked.policy.as_ref(), service, track))
        })
    }

    /// What is known of the services of one policy.
    pub fn services_of(&self, policy: &PolicyKey) -> impl Iterator<Item = (&ServiceKey, &Track)> {
        self.tracked.get(policy).into_iter().flat_map(|tracked| &tracked.services)
    }

    /// Takes in one look at one policy's services at grid instant `at`: judges each reading,
    /// learns from it unless an action is held on the service, and scores the frame.
    pub fn observe(&mut self, policy: &PolicyKey, at: DateTime<Utc>, look: &PolicyLook) {
        let held = self.held_services();
        let make = self.make;
        let fleet_learns = window::may_learn(&self.windows, at);
        let Some(tracked) = self.tracked.get_mut(policy) else { return };
        let Some(spec) = tracked.policy.as_ref() else { return };
        let learns = fleet_learns && window::may_learn(&spec.windows, at);
        for (service, readings) in &look.services {
            tracked.gone.remove(service);
            let track =
                tracked.services.entry(service.clone()).or_insert_with(|| Track::new(service.clone()));
            let spec = spec.meant_for(service);
            track.fit(spec, make, &mut self.recalled);
            track.observe(spec, at, readings, learns && !held.contains(service));
        }
        tracked.gone.extend(look.retired.iter().cloned());
        tracked.services.retain(|service, track| !tracked.gone.contains(service) || track.is_needed());
    }

    /// What the policies in `due` want now, and the orders that need no look: claims whose policy,
    /// tier, service or Decision is gone.
    pub fn propose(&self, now: DateTime<Utc>, due: &BTreeSet<PolicyKey>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for (key, tracked) in &self.tracked {
            for (service, track) in &tracked.services {
                let why = |episode: &Episode| self.lost(now, tracked, service, episode);
                let left = |tier: &str| self.left(key, tracked, service, tier);
                let order = release(key, tracked.policy.as_ref(), service, &track.memory, (why, left));
                let wanted = match &tracked.policy {
                    Some(policy) if due.contains(key) && !tracked.gone.contains(service) => {
                        Some(decide(now, policy, &track.observation, &track.memory))
                    }
                    _ => None,
                };
                proposals.extend(merge(wanted, order));
            }
        }
        proposals
    }

    /// All wishes against the fleet.
    pub fn plan(&self, now: DateTime<Utc>, fleet: &Fleet, proposals: &[Proposal]) -> Plan {
        govern::plan(now, fleet, proposals)
    }

    /// Takes over what the plan remembers, except for the Decisions that could not be stored.
    pub fn commit(&mut self, plan: &Plan, failed: &BTreeSet<String>) {
        for next in &plan.memories {
            let track =
                self.tracked.get_mut(&next.key.policy).and_then(|t| t.services.get_mut(&next.key.service));
            let Some(track) = track else { continue };
            let decisions = plan.decisions.iter().filter(|episode| episode.key == next.key);
            if decisions.clone().any(|episode| failed.contains(&episode.name)) {
                continue;
            }
            for ended in decisions.filter(|_| next.memory.episode.is_none()) {
                self.deleted.remove(&ended.name);
            }
            track.memory.tiers.insert(next.key.tier.clone(), next.memory.clone());
        }
        for tracked in self.tracked.values_mut() {
            tracked.services.retain(|service, track| !tracked.gone.contains(service) || track.is_needed());
        }
        self.tracked.retain(|_, tracked| tracked.policy.is_some() || tracked.is_needed());
    }

    /// The workload of a service is gone, and the service with it.
    pub fn retire(&mut self, service: &ServiceKey) {
        for tracked in self.tracked.values_mut().filter(|tracked| tracked.services.contains_key(service)) {
            tracked.gone.insert(service.clone());
        }
    }

    /// A live Decision was deleted from the store: an order to release.
    pub fn deleted(&mut self, decision: &str) {
        self.deleted.insert(decision.to_string());
    }

    /// All live episodes.
    pub fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.tracks().flat_map(|(_, _, _, track)| track.memory.episodes())
    }

    fn held_services(&self) -> BTreeSet<ServiceKey> {
        let held = self.episodes().filter(|episode| episode.phase.teaches_nothing());
        held.map(|episode| episode.key.service.clone()).collect()
    }

    fn lost(
        &self,
        now: DateTime<Utc>,
        tracked: &Tracked,
        service: &ServiceKey,
        episode: &Episode,
    ) -> Option<Reason> {
        let Some(policy) = &tracked.policy else {
            if self.refused.contains(&episode.key.policy) {
                return self.overdue(now, episode);
            }
            return Some(policy_gone(&episode.key.policy));
        };
        if self.deleted.contains(&episode.name) {
            return Some(Reason::new(Code::DecisionDeleted, "its Decision was deleted: an order to release"));
        }
        tracked.undeclared(policy, service, &episode.key.tier)
    }

    /// Why nobody asks any more for what a tier without an episode asked for.
    fn left(&self, key: &PolicyKey, tracked: &Tracked, service: &ServiceKey, tier: &str) -> Option<Reason> {
        match &tracked.policy {
            Some(policy) => tracked.undeclared(policy, service, tier),
            None => (!self.refused.contains(key)).then(|| policy_gone(key)),
        }
    }
}

fn policy_gone(key: &PolicyKey) -> Reason {
    Reason::new(Code::PolicyGone, format!("policy {key} is gone"))
}

impl Cycle {
    /// Why an episode of a policy that is refused is given back: an order, or its deadline.
    fn overdue(&self, now: DateTime<Utc>, episode: &Episode) -> Option<Reason> {
        if self.deleted.contains(&episode.name) {
            return Some(Reason::new(Code::DecisionDeleted, "its Decision was deleted: an order to release"));
        }
        let over = episode.deadline.is_some_and(|deadline| deadline <= now);
        let over = over || !episode.phase.holds() || episode.phase == Phase::Restoring;
        let message =
            format!("policy {} is not accepted as it is now, and its time is over", episode.key.policy);
        over.then(|| Reason::new(Code::DeadlineReached, message))
    }
}

impl Tracked {
    pub(super) fn empty() -> Self {
        Self { policy: None, services: BTreeMap::new(), gone: BTreeSet::new() }
    }

    fn is_needed(&self) -> bool {
        self.services.values().any(Track::is_needed)
    }

    /// Why a service or a tier is not the policy's business any more.
    fn undeclared(&self, policy: &Policy, service: &ServiceKey, tier: &str) -> Option<Reason> {
        if self.gone.contains(service) || !policy.governs(service) {
            let message = format!("service {service} is not governed any more");
            return Some(Reason::new(Code::ServiceGone, message));
        }
        let message = || format!("tier {tier} is not in the policy any more");
        policy.tier(tier).is_none().then(|| Reason::new(Code::TierGone, message()))
    }
}

/// An order replaces the wish of its tier.
fn merge(wanted: Option<Proposal>, order: Option<Proposal>) -> Option<Proposal> {
    let Some(order) = order else { return wanted };
    let Some(mut wanted) = wanted else { return Some(order) };
    let ordered = |name: &String| order.tiers.iter().any(|tier| tier.tier == *name);
    wanted.tiers.retain(|tier| !ordered(&tier.tier));
    wanted.tiers.extend(order.tiers);
    Some(wanted)
}
