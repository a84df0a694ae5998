//! Moving a live episode on: from its wish, and from how its flags really stand.
//!
//! A person's edit wins over every wish. Undo follows the hold, whatever became of the policy.

use super::claim::{self, Want as Claims};
use super::open::{engage, key_of};
use super::rails;
use super::restore::{Step, end, explain, restore};
use super::stand::Stand;
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, Outcome, Phase};
use crate::domain::model::proposal::{Proposal, TierProposal, Want};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::HOLD_FACTOR_MAX;

/// Moves `episode` on and enters what follows into the work.
pub fn advance(work: &mut Work, proposal: &Proposal, tier: &TierProposal, mut episode: Episode) {
    let (want, reasons) = railed(work, tier, &episode);
    let stands = episode.flags.iter().map(|held| work.stand(&episode.key.service, held)).collect();
    let mut step = Step { proposal, tier, memory: tier.memory.clone(), want, reasons, stands };
    if episode.phase.holds() {
        holding_phases(work, &mut step, &mut episode);
    } else {
        waiting_phases(work, &mut step, &mut episode);
    }
    work.keep(key_of(proposal, tier), step.memory, episode);
}

/// The wish after orders and rails: releaseAll beats everything, a deadline beats a pause. A
/// re-cut is the same claim: neither budgets nor the breaker ask about it again.
fn railed(work: &Work, tier: &TierProposal, episode: &Episode) -> (Want, Vec<Reason>) {
    let governor = work.fleet.governor.as_ref();
    if governor.is_some_and(|g| g.release_all) && episode.phase.holds() {
        let reason = Reason::new(Code::ReleaseAll, "the Governor's releaseAll is set");
        return (Want::Restore(Outcome::Released), vec![reason]);
    }
    let recovers = matches!(tier.want, Want::Probe | Want::Restore(Outcome::Restored | Outcome::Failed));
    if recovers && governor.is_some_and(|g| g.pause_restore) {
        return (Want::Stay, vec![Reason::new(Code::Paused, "the Governor's paused.restore is set")]);
    }
    match (tier.want, rails::fleet_wide(work)) {
        // Without a Governor nobody could cut again, so nothing is tried out: it is given back.
        (Want::Probe, Some(reason)) if reason.code == Code::NoGovernor => {
            (Want::Restore(Outcome::Restored), tier.reasons.iter().cloned().chain([reason]).collect())
        }
        (Want::Recut, Some(reason)) if reason.code == Code::BreakerOpen => {
            (Want::Recut, tier.reasons.clone())
        }
        (Want::Engage | Want::Probe | Want::Recut, Some(reason)) => (Want::Stay, vec![reason]),
        (want, _) => (want, tier.reasons.clone()),
    }
}

fn waiting_phases(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    match step.want {
        Want::Pass | Want::Restore(_) => end(work, step, episode, Outcome::Passed),
        Want::Engage => {
            if let Err(refused) = engage(work, step.proposal, step.tier, episode) {
                let reasons = step.reasons.iter().cloned().chain(refused).collect();
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
            explain(episode, step.reasons.clone());
            claim::enter(work, episode, keep, Claims::Cut);
        }
    }
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
    let claims = if go_on { Claims::CutNext } else { Claims::AsItStands };
    claim::enter(work, episode, step.tier.terms.keep, claims);
    if step.stands.iter().any(|stand| *stand != Stand::Cut) {
        let obstacles = step.stands.iter().filter_map(Stand::obstacle).cloned();
        return explain(episode, step.reasons.iter().cloned().chain(obstacles).collect());
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
    episode.enter(work.now, phase, vec![reason]);
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
        Want::Restore(Outcome::Restored) if !given_back => {}
        Want::Restore(outcome) => return restore(work, step, episode, outcome),
        _ if episode.flags.iter().all(|held| claim::cut_by_another(work, held, &episode.name)) => {
            return end(work, step, episode, Outcome::Restored);
        }
        _ => explain(episode, step.reasons.clone()),
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
        let factor = step.memory.hold_factor.unwrap_or(1).max(1);
        step.memory.hold_factor = Some(factor.saturating_mul(2).min(HOLD_FACTOR_MAX));
    }
    episode.enter(work.now, Phase::Acting, step.reasons.clone());
    claim::enter(work, episode, step.tier.terms.keep, Claims::CutNext);
}
