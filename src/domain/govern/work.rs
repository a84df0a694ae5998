//! The plan in the making: the fleet as it will be once what was planned so far is done.

use super::rail::{breaker, ledger};
use super::stand::{self, Stand};
use crate::domain::model::episode::{Episode, HeldFlag, Phase, TierMemory};
use crate::domain::model::flag::{Editor, FlagState, FlagView};
use crate::domain::model::fleet::{Fleet, Holding, LEDGER_MAX, LedgerEntry};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use crate::domain::model::issue::IssuePlan;
use crate::domain::model::plan::{FlagEffect, FlagPlan, Plan, Refusal, TierNext};
use crate::domain::model::proposal::{Mode, Proposal, TierProposal};
use crate::domain::model::rail::BreakerState;
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, Utc};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Working state of one `plan`.
pub struct Work<'a> {
    pub now: DateTime<Utc>,
    pub fleet: &'a Fleet,
    pub holds: BTreeMap<String, FlagHold>,
    pub holding: Vec<Holding>,
    pub ledger: Vec<LedgerEntry>,
    /// Why the ledger as it was found forbids engaging.
    pub ledger_trouble: Option<Reason>,
    /// The breaker's word.
    pub breaker: Option<BreakerState>,
    /// Decisions in phase Blocked.
    pub blocked: BTreeSet<String>,
    /// Decisions that live: their claims count.
    pub live: BTreeSet<String>,
    /// Holds whose flags an episode in phase Acting wants cut. No other flag without our cut is
    /// cut: whoever took the cut off keeps the flag.
    pub cutting: BTreeSet<String>,
    proposals: &'a [Proposal],
    /// By hold name, what the oldest acting policy wants of the flag; found out when first asked.
    eldest: OnceCell<BTreeMap<String, Eldest>>,
    plan: Plan,
}

/// The oldest policy that wants a flag, and the fallback that all others must agree to.
pub struct Eldest {
    pub created: Option<DateTime<Utc>>,
    pub policy: PolicyKey,
    pub fallback: String,
}

impl<'a> Work<'a> {
    /// The fleet as it is, nothing planned yet.
    pub fn new(now: DateTime<Utc>, fleet: &'a Fleet, proposals: &'a [Proposal]) -> Self {
        let proposed = proposals.iter().flat_map(|p| &p.tiers).filter_map(|t| t.memory.episode.as_ref());
        let held = fleet.holding.iter().map(|holding| holding.decision.clone());
        let ledger = ledger::read(now, fleet);
        Self {
            now,
            fleet,
            holds: fleet.holds.clone(),
            holding: fleet.holding.clone(),
            ledger: ledger.entries,
            ledger_trouble: ledger.trouble,
            breaker: breaker::word(now, fleet),
            blocked: fleet.blocked.clone(),
            live: proposed.map(|episode| episode.name.clone()).chain(held).collect(),
            cutting: BTreeSet::new(),
            proposals,
            eldest: OnceCell::new(),
            plan: Plan::default(),
        }
    }

    /// The state of the flag of `hold`, if it could be read.
    pub fn state(&self, hold: &str) -> Option<&'a FlagState> {
        match self.fleet.flags.get(hold) {
            Some(FlagView::Seen(state)) => Some(state),
            _ => None,
        }
    }

    /// How a flag of an episode of `service` stands right now.
    pub fn stand(&self, service: &ServiceKey, held: &HeldFlag) -> Stand {
        match stand::target_of(self.fleet, self.holds.get(&held.hold), service, held) {
            Ok(target) => stand::stand(self.now, self.fleet, &target, &held.hold),
            Err(stand) => stand,
        }
    }

    /// How the flag of a hold stands right now.
    pub fn stand_of(&self, name: &str, hold: &FlagHold) -> Stand {
        stand::stand(self.now, self.fleet, &hold.target, name)
    }

    /// What keeps a held flag that stands so from standing otherwise, as far as it is known.
    pub fn obstacle(&self, held: &HeldFlag, stand: &Stand) -> Option<Reason> {
        let refused = || self.state(&held.hold)?.trouble.clone();
        stand.obstacle().cloned().or_else(refused)
    }

    /// Who changed a held flag last, if it was somebody else and the store tells.
    pub fn editor(&self, held: &HeldFlag) -> Option<&'a Editor> {
        self.state(&held.hold)?.editor.as_ref()
    }

    /// Why an episode's flag is not the one that its provider names any more: it is given back
    /// where it is, and a new episode takes the other one.
    pub fn renamed(&self, service: &ServiceKey, held: &HeldFlag) -> Option<Reason> {
        let facts = self.fleet.providers.get(&held.provider)?;
        if facts.target(service, &held.key).hold_name() == held.hold {
            return None;
        }
        let message = format!("FlagProvider {} keeps flag {} in another object now", held.provider, held.key);
        Some(Reason::new(Code::ProviderChanged, message))
    }

    /// The oldest policy that wants the flag of `hold`.
    pub fn eldest(&self, hold: &str) -> Option<&Eldest> {
        self.eldest.get_or_init(|| eldest(self.fleet, self.proposals)).get(hold)
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
                first_cut: episode.first_cut,
            });
        }
        match episode.phase {
            Phase::Blocked => drop(self.blocked.insert(episode.name.clone())),
            _ => drop(self.blocked.remove(&episode.name)),
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

    /// What the tiers for which `wanted` holds are to remember, as it is planned so far.
    pub fn planned(&self, wanted: impl Fn(&TierKey) -> bool) -> Vec<(TierKey, TierMemory)> {
        let mine = self.plan.memories.iter().filter(|next| wanted(&next.key));
        mine.map(|next| (next.key.clone(), next.memory.clone())).collect()
    }

    /// Plans a tier's memory and its live episode anew.
    pub fn replan(&mut self, key: TierKey, memory: TierMemory, episode: Option<Episode>) {
        let decisions = self.plan.decisions.iter_mut();
        if let Some(planned) = &episode
            && let Some(known) = decisions.rev().find(|known| known.name == planned.name)
        {
            known.clone_from(planned);
        }
        if let Some(known) = self.plan.memories.iter_mut().rev().find(|known| known.key == key) {
            known.memory = TierMemory { episode, ..memory };
        }
    }

    /// Plans what issues shall be.
    pub fn ask_for(&mut self, issues: Vec<IssuePlan>) {
        self.plan.issues = issues;
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

    /// Enters an engagement in the ledger, once: an entry that a crash left behind is the same one.
    pub fn spend(&mut self, decision: &str) {
        if self.ledger.iter().any(|entry| entry.decision == decision) {
            return;
        }
        self.ledger.push(LedgerEntry { at: self.now, decision: decision.to_string() });
        let excess = self.ledger.len().saturating_sub(LEDGER_MAX);
        self.ledger.drain(..excess);
    }

    /// The plan: what was decided, and each hold with the one effect that follows from its claims.
    pub fn into_plan(mut self) -> Plan {
        let flags: Vec<FlagPlan> = self.holds.iter().map(|(name, hold)| self.flag_plan(name, hold)).collect();
        let flags = in_order(flags, &self.plan.decisions);
        self.plan.storm = storm(&self.plan.refusals);
        self.plan.breaker = self.breaker_record();
        self.plan.flags = flags;
        if self.ledger != self.fleet.ledger {
            self.plan.ledger = Some(self.ledger);
        }
        self.plan
    }

    /// The breaker's word as it shall be stored, if that is news.
    fn breaker_record(&self) -> Option<BreakerState> {
        let mut word = self.breaker.clone()?;
        let refused = self
            .plan
            .refusals
            .iter()
            .filter(|refusal| refusal.reasons.iter().any(|reason| reason.code == Code::BreakerOpen));
        word.refused = word.refused.max(u32::try_from(refused.count()).unwrap_or(u32::MAX));
        (self.fleet.breaker.as_ref() != Some(&word)).then_some(word)
    }

    fn flag_plan(&self, name: &str, hold: &FlagHold) -> FlagPlan {
        let stand = self.stand_of(name, hold);
        let claimed = !hold.claims.is_empty();
        let effect = match (&stand, hold.wants_cut()) {
            (Stand::Cut, true) => FlagEffect::Cut,
            (Stand::Free, true) if self.cutting.contains(name) => FlagEffect::Cut,
            (Stand::Cut | Stand::Edited(_), false) => FlagEffect::Original,
            (Stand::Free, false) if claimed => FlagEffect::Original,
            _ => FlagEffect::LeaveAlone,
        };
        let mut hold = hold.clone();
        if claimed {
            hold.deadline = FlagHold::latest_deadline(&hold.claims);
        }
        FlagPlan {
            name: name.to_string(),
            target: hold.target.clone(),
            hold,
            effect,
            release: !claimed && stand.is_off(),
        }
    }
}

/// Cuts in the order of the tier's actions, restores in the reverse order; other holds last.
fn in_order(mut flags: Vec<FlagPlan>, decisions: &[Episode]) -> Vec<FlagPlan> {
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (number, episode) in decisions.iter().enumerate() {
        let back = matches!(episode.phase, Phase::Probing | Phase::Restoring | Phase::Ended);
        for (index, held) in episode.flags.iter().enumerate() {
            let place = if back { episode.flags.len() - index } else { index };
            places.entry(&held.hold).or_insert((number, place));
        }
    }
    flags.sort_by_key(|flag| places.get(flag.name.as_str()).copied().unwrap_or((usize::MAX, 0)));
    flags
}

/// Engagements refused together by what many services share: one reason with their count.
fn storm(refusals: &[Refusal]) -> Option<Reason> {
    let shared = |code: Code| matches!(code, Code::BreakerOpen | Code::BudgetExceeded | Code::BudgetMissing);
    let refused = refusals.iter().filter_map(|refusal| refusal.reasons.iter().find(|r| shared(r.code)));
    let all: Vec<&Reason> = refused.collect();
    let first = all.first().filter(|_| all.len() > 1)?;
    Some(Reason::new(Code::Storm, format!("{} engagements refused: {}", all.len(), first.message)))
}

fn eldest(fleet: &Fleet, proposals: &[Proposal]) -> BTreeMap<String, Eldest> {
    let mut eldest: BTreeMap<String, Eldest> = BTreeMap::new();
    let tiers = proposals.iter().flat_map(|proposal| proposal.tiers.iter().map(move |tier| (proposal, tier)));
    for (proposal, tier) in tiers.filter(|(_, tier)| tier.terms.mode != Mode::Observe) {
        for wish in &tier.terms.wishes {
            let Some(facts) = fleet.providers.get(&wish.provider) else { continue };
            let hold = facts.target(&proposal.service, &wish.key).hold_name();
            let is_older =
                |known: &Eldest| (proposal.created, &proposal.policy) < (known.created, &known.policy);
            if eldest.get(&hold).is_none_or(is_older) {
                let (created, policy) = (proposal.created, proposal.policy.clone());
                eldest.insert(hold, Eldest { created, policy, fallback: wish.fallback.clone() });
            }
        }
    }
    eldest
}
