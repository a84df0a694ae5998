//! Beginning an episode: observe, refuse, or engage.

use super::claim;
use super::rails;
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, Phase};
use crate::domain::model::flag::{FlagView, FlagWish, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::id::{TierKey, decision_name};
use crate::domain::model::proposal::{Mode, Proposal, TierProposal, Want};
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// A tier without a live episode.
pub fn consider(work: &mut Work, proposal: &Proposal, tier: &TierProposal) {
    let key = key_of(proposal, tier);
    if tier.want != Want::Engage {
        return work.remember(key, tier.memory.clone());
    }
    let mut memory = tier.memory.clone();
    memory.ordinal += 1;
    let mut episode = newborn(work, proposal, tier, key.clone(), memory.ordinal);
    if tier.terms.mode != Mode::Enforce {
        episode.enter(
            work.now,
            Phase::WouldAct,
            with(&tier.reasons, Code::Observing, "mode Observe: nothing is done"),
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
    let mut refused = rails::budgets(work, &proposal.service);
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
    episode.flags = flags;
    episode.first_cut = Some(work.now);
    episode.deadline =
        Some(work.now + TimeDelta::from_std(tier.terms.max_duration).unwrap_or(TimeDelta::hours(24)));
    episode.enter(work.now, Phase::Acting, tier.reasons.clone());
    claim::enter(work, episode, tier.terms.keep, |_| true);
    work.spend(&episode.name);
    Ok(())
}

fn claimable(work: &Work, proposal: &Proposal, wish: &FlagWish) -> Result<HeldFlag, Reason> {
    let refuse = |code, message: String| Err(Reason::new(code, message));
    let Some(facts) = work.fleet.providers.get(&wish.provider) else {
        return refuse(Code::ProviderRefused, format!("FlagProvider {} is not declared", wish.provider));
    };
    if !facts.allows(&proposal.service, &wish.key) {
        let who = &proposal.service.namespace;
        let message =
            format!("FlagProvider {} does not allow key {} to namespace {who}", wish.provider, wish.key);
        return refuse(Code::ProviderRefused, message);
    }
    let hold = facts.target(&wish.key).hold_name();
    let held = |before: String| HeldFlag {
        action: wish.action.clone(),
        provider: wish.provider.clone(),
        key: wish.key.clone(),
        fallback: wish.fallback.clone(),
        hold: hold.clone(),
        before,
    };
    let state = match work.view(&hold) {
        None => return refuse(Code::ProviderUnavailable, format!("flag {} was not looked at", wish.key)),
        Some(FlagView::Unreadable(reason)) => return Err(reason.clone()),
        Some(FlagView::Gone) => {
            return refuse(Code::FlagMissing, format!("flag {} does not exist", wish.key));
        }
        Some(FlagView::Seen(state)) => state,
    };
    if let Some(stored) = work.holds.get(&hold) {
        meets(stored, proposal, wish)?;
        return Ok(held(stored.pre_image.clone()));
    }
    match &state.standing {
        Standing::AtFallback => refuse(
            Code::AlreadyAtFallback,
            format!("flag {} serves {} already: nothing to cut, nothing to restore", wish.key, wish.fallback),
        ),
        Standing::Refused(reason) => Err(reason.clone()),
        Standing::Free if state.document.len() > PRE_IMAGE_MAX => refuse(
            Code::PreImageTooLarge,
            format!(
                "flag {} is {} bytes, more than {PRE_IMAGE_MAX} can be kept",
                wish.key,
                state.document.len()
            ),
        ),
        Standing::Free => Ok(held(state.document.clone())),
        Standing::Cut { .. } | Standing::CutAndEdited(_) | Standing::Foreign(_) => refuse(
            Code::FlagRefused,
            format!("flag {} carries a cut that no FlagHold knows; remove it by hand", wish.key),
        ),
    }
}

/// Whether a wish may join a hold that exists.
fn meets(stored: &FlagHold, proposal: &Proposal, wish: &FlagWish) -> Result<(), Reason> {
    let others: Vec<String> = stored.claims.iter().map(|claim| claim.key.to_string()).collect();
    if stored.fallback != wish.fallback {
        let message = format!(
            "flag {} is held at {} by {}; this tier wants {}",
            wish.key,
            stored.fallback,
            others.join(", "),
            wish.fallback
        );
        return Err(Reason::new(Code::ClaimConflict, message));
    }
    let other_service = stored.claims.iter().any(|claim| claim.key.service != proposal.service);
    if other_service && !wish.per_service && !wish.shared {
        let message = format!("flag {} serves several services; say shared: true if that is meant", wish.key);
        return Err(Reason::new(Code::NotShared, message));
    }
    Ok(())
}

fn newborn(work: &Work, proposal: &Proposal, tier: &TierProposal, key: TierKey, ordinal: u64) -> Episode {
    let flags = tier.terms.wishes.iter().map(|wish| HeldFlag {
        action: wish.action.clone(),
        provider: wish.provider.clone(),
        key: wish.key.clone(),
        fallback: wish.fallback.clone(),
        hold: work
            .fleet
            .providers
            .get(&wish.provider)
            .map_or_else(String::new, |f| f.target(&wish.key).hold_name()),
        before: String::new(),
    });
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
        deadline: Some(
            work.now + TimeDelta::from_std(tier.terms.max_duration).unwrap_or(TimeDelta::hours(24)),
        ),
        outcome: None,
        relapses: 0,
        flags: flags.collect(),
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
