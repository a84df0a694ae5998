//! Beginning an episode: observe, refuse, or engage.

use super::claim::{self, Want as Claims};
use super::rails;
use super::stand::Stand;
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, Phase};
use crate::domain::model::flag::{FlagWish, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::id::{ServiceKey, TierKey, decision_name};
use crate::domain::model::proposal::{Mode, Proposal, TierProposal, Want};
use crate::domain::model::provider::Plea;
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};

/// A tier without a live episode.
pub fn consider(work: &mut Work, proposal: &Proposal, tier: &TierProposal) {
    let key = key_of(proposal, tier);
    if tier.want != Want::Engage {
        return work.remember(key, tier.memory.clone());
    }
    let mut memory = tier.memory.clone();
    memory.ordinal += 1;
    let mut episode = newborn(work, proposal, tier, memory.ordinal);
    if tier.terms.mode != Mode::Enforce {
        episode.enter(
            work.now,
            Phase::WouldAct,
            with(&tier.reasons, Code::Observing, "nothing is done: the tier does not enforce"),
        );
        return work.keep(key, memory, episode);
    }
    if tier.terms.wishes.is_empty() {
        episode.enter(work.now, Phase::Open, tier.reasons.clone());
        return work.keep(key, memory, episode);
    }
    if let Some(reason) = rails::fleet_wide(work) {
        work.refuse(proposal, tier, vec![reason]);
        return work.remember(key, tier.memory.clone());
    }
    match engage(work, proposal, tier, &mut episode) {
        Ok(()) => work.keep(key, memory, episode),
        Err(reasons) if reasons.iter().all(|r| r.code == Code::AlreadyAtFallback) => {
            work.refuse(proposal, tier, reasons);
            work.remember(key, tier.memory.clone());
        }
        Err(reasons) => {
            let reasons = tier.reasons.iter().cloned().chain(reasons).collect();
            episode.enter(work.now, Phase::Blocked, reasons);
            work.keep(key, memory, episode);
        }
    }
}

/// Takes the episode into phase Acting with its claims entered, if every rail allows it.
///
/// # Errors
/// Every reason that refuses it.
pub fn engage(
    work: &mut Work,
    proposal: &Proposal,
    tier: &TierProposal,
    episode: &mut Episode,
) -> Result<(), Vec<Reason>> {
    let mut refused = rails::budgets(work, &proposal.service, &episode.name);
    let mut flags = Vec::new();
    for wish in &tier.terms.wishes {
        match claimable(work, proposal, wish) {
            Ok(held) => flags.push(held),
            Err(reason) => refused.push(reason),
        }
    }
    let idle = |reason: &Reason| reason.code == Code::AlreadyAtFallback;
    if flags.is_empty() || !refused.iter().all(idle) {
        return Err(refused);
    }
    let owners = owners(work, &flags);
    episode.flags = flags;
    episode.first_cut = Some(work.now);
    episode.deadline = deadline(work, tier);
    episode.enter(work.now, Phase::Acting, tier.reasons.iter().cloned().chain(owners).collect());
    claim::enter(work, episode, tier.terms.keep, Claims::CutNext);
    work.spend(&episode.name);
    Ok(())
}

/// A warning for each flag whose object a GitOps tool owns.
fn owners(work: &Work, flags: &[HeldFlag]) -> Vec<Reason> {
    let owned = flags.iter().filter_map(|held| Some((&held.key, work.state(&held.hold)?.owner.as_ref()?)));
    let warning = |(key, owner): (&String, &String)| {
        let message = format!(
            "{owner} owns the object of flag {key} and may undo the cut, which ends it as Superseded; let \
             it ignore the flag, or keep the flag in an object that it does not own"
        );
        Reason::new(Code::OwnedElsewhere, message)
    };
    owned.map(warning).collect()
}

/// The flag of one wish with its original, if it may be claimed.
fn claimable(work: &Work, proposal: &Proposal, wish: &FlagWish) -> Result<HeldFlag, Reason> {
    let refuse = |code, message: String| Err(Reason::new(code, message));
    let Some(facts) = work.fleet.providers.get(&wish.provider) else {
        return refuse(Code::ProviderRefused, format!("FlagProvider {} is not declared", wish.provider));
    };
    let labels = work.fleet.namespaces.get(&proposal.service.namespace);
    facts.permits(&Plea { policy: &proposal.policy, service: &proposal.service, labels, key: &wish.key })?;
    let mut held = held_flag(work, &proposal.service, wish);
    agrees(work, proposal, wish, &held.hold)?;
    let stand = work.stand(&proposal.service, &held);
    if let Some(obstacle) = stand.obstacle() {
        return Err(obstacle.clone());
    }
    held.before = match work.holds.get(&held.hold) {
        Some(stored) => {
            may_join(work, stored, proposal, wish, &held.hold, &stand)?;
            stored.pre_image.clone()
        }
        None => uncut(work, wish, &held.hold)?,
    };
    Ok(held)
}

/// Whether an older policy wants another fallback of the same flag.
fn agrees(work: &Work, proposal: &Proposal, wish: &FlagWish, hold: &str) -> Result<(), Reason> {
    match work.eldest(hold) {
        Some(eldest) if eldest.policy != proposal.policy && eldest.fallback != wish.fallback => {
            let message = format!(
                "flag {} belongs at {} for the older policy {}; this tier wants {}",
                wish.key, eldest.fallback, eldest.policy, wish.fallback
            );
            Err(Reason::new(Code::ClaimConflict, message))
        }
        _ => Ok(()),
    }
}

/// The present document of a flag that nobody holds, if it can be cut.
fn uncut(work: &Work, wish: &FlagWish, hold: &str) -> Result<String, Reason> {
    let refuse = |code, message: String| Err(Reason::new(code, message));
    let key = &wish.key;
    let Some(state) = work.state(hold) else {
        return refuse(Code::FlagMissing, format!("flag {key} does not exist"));
    };
    let size = state.document.len();
    match &state.standing {
        Standing::AtFallback => {
            let message = format!("flag {key} serves {} already: nothing to cut or restore", wish.fallback);
            refuse(Code::AlreadyAtFallback, message)
        }
        Standing::Refused(reason) => Err(reason.clone()),
        Standing::Free if size > PRE_IMAGE_MAX => {
            let message = format!("flag {key} is {size} bytes, more than {PRE_IMAGE_MAX} can be kept");
            refuse(Code::PreImageTooLarge, message)
        }
        Standing::Free => Ok(state.document.clone()),
        Standing::Cut { .. } | Standing::CutAndEdited(_) | Standing::Foreign(_) => {
            let message = format!("flag {key} carries a cut that no FlagHold knows; remove it by hand");
            refuse(Code::FlagRefused, message)
        }
    }
}

/// Whether a wish may join a hold that exists: the same fallback, a flag meant to be shared, and
/// nobody's edit in between.
fn may_join(
    work: &Work,
    stored: &FlagHold,
    proposal: &Proposal,
    wish: &FlagWish,
    hold: &str,
    stand: &Stand,
) -> Result<(), Reason> {
    let refuse = |code, message: String| Err(Reason::new(code, message));
    let key = &wish.key;
    let others: Vec<String> = stored.claims.iter().map(|claim| claim.key.to_string()).collect();
    let others = if others.is_empty() { "an action that is ending".to_string() } else { others.join(", ") };
    if stored.fallback != wish.fallback {
        let (theirs, ours) = (&stored.fallback, &wish.fallback);
        let message = format!("flag {key} is held at {theirs} by {others}; this tier wants {ours}");
        return refuse(Code::ClaimConflict, message);
    }
    if !wish.shared && stored.claims.iter().any(|claim| claim.key.service != proposal.service) {
        let message = format!("flag {key} is held for another service; say shared: true if that is meant");
        return refuse(Code::NotShared, message);
    }
    let settled = work.cutting.contains(hold) || !stored.wants_cut();
    match stand {
        Stand::Cut => Ok(()),
        Stand::Free if settled => Ok(()),
        Stand::Gone => refuse(Code::FlagMissing, format!("flag {key} was deleted or made anew")),
        _ => refuse(Code::ForeignEdit, format!("flag {key} is held by {others}, and was changed since")),
    }
}

fn held_flag(work: &Work, service: &ServiceKey, wish: &FlagWish) -> HeldFlag {
    let facts = work.fleet.providers.get(&wish.provider);
    HeldFlag {
        action: wish.action.clone(),
        provider: wish.provider.clone(),
        key: wish.key.clone(),
        fallback: wish.fallback.clone(),
        hold: facts.map_or_else(String::new, |facts| facts.target(service, &wish.key).hold_name()),
        before: String::new(),
    }
}

fn deadline(work: &Work, tier: &TierProposal) -> Option<DateTime<Utc>> {
    let length = TimeDelta::from_std(tier.terms.max_duration).ok();
    length.and_then(|length| work.now.checked_add_signed(length)).or(Some(work.now))
}

fn newborn(work: &Work, proposal: &Proposal, tier: &TierProposal, ordinal: u64) -> Episode {
    let key = key_of(proposal, tier);
    Episode {
        name: decision_name(&proposal.policy_uid, &key, ordinal),
        key,
        policy_uid: proposal.policy_uid.clone(),
        ordinal,
        level: tier.level.clone(),
        started: work.now,
        phase: Phase::WouldAct,
        since: work.now,
        first_cut: None,
        deadline: deadline(work, tier),
        outcome: None,
        relapses: 0,
        flags: tier.terms.wishes.iter().map(|wish| held_flag(work, &proposal.service, wish)).collect(),
        reasons: Vec::new(),
        transitions: Vec::new(),
    }
}

/// Which tier of which policy and service a proposal speaks of.
pub fn key_of(proposal: &Proposal, tier: &TierProposal) -> TierKey {
    TierKey { policy: proposal.policy.clone(), service: proposal.service.clone(), tier: tier.tier.clone() }
}

fn with(reasons: &[Reason], code: Code, message: &str) -> Vec<Reason> {
    reasons.iter().cloned().chain([Reason::new(code, message)]).collect()
}
