//! The world that a replay acts on: holds, flags, Decisions and the ledger, in memory.
//!
//! Owns what `apply` and the stores are to the governor that runs: targets are brought about one
//! step a round, and read back by the next. Nothing in it fails. A flag is what the setting says
//! of it, or one that exists and can be cut.

use super::setting::Setting;
use crate::app::cycle::asked::asked;
use crate::app::cycle::state::Cycle;
use crate::domain::model::episode::Episode;
use crate::domain::model::flag::{FlagState, FlagView, Standing};
use crate::domain::model::fleet::{Fleet, Governor, LedgerEntry};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::issue::{Answer, IssuePlan, IssueStanding, IssueTarget, IssueView, Seen};
use crate::domain::model::plan::{FlagEffect, FlagPlan, Plan};
use crate::domain::model::proposal::Proposal;
use crate::domain::model::provider::ProviderFacts;
use crate::domain::model::rail::{BreakerState, Pauses};
use crate::domain::model::tracker::TrackerFacts;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What the governor of the past stands before.
#[derive(Debug, Clone, Default)]
pub struct World {
    installation: String,
    governor: Option<Governor>,
    providers: BTreeMap<String, ProviderFacts>,
    /// Flags that are known to stand otherwise than free, or whose document is known; by hold name.
    known: BTreeMap<String, FlagView>,
    /// Live and ended, by name.
    pub decisions: BTreeMap<String, Episode>,
    holds: BTreeMap<String, FlagHold>,
    /// Flags that are cut, by hold name: until when.
    cuts: BTreeMap<String, Option<DateTime<Utc>>>,
    ledger: Vec<LedgerEntry>,
    breaker: Option<BreakerState>,
    trackers: BTreeMap<String, TrackerFacts>,
    /// What trackers would show, by fingerprint.
    issues: BTreeMap<String, IssueView>,
}

/// What one plan changed.
#[derive(Debug, Default)]
pub struct Applied {
    /// The world is to be read again before it is planned on.
    pub changed: bool,
    /// Decisions as they stand now, in the order of the plan.
    pub stored: Vec<Episode>,
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(setting: &Setting) -> Self {
        Self {
            installation: setting.installation.clone(),
            governor: setting.governor.clone(),
            providers: setting.all_providers(),
            known: setting.flags.clone(),
            trackers: setting.all_trackers(),
            ..Self::default()
        }
    }

    /// Everything shared, as it is now.
    pub fn fleet(&self, now: DateTime<Utc>, cycle: &Cycle, looks_only: bool, wishes: &[Proposal]) -> Fleet {
        let mut fleet = Fleet {
            installation: self.installation.clone(),
            governor: self.governor.clone(),
            providers: self.providers.clone(),
            holds: self.holds.clone(),
            flags: BTreeMap::new(),
            served: BTreeMap::new(),
            holding: cycle.holding(),
            verdicts: cycle.verdicts(now),
            ledger: self.ledger.clone(),
            starting_up: looks_only,
            namespaces: BTreeMap::new(),
            pauses: Pauses::default(),
            no_act: cycle.no_act(now),
            breaker: self.breaker.clone(),
            approvals: Vec::new(),
            uids: self.decisions.keys().map(|name| (name.clone(), name.clone())).collect(),
            blocked: cycle.blocked(),
            trackers: self.trackers.clone(),
            issues: self.issues.clone(),
        };
        for (target, fallback) in asked(&fleet, wishes) {
            let name = target.hold_name();
            let view = self.view(&name, &fallback);
            fleet.flags.insert(name, view);
        }
        fleet
    }

    fn view(&self, name: &str, fallback: &str) -> FlagView {
        let known = self.known.get(name);
        match self.cuts.get(name) {
            Some(until) => {
                let held = self.holds.get(name);
                let fallback = held.map_or(fallback, |hold| hold.fallback.as_str()).to_string();
                let standing = Standing::Cut { fallback, until: *until };
                FlagView::Seen(FlagState { standing, ..state(known) })
            }
            None => known.cloned().unwrap_or_else(|| FlagView::Seen(state(None))),
        }
    }

    /// Brings about what the plan says, as far as one round does.
    pub fn apply(&mut self, plan: &Plan, fleet: &Fleet) -> Applied {
        let mut applied = Applied::default();
        if let Some(ledger) = &plan.ledger {
            self.ledger = ledger.clone();
            applied.changed = true;
        }
        if plan.breaker.is_some() && plan.breaker != self.breaker {
            self.breaker = plan.breaker.clone();
            applied.changed = true;
        }
        for episode in &plan.decisions {
            if self.decisions.get(&episode.name) != Some(episode) {
                self.decisions.insert(episode.name.clone(), episode.clone());
                applied.stored.push(episode.clone());
                applied.changed = true;
            }
        }
        for flag in &plan.flags {
            applied.changed |= self.one_flag(flag, fleet);
        }
        for issue in &plan.issues {
            applied.changed |= self.one_issue(issue);
        }
        applied
    }

    /// An issue of which nobody but us knows: it is what it was last asked to be.
    fn one_issue(&mut self, plan: &IssuePlan) -> bool {
        let count = self.issues.len() as u64;
        let known = self.issues.get(&plan.issue.fingerprint);
        let before = known.and_then(|view| match &view.answer {
            Answer::Seen(seen) => Some(seen.clone()),
            Answer::Trouble(_) => None,
        });
        let number = before.as_ref().map_or(count + 1, |seen| seen.number);
        let standing = match (plan.target, before.map(|seen| seen.standing)) {
            (IssueTarget::Open, _) => IssueStanding::Open,
            (IssueTarget::Closed, _) => IssueStanding::ClosedByUs,
            (IssueTarget::Keep | IssueTarget::Left, standing) => standing.unwrap_or(IssueStanding::Gone),
        };
        let seen = Seen { number, url: String::new(), standing };
        let (occasion, weight) = (plan.issue.occasion.clone(), plan.issue.weight);
        let view = IssueView { occasion, target: plan.target, weight, answer: Answer::Seen(seen) };
        let changed = self.issues.get(&plan.issue.fingerprint) != Some(&view);
        self.issues.insert(plan.issue.fingerprint.clone(), view);
        changed
    }

    fn one_flag(&mut self, flag: &FlagPlan, fleet: &Fleet) -> bool {
        if flag.release {
            return self.holds.remove(&flag.name).is_some();
        }
        let mut changed = self.holds.get(&flag.name) != Some(&flag.hold);
        if changed {
            self.holds.insert(flag.name.clone(), flag.hold.clone());
        }
        let Some(FlagView::Seen(state)) = fleet.flags.get(&flag.name) else { return changed };
        match (&flag.effect, &state.standing) {
            (FlagEffect::Cut, Standing::Free) => {
                self.cuts.insert(flag.name.clone(), flag.hold.deadline);
                changed = true;
            }
            (FlagEffect::Cut, Standing::Cut { until, .. }) if *until != flag.hold.deadline => {
                let facts = self.providers.get(&flag.target.provider);
                if facts.is_some_and(|facts| facts.capabilities.self_ending) {
                    self.cuts.insert(flag.name.clone(), flag.hold.deadline);
                    changed = true;
                }
            }
            (FlagEffect::Original, Standing::Cut { .. }) => {
                self.cuts.remove(&flag.name);
                changed = true;
            }
            _ => {}
        }
        changed
    }
}

/// A flag that exists and can be cut.
fn state(known: Option<&FlagView>) -> FlagState {
    match known {
        Some(FlagView::Seen(state)) => state.clone(),
        _ => FlagState::plain(String::new(), Standing::Free),
    }
}
