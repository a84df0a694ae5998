//! The plan in the making: the fleet as it will be once what was planned so far is done.

use crate::domain::model::episode::{Episode, Phase, TierMemory};
use crate::domain::model::flag::{FlagState, FlagView, Standing};
use crate::domain::model::fleet::{Fleet, Holding, LEDGER_MAX, LedgerEntry};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::TierKey;
use crate::domain::model::plan::{FlagEffect, FlagPlan, Plan, Refusal, TierNext};
use crate::domain::model::proposal::{Proposal, TierProposal};
use crate::domain::model::reason::Reason;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Working state of one `plan`.
pub struct Work<'a> {
    pub now: DateTime<Utc>,
    pub fleet: &'a Fleet,
    pub holds: BTreeMap<String, FlagHold>,
    pub holding: Vec<Holding>,
    pub ledger: Vec<LedgerEntry>,
    /// Decisions that live: their claims count.
    pub live: BTreeSet<String>,
    plan: Plan,
}

impl<'a> Work<'a> {
    pub fn new(now: DateTime<Utc>, fleet: &'a Fleet, proposals: &[Proposal]) -> Self {
        let proposed = proposals.iter().flat_map(|p| &p.tiers).filter_map(|t| t.memory.episode.as_ref());
        let held = fleet.holding.iter().map(|holding| holding.decision.clone());
        Self {
            now,
            fleet,
            holds: fleet.holds.clone(),
            holding: fleet.holding.clone(),
            ledger: fleet.ledger.clone(),
            live: proposed.map(|episode| episode.name.clone()).chain(held).collect(),
            plan: Plan::default(),
        }
    }

    /// How the flag of `hold` stands right now; None if it was not looked at.
    pub fn view(&self, hold: &str) -> Option<&FlagView> {
        self.fleet.flags.get(hold)
    }

    /// The state of the flag of `hold`, if it could be read.
    pub fn state(&self, hold: &str) -> Option<&FlagState> {
        match self.view(hold) {
            Some(FlagView::Seen(state)) => Some(state),
            _ => None,
        }
    }

    /// Stores an episode and what its tier remembers.
    pub fn keep(&mut self, key: TierKey, mut memory: TierMemory, episode: Episode) {
        let ended = episode.phase == Phase::Ended;
        self.holding.retain(|holding| holding.decision != episode.name);
        if episode.phase.holds() {
            self.holding.push(Holding {
                decision: episode.name.clone(),
                policy: key.policy.clone(),
                service: key.service.clone(),
            });
        }
        if ended {
            self.live.remove(&episode.name);
            memory.episode = None;
        } else {
            self.live.insert(episode.name.clone());
            memory.episode = Some(episode.clone());
        }
        self.plan.decisions.push(episode);
        self.remember(key, memory);
    }

    /// Stores what a tier remembers.
    pub fn remember(&mut self, key: TierKey, memory: TierMemory) {
        self.plan.memories.push(TierNext { key, memory });
    }

    /// Notes what was wanted and refused without a Decision.
    pub fn refuse(&mut self, proposal: &Proposal, tier: &TierProposal, reasons: Vec<Reason>) {
        self.plan.refusals.push(Refusal {
            policy: proposal.policy.clone(),
            service: proposal.service.clone(),
            tier: tier.tier.clone(),
            reasons,
        });
    }

    /// Enters an engagement in the ledger.
    pub fn spend(&mut self, decision: &str) {
        self.ledger.push(LedgerEntry { at: self.now, decision: decision.to_string() });
        let excess = self.ledger.len().saturating_sub(LEDGER_MAX);
        self.ledger.drain(..excess);
    }

    /// The plan: what was decided, and each hold with the one effect that follows from its claims.
    pub fn into_plan(mut self) -> Plan {
        let flags: Vec<FlagPlan> = self.holds.iter().map(|(name, hold)| self.flag_plan(name, hold)).collect();
        self.plan.flags = flags;
        if self.ledger != self.fleet.ledger {
            self.plan.ledger = Some(self.ledger);
        }
        self.plan
    }

    fn flag_plan(&self, name: &str, hold: &FlagHold) -> FlagPlan {
        let standing = self.state(name).map(|state| &state.standing);
        let foreign =
            matches!(standing, Some(Standing::Foreign(_) | Standing::Refused(_) | Standing::AtFallback));
        let ours = matches!(standing, Some(Standing::Cut { .. } | Standing::CutAndEdited(_)));
        let unclaimed = hold.claims.is_empty();
        let effect = match () {
            () if foreign || (unclaimed && !ours) => FlagEffect::LeaveAlone,
            () if hold.wants_cut() => FlagEffect::Cut,
            () => FlagEffect::Original,
        };
        let mut hold = hold.clone();
        if !unclaimed {
            hold.deadline = FlagHold::latest_deadline(&hold.claims);
        }
        FlagPlan {
            name: name.to_string(),
            target: hold.target.clone(),
            effect,
            release: unclaimed
                && !ours
                && self.view(name).is_some_and(|v| !matches!(v, FlagView::Unreadable(_))),
            hold,
        }
    }
}
