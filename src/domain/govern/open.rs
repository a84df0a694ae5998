//! Beginning an episode: observe, refuse, or engage.

use super::claim::{self, Want as Claims};
use super::effect;
use super::rail::{budget, order};
use super::stand::Stand;
use super::work::Work;
use crate::domain::model::episode::{Ask, Episode, HeldFlag, Phase, TierMemory};
use crate::domain::model::flag::{FlagWish, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::id::{ServiceKey, TierKey, decision_name};
use crate::domain::model::proposal::{Mode, Proposal, TierProposal, Want};
use crate::domain::model::provider::{KIND, Plea, undeclared};
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};

/// Most Decisions that are Blocked by budgets of many services at once; more are a storm.
const BLOCKED_MAX: usize = 5;

/// Why an episode may not begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refused {
    pub reasons: Vec<Reason>,
    /// Nothing but budgets that many services share.
    pub shared_only: bool,
}

/// A tier without a live episode.
pub fn consider(work: &mut Work, proposal: &Proposal, tier: &TierProposal) {
    let key = key_of(proposal, tier);
    if tier.want != Want::Engage {
        return work.remember(key, tier.memory.clone());
    }
    let mut memory = tier.memory.clone();
    memory.ordinal += 1;
    let mut episode = newborn(work, proposal, tier, memory.ordinal);
    if tier.terms.mode == Mode::Observe {
        let observing = "nothing is done: the tier only observes";
        episode.enter(work.now, Phase::WouldAct, with(&tier.reasons, Code::Observing, observing));
        return work.keep(key, memory, episode);
    }
    if tier.terms.wishes.is_empty() {
        match tier.terms.mode {
            Mode::Approve if !tier.terms.issues.is_empty() => ask(work, tier, &mut episode, Vec::new()),
            _ => episode.enter(work.now, Phase::Open, tier.reasons.clone()),
        }
        return work.keep(key, memory, episode);
    }
    if let Some(reason) = lost(work, &key) {
        // Whatever ended it, nobody remembers that it was to rest.
        let memory = TierMemory { cooldown_until: rested(work, tier), ..tier.memory.clone() };
        work.refuse(proposal, tier, vec![reason]);
        return work.remember(key, memory);
    }
    let refused = match order::refusal(work, proposal) {
        Some(reason) => vec![reason],
        None => match begin(work, proposal, tier, &mut episode) {
            Ok(()) => return work.keep(key, memory, episode),
            Err(refused) if has_a_record(work, &refused) => {
                let reasons = tier.reasons.iter().cloned().chain(refused.reasons).collect();
                episode.enter(work.now, Phase::Blocked, reasons);
                return work.keep(key, memory, episode);
            }
            Err(refused) => refused.reasons,
        },
    };
    work.refuse(proposal, tier, refused);
    work.remember(key, tier.memory.clone());
}

/// Whether a refusal gets a Decision of its own: not where there is nothing to do, and not one of
/// a storm.
fn has_a_record(work: &Work, refused: &Refused) -> bool {
    let something = refused.reasons.iter().any(|reason| reason.code != Code::AlreadyAtFallback);
    let of_a_storm = refused.shared_only && work.blocked.len() >= BLOCKED_MAX;
    something && !of_a_storm
}

/// Takes the episode into phase Acting, or, where a person must say yes, AwaitingApproval, if
/// every budget and flag allows it.
///
/// # Errors
/// Everything that refuses it.
pub fn begin(
    work: &mut Work,
    proposal: &Proposal,
    tier: &TierProposal,
    episode: &mut Episode,
) -> Result<(), Refused> {
    let flags = claims(work, proposal, tier, &episode.name)?;
    match tier.terms.mode {
        Mode::Approve => ask(work, tier, episode, flags),
        Mode::Enforce | Mode::Observe => cut(work, tier, &tier.reasons, episode, flags),
    }
    Ok(())
}

/// Takes the episode into phase AwaitingApproval. The hash follows once its Decision is stored.
fn ask(work: &Work, tier: &TierProposal, episode: &mut Episode, flags: Vec<HeldFlag>) {
    episode.flags = flags;
    episode.ask = Some(Ask { rules: tier.sight.rules.clone(), ..Ask::default() });
    let asked = Reason::new(Code::ApprovalAwaited, "a person must approve it first");
    let reasons = tier.reasons.iter().cloned().chain([asked]).collect();
    episode.enter(work.now, Phase::AwaitingApproval, reasons);
}

/// Takes the episode into phase Acting with its claims entered: the intent of the first cut. One
/// without flags goes into phase Open.
pub fn cut(
    work: &mut Work,
    tier: &TierProposal,
    reasons: &[Reason],
    episode: &mut Episode,
    flags: Vec<HeldFlag>,
) {
    if flags.is_empty() {
        return episode.enter(work.now, Phase::Open, reasons.to_vec());
    }
    let owners = owners(work, &flags);
    episode.flags = flags;
    episode.first_cut = Some(work.now);
    episode.deadline = deadline(work, tier);
    effect::measure(tier, episode);
    episode.enter(work.now, Phase::Acting, reasons.iter().cloned().chain(owners).collect());
    claim::enter(work, episode, tier.terms.keep, Claims::CutNext);
    work.spend(&episode.name);
}

/// The flags that an episode of this name may claim, each with its original.
///
/// # Errors
/// Everything that refuses it. An action that may fail (`onFailure: Continue`) and one whose flag
/// is at its fallback already are left out, unless nothing is left.
pub fn claims(
    work: &Work,
    proposal: &Proposal,
    tier: &TierProposal,
    decision: &str,
) -> Result<Vec<HeldFlag>, Refused> {
    if tier.terms.wishes.is_empty() {
        return Ok(Vec::new());
    }
    let exceeded = budget::exceeded(work, &proposal.service, decision);
    let (mut reasons, mut shared_only) = (exceeded.reasons, exceeded.shared_only);
    let mut optional = Vec::new();
    let mut flags = Vec::new();
    for wish in &tier.terms.wishes {
        match claimable(work, proposal, wish) {
            Ok(held) => flags.push(held),
            Err(reason) if may_be_left_out(wish, &reason) => optional.push(reason),
            Err(reason) => {
                reasons.push(reason);
                shared_only = false;
            }
        }
    }
    if flags.is_empty() {
        shared_only &= optional.is_empty();
        reasons.extend(optional);
    }
    if flags.is_empty() || !reasons.is_empty() {
        return Err(Refused { reasons, shared_only });
    }
    Ok(flags)
}

/// Whom a wish would meet in a flag is told to everybody; what else fails may be left out.
fn may_be_left_out(wish: &FlagWish, reason: &Reason) -> bool {
    let met = matches!(reason.code, Code::ClaimConflict | Code::NotShared | Code::ForeignEdit);
    reason.code == Code::AlreadyAtFallback || (wish.go_on && !met)
}

/// A claim of this very tier whose Decision is not there: what was remembered of it is lost, and
/// nothing new begins before it was given back.
fn lost(work: &Work, key: &TierKey) -> Option<Reason> {
    let claims = work.fleet.holds.values().flat_map(|hold| &hold.claims);
    let orphan =
        claims.into_iter().find(|claim| claim.key == *key && !work.live.contains(&claim.decision))?;
    let message = format!(
        "a flag is held for Decision {}, which is not there: it is given back first",
        orphan.decision
    );
    Some(Reason::new(Code::MemoryLost, message))
}

fn rested(work: &Work, tier: &TierProposal) -> Option<DateTime<Utc>> {
    let rest = TimeDelta::from_std(tier.terms.cooldown).ok()?;
    work.now.checked_add_signed(rest)
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
    let Some(facts) = work.fleet.providers.get(&wish.provider) else {
        return Err(undeclared(KIND, &wish.provider));
    };
    let labels = work.fleet.namespaces.get(&proposal.service.namespace);
    facts.permits(&Plea {
        policy: &proposal.policy,
        service: &proposal.service,
        labels,
        key: &wish.key,
        fallback: &wish.fallback,
        demands: &wish.demands,
    })?;
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
        failing_since: None,
        served_at: None,
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
        held_seconds: 0,
        ask: None,
        effect: None,
        flags: tier.terms.wishes.iter().map(|wish| held_flag(work, &proposal.service, wish)).collect(),
        issues: Vec::new(),
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
