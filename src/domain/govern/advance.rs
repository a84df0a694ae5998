//! Moving a live episode on: from its wish, and from how its flags really stand.
//!
//! A person's edit wins over every wish. Undo follows the hold, whatever became of the policy.

use super::approve;
use super::claim::{self, Want as Claims};
use super::effect;
use super::open::{begin, key_of};
use super::rail::order;
use super::restore::{Step, end, explain, restore};
use super::stand::Stand;
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, Outcome, Phase};
use crate::domain::model::proposal::{Proposal, TierProposal, Want};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::HOLD_FACTOR_MAX;
use chrono::TimeDelta;

/// How long an action may fail to be done until it is given up.
const TRIED_FOR: TimeDelta = TimeDelta::minutes(2);

/// Moves `episode` on and enters what follows into the work.
pub fn advance(work: &mut Work, proposal: &Proposal, tier: &TierProposal, mut episode: Episode) {
    let (want, reasons) = railed(work, proposal, tier, &episode);
    let stands = episode.flags.iter().map(|held| work.stand(&episode.key.service, held)).collect();
    let mut step = Step { proposal, tier, memory: tier.memory.clone(), want, reasons, stands };
    if episode.phase.holds() {
        holding_phases(work, &mut step, &mut episode);
    } else {
        waiting_phases(work, &mut step, &mut episode);
    }
    work.keep(key_of(proposal, tier), step.memory, episode);
}

/// The wish after orders and rails: releaseAll beats everything, a deadline or an order beats a
/// pause. A re-cut is the same claim: neither budgets nor the breaker ask about it again.
fn railed(work: &Work, proposal: &Proposal, tier: &TierProposal, episode: &Episode) -> (Want, Vec<Reason>) {
    if work.fleet.governor.as_ref().is_some_and(|g| g.release_all) && episode.phase.holds() {
        let reason = Reason::new(Code::ReleaseAll, "the Governor's releaseAll is set");
        return (Want::Restore(Outcome::Released), vec![reason]);
    }
    let recovers = matches!(tier.want, Want::Probe | Want::Restore(Outcome::Restored | Outcome::Failed));
    if let Some(reason) = order::restore_paused(work, proposal).filter(|_| recovers) {
        return (Want::Stay, vec![reason]);
    }
    match (tier.want, order::refusal(work, proposal)) {
        (Want::Probe, Some(reason)) if order::restores_only(reason.code) => {
            (Want::Restore(Outcome::Restored), tier.reasons.iter().cloned().chain([reason]).collect())
        }
        (Want::Recut, Some(reason)) if !order::stops_recut(reason.code) => {
            (Want::Recut, tier.reasons.clone())
        }
        (Want::Engage, Some(reason)) if episode.relapses > 0 && !order::stops_recut(reason.code) => {
            (Want::Engage, tier.reasons.clone())
        }
        (Want::Engage | Want::Probe | Want::Recut, Some(reason)) => (Want::Stay, vec![reason]),
        (want, _) => (want, tier.reasons.clone()),
    }
}

fn waiting_phases(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    if episode.phase == Phase::AwaitingApproval {
        return approve::await_answer(work, step, episode);
    }
    match step.want {
        Want::Pass | Want::Restore(_) => end(work, step, episode, Outcome::Passed),
        Want::Engage => {
            if let Err(refused) = begin(work, step.proposal, step.tier, episode) {
                let reasons = step.reasons.iter().cloned().chain(refused.reasons).collect();
                explain(episode, reasons);
            }
        }
        Want::Stay if episode.phase == Phase::Blocked => explain(episode, step.reasons.clone()),
        Want::Nothing | Want::Stay | Want::Probe | Want::Recut => {}
    }
}

fn holding_phases(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    if let Some((outcome, reason)) = taken(work, episode, step) {
        step.reasons = vec![reason];
        return restore(work, step, episode, outcome);
    }
    let keep = step.tier.terms.keep;
    if let Some(reason) = unhelpful(work, step, episode) {
        step.reasons = vec![reason];
        return restore(work, step, episode, Outcome::Ineffective);
    }
    match (episode.phase, step.want) {
        (Phase::Restoring, _) => {
            let outcome = episode.outcome.unwrap_or(Outcome::Released);
            restore(work, step, episode, outcome);
        }
        (Phase::Holding | Phase::Latched, Want::Restore(Outcome::Expired)) if keep => {
            if episode.phase != Phase::Latched {
                episode.enter(work.now, Phase::Latched, step.reasons.clone());
            }
            claim::enter(work, episode, keep, Claims::Cut);
        }
        (Phase::Acting, Want::Restore(Outcome::Failed)) => {
            let touched = step.stands.contains(&Stand::Cut);
            let outcome = if touched { Outcome::Restored } else { Outcome::Failed };
            restore(work, step, episode, outcome);
        }
        (Phase::Probing, _) => probing(work, step, episode),
        (_, Want::Restore(outcome)) => restore(work, step, episode, outcome),
        (Phase::Acting, _) => acting(work, step, episode),
        (Phase::Holding, Want::Probe) => probe(work, step, episode),
        _ => {
            effect::note_served(work, episode);
            effect::start_clock(work, step.tier, episode, episode.since);
            explain(episode, with_effect(episode, &step.reasons));
            claim::enter(work, episode, keep, Claims::Cut);
        }
    }
}

/// Why a cut that did not help is undone now; None: it is not. A deadline or an order says more,
/// and a person who paused restoring meant this, too.
fn unhelpful(work: &Work, step: &mut Step, episode: &mut Episode) -> Option<Reason> {
    if !matches!(episode.phase, Phase::Holding | Phase::Latched)
        || !effect::judge(work, step.tier, &mut step.memory, episode)
    {
        return None;
    }
    let ordered = matches!(step.want, Want::Restore(_)) || step.want == Want::Probe;
    if ordered || order::restore_paused(work, step.proposal).is_some() {
        return None;
    }
    episode.effect.as_ref().and_then(effect::reason)
}

fn with_effect(episode: &Episode, reasons: &[Reason]) -> Vec<Reason> {
    let verdict = episode.effect.as_ref().and_then(effect::reason);
    reasons.iter().cloned().chain(effect::served_reason(episode)).chain(verdict).collect()
}

/// Whether somebody took a flag from us, and how the episode ends then.
fn taken(work: &Work, episode: &Episode, step: &Step) -> Option<(Outcome, Reason)> {
    let service = &episode.key.service;
    let restoring = episode.phase == Phase::Restoring;
    let is_over = step.want == Want::Restore(Outcome::Expired);
    let was_cut = matches!(episode.phase, Phase::Holding | Phase::Latched) && !is_over;
    episode.flags.iter().zip(&step.stands).find_map(|(held, stand)| match stand {
        Stand::Foreign(what) | Stand::Edited(what) => Some(superseded(work, held, what)),
        Stand::Free if was_cut => {
            let what = "somebody took our cut off the flag; it stays as they left it";
            Some(superseded(work, held, what))
        }
        Stand::Gone => {
            Some((Outcome::FlagGone, Reason::new(Code::FlagGone, "the flag was deleted or made anew")))
        }
        Stand::Moved(reason) if !restoring => Some((Outcome::Released, reason.clone())),
        _ if restoring => None,
        _ => work.renamed(service, held).map(|reason| (Outcome::Released, reason)),
    })
}

fn superseded(work: &Work, held: &HeldFlag, what: &str) -> (Outcome, Reason) {
    let message = match work.editor(held) {
        Some(editor) => format!("{what}; {editor}"),
        None => what.to_string(),
    };
    (Outcome::Superseded, Reason::new(Code::ForeignEdit, message))
}

/// Flags being cut, one after the other: what is not cut yet is cut only while the wish is still
/// to engage.
fn acting(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    let go_on = step.want == Want::Engage;
    if let Some(failed) = failing(work, step, episode).filter(|_| go_on && episode.relapses == 0) {
        return fail(work, step, episode, failed);
    }
    let claims = if go_on { Claims::CutNext } else { Claims::AsItStands };
    claim::enter(work, episode, step.tier.terms.keep, claims);
    if step.stands.iter().any(|stand| *stand != Stand::Cut) {
        return explain(episode, told(work, step, episode));
    }
    let latch = step.tier.terms.latch_after;
    let (phase, reason) = match latch > 0 && episode.relapses >= latch {
        true => {
            let message = format!("cut again after {} relapses", episode.relapses);
            (Phase::Latched, Reason::new(Code::TooManyRelapses, message))
        }
        false => {
            let message = "every flag was read back at its fallback";
            (Phase::Holding, Reason::new(Code::CutVerified, message))
        }
    };
    effect::note_served(work, episode);
    effect::start_clock(work, step.tier, episode, work.now);
    episode.enter(
        work.now,
        phase,
        [Some(reason), effect::served_reason(episode)].into_iter().flatten().collect(),
    );
}

/// The step's reasons, and what keeps flags from standing as they should.
fn told(work: &Work, step: &Step, episode: &Episode) -> Vec<Reason> {
    let pairs = episode.flags.iter().zip(&step.stands);
    let obstacles = pairs.filter_map(|(held, stand)| work.obstacle(held, stand));
    step.reasons.iter().cloned().chain(obstacles).collect()
}

/// The next action, if it was tried for too long; notes since when it is. What may not be cut now
/// is not tried.
fn failing(work: &Work, step: &Step, episode: &mut Episode) -> Option<usize> {
    let next = step.stands.iter().position(|stand| *stand != Stand::Cut);
    let trying = next.filter(|_| step.want == Want::Engage);
    for (index, held) in episode.flags.iter_mut().enumerate() {
        held.failing_since = held.failing_since.filter(|_| trying == Some(index));
    }
    let held = &mut episode.flags[trying?];
    let since = *held.failing_since.get_or_insert(work.now);
    trying.filter(|_| work.now - since >= TRIED_FOR)
}

/// An action is given up: the others go on without it, or are undone in reverse.
fn fail(work: &mut Work, step: &mut Step, episode: &mut Episode, failed: usize) {
    let held = episode.flags[failed].clone();
    let wishes = &step.tier.terms.wishes;
    let go_on = wishes.iter().any(|wish| wish.action == held.action && wish.go_on);
    let obstacle = work.obstacle(&held, &step.stands[failed]);
    let why = obstacle.as_ref().map_or("its cut was not to be read back", |reason| reason.message.as_str());
    let message = format!("action {} on flag {} failed: {why}", held.action, held.key);
    let reason = Reason::new(Code::ActionFailed, message);
    step.reasons.push(reason);
    if !go_on || episode.flags.len() == 1 {
        return restore(work, step, episode, Outcome::Failed);
    }
    claim::leave(work, &episode.name, Some(&held.hold));
    episode.flags.remove(failed);
    step.stands.remove(failed);
    acting(work, step, episode);
}

/// Gives the feature back to watch what happens, unless another Decision needs it cut: then there
/// is nothing to try, and this claim goes.
fn probe(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    if episode.flags.iter().all(|held| claim::cut_by_another(work, held, &episode.name)) {
        return end(work, step, episode, Outcome::Restored);
    }
    let started = Reason::new(Code::ProbeStarted, "the flag goes back to its original and is watched");
    let reasons = step.reasons.iter().cloned().chain([started]).collect();
    episode.enter(work.now, Phase::Probing, reasons);
    episode.flags.iter_mut().for_each(|held| held.served_at = None);
    claim::enter(work, episode, step.tier.terms.keep, Claims::Original);
}

/// A probe counts from the moment at which the flags were really given back.
fn probing(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    let back = |(held, stand): (_, &Stand)| {
        *stand == Stand::Free || claim::cut_by_another(work, held, &episode.name)
    };
    let given_back = episode.flags.iter().zip(&step.stands).all(back);
    match step.want {
        Want::Recut => return recut(work, step, episode, given_back),
        Want::Restore(Outcome::Restored) if !given_back => explain(episode, told(work, step, episode)),
        Want::Restore(outcome) => return restore(work, step, episode, outcome),
        _ if episode.flags.iter().all(|held| claim::cut_by_another(work, held, &episode.name)) => {
            return end(work, step, episode, Outcome::Restored);
        }
        _ => explain(episode, told(work, step, episode)),
    }
    if !given_back {
        episode.since = work.now;
    }
    claim::enter(work, episode, step.tier.terms.keep, Claims::Original);
}

/// Cuts again. Only what was really given back can relapse.
fn recut(work: &mut Work, step: &mut Step, episode: &mut Episode, given_back: bool) {
    if given_back {
        episode.relapses += 1;
        if episode.relapses == 1 {
            step.memory.counts.relapsed = step.memory.counts.relapsed.saturating_add(1);
        }
        let factor = step.memory.hold_factor.unwrap_or(1).max(1);
        step.memory.hold_factor = Some(factor.saturating_mul(2).min(HOLD_FACTOR_MAX));
    }
    episode.enter(work.now, Phase::Acting, step.reasons.clone());
    claim::enter(work, episode, step.tier.terms.keep, Claims::CutNext);
}
