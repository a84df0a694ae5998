//! Moving a live episode on: from its wish, and from how its flags really stand.
//!
//! A person's edit wins over every wish. Undo follows the hold, whatever became of the policy.

use super::claim::{self, Stand, stand};
use super::open::{engage, key_of};
use super::rails;
use super::work::Work;
use crate::domain::model::episode::{Episode, LockOut, Outcome, Phase, TierMemory};
use crate::domain::model::proposal::{Proposal, TierProposal, Want};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::HOLD_FACTOR_MAX;
use chrono::TimeDelta;

/// One live episode on its way.
struct Step<'p> {
    proposal: &'p Proposal,
    tier: &'p TierProposal,
    memory: TierMemory,
    want: Want,
    reasons: Vec<Reason>,
}

/// Moves `episode` on and enters what follows into the work.
pub fn advance(work: &mut Work, proposal: &Proposal, tier: &TierProposal, mut episode: Episode) {
    let (want, reasons) = railed(work, tier, &episode);
    let mut step = Step { proposal, tier, memory: tier.memory.clone(), want, reasons };
    if episode.phase.holds() {
        holding_phases(work, &mut step, &mut episode);
    } else {
        waiting_phases(work, &mut step, &mut episode);
    }
    work.keep(key_of(proposal, tier), step.memory, episode);
}

/// The wish after orders and rails: releaseAll beats everything, a deadline beats a pause.
fn railed(work: &Work, tier: &TierProposal, episode: &Episode) -> (Want, Vec<Reason>) {
    let governor = work.fleet.governor.as_ref();
    let holds = episode.phase.holds();
    if governor.is_some_and(|g| g.release_all) && holds && episode.phase != Phase::Restoring {
        let reason = Reason::new(Code::ReleaseAll, "the Governor's releaseAll is set");
        return (Want::Restore(Outcome::Released), vec![reason]);
    }
    let paused_restore = governor.is_some_and(|g| g.pause_restore);
    let acts = matches!(tier.want, Want::Engage | Want::Probe | Want::Recut);
    let lets_go = matches!(tier.want, Want::Probe | Want::Restore(Outcome::Restored));
    if lets_go && paused_restore {
        return (Want::Stay, vec![Reason::new(Code::Paused, "the Governor's paused.restore is set")]);
    }
    match rails::fleet_wide(work) {
        Some(reason) if acts => (Want::Stay, vec![reason]),
        _ => (tier.want, tier.reasons.clone()),
    }
}

fn waiting_phases(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    match step.want {
        Want::Pass | Want::Restore(_) => end(work, step, episode, Outcome::Passed),
        Want::Engage => {
            if let Err(refused) = engage(work, step.proposal, step.tier, episode) {
                let codes = |reasons: &[Reason]| reasons.iter().map(|r| r.code).collect::<Vec<_>>();
                let reasons: Vec<Reason> = step.reasons.iter().cloned().chain(refused).collect();
                if codes(&reasons) != codes(&episode.reasons) {
                    episode.reasons = reasons;
                }
            }
        }
        Want::Nothing | Want::Stay | Want::Probe | Want::Recut => {}
    }
}

fn holding_phases(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    let stands: Vec<Stand> = episode.flags.iter().map(|held| stand(work, held)).collect();
    if let Some((outcome, reason)) = taken(episode.phase, &stands) {
        step.reasons = vec![reason];
        return restore(work, step, episode, outcome);
    }
    match (episode.phase, step.want) {
        (Phase::Restoring, _) => {
            let outcome = episode.outcome.unwrap_or(Outcome::Released);
            restore(work, step, episode, outcome);
        }
        (_, Want::Restore(Outcome::Expired)) if step.tier.terms.keep => {
            if episode.phase != Phase::Latched {
                episode.enter(work.now, Phase::Latched, step.reasons.clone());
            }
            claim::enter(work, episode, true, |_| true);
        }
        (_, Want::Restore(outcome)) => restore(work, step, episode, outcome),
        (Phase::Acting, _) => acting(work, step, episode, &stands),
        (Phase::Holding, Want::Probe) => probe(work, step, episode),
        (Phase::Probing, Want::Recut) => recut(work, step, episode),
        (Phase::Probing, _) => claim::enter(work, episode, step.tier.terms.keep, |_| false),
        _ => claim::enter(work, episode, step.tier.terms.keep, |_| true),
    }
}

/// Whether somebody took a flag from us, and how the episode ends then.
fn taken(phase: Phase, stands: &[Stand]) -> Option<(Outcome, Reason)> {
    let was_cut = matches!(phase, Phase::Holding | Phase::Latched);
    stands.iter().find_map(|stand| match stand {
        Stand::Foreign(what) => Some((Outcome::Superseded, Reason::new(Code::ForeignEdit, what.clone()))),
        Stand::Edited(what) if phase != Phase::Probing => {
            Some((Outcome::Superseded, Reason::new(Code::ForeignEdit, what.clone())))
        }
        Stand::Free if was_cut => {
            let message = "somebody took our cut off the flag; it stays as they left it";
            Some((Outcome::Superseded, Reason::new(Code::ForeignEdit, message)))
        }
        Stand::Gone => {
            Some((Outcome::FlagGone, Reason::new(Code::FlagGone, "the flag does not exist any more")))
        }
        _ => None,
    })
}

/// Flags being cut: what is not cut yet is cut only while the wish is still to engage.
fn acting(work: &mut Work, step: &mut Step, episode: &mut Episode, stands: &[Stand]) {
    let go_on = step.want == Want::Engage;
    let by_hold: Vec<(String, bool)> = episode
        .flags
        .iter()
        .zip(stands)
        .map(|(held, stand)| (held.hold.clone(), go_on || *stand == Stand::Cut))
        .collect();
    claim::enter(work, episode, step.tier.terms.keep, |held| {
        by_hold.iter().any(|(hold, cut)| *hold == held.hold && *cut)
    });
    if stands.iter().all(|stand| *stand == Stand::Cut) {
        let latch = step.tier.terms.latch_after;
        let (phase, code, message) = match latch > 0 && episode.relapses >= latch {
            true => (
                Phase::Latched,
                Code::TooManyRelapses,
                format!("cut again after {} relapses", episode.relapses),
            ),
            false => {
                (Phase::Holding, Code::CutVerified, "every flag was read back at its fallback".to_string())
            }
        };
        episode.enter(work.now, phase, vec![Reason::new(code, message)]);
    }
}

fn probe(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    if episode.flags.iter().all(|held| claim::cut_by_another(work, held, &episode.name)) {
        return end(work, step, episode, Outcome::Restored);
    }
    let mut reasons = step.reasons.clone();
    reasons.push(Reason::new(Code::ProbeStarted, "the flag goes back to its original and is watched"));
    episode.enter(work.now, Phase::Probing, reasons);
    claim::enter(work, episode, step.tier.terms.keep, |_| false);
}

fn recut(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    episode.relapses += 1;
    let factor = step.memory.hold_factor.unwrap_or(1).max(1);
    step.memory.hold_factor = Some((factor * 2).min(HOLD_FACTOR_MAX));
    episode.enter(work.now, Phase::Acting, step.reasons.clone());
    claim::enter(work, episode, step.tier.terms.keep, |_| true);
}

/// Gives the flags back, or ends at once where none of them is ours any more.
fn restore(work: &mut Work, step: &mut Step, episode: &mut Episode, outcome: Outcome) {
    let stands: Vec<Stand> = episode.flags.iter().map(|held| stand(work, held)).collect();
    let shared = |held| claim::cut_by_another(work, held, &episode.name);
    let lost: Vec<String> = episode
        .flags
        .iter()
        .zip(&stands)
        .filter(|(held, stand)| {
            matches!(stand, Stand::Free | Stand::Foreign(_) | Stand::Gone) || shared(held)
        })
        .map(|(held, _)| held.hold.clone())
        .collect();
    let open = episode.flags.len() - lost.len();
    if episode.phase != Phase::Restoring && open > 0 {
        episode.outcome = Some(outcome);
        episode.enter(work.now, Phase::Restoring, step.reasons.clone());
    } else if open > 0 && episode.outcome != Some(outcome) {
        episode.outcome = Some(outcome);
        episode.reasons = step.reasons.clone();
    }
    if open == 0 {
        return end(work, step, episode, outcome);
    }
    claim::enter(work, episode, false, |_| false);
    for hold in &lost {
        claim::leave(work, &episode.name, Some(hold));
    }
    if let Some(Stand::Waiting(reason)) = stands.iter().find(|stand| matches!(stand, Stand::Waiting(_))) {
        if episode.reasons.iter().all(|known| known.code != reason.code) {
            episode.reasons = vec![reason.clone()];
        }
    }
}

/// Ends the episode: its claims go, and the tier remembers what must outlive it.
fn end(work: &mut Work, step: &mut Step, episode: &mut Episode, outcome: Outcome) {
    let acted = episode.phase.holds();
    let mut reasons = match episode.phase {
        Phase::Restoring => episode.reasons.clone(),
        _ => step.reasons.clone(),
    };
    if acted && matches!(outcome, Outcome::Restored | Outcome::Expired | Outcome::Released) {
        reasons.push(Reason::new(Code::RestoreVerified, "every flag was read back with its original"));
    }
    let timed_out = step.reasons.iter().any(|reason| reason.code == Code::DeadlineReached);
    episode.end(work.now, outcome, reasons);
    claim::leave(work, &episode.name, None);
    let memory = &mut step.memory;
    if acted && outcome != Outcome::Failed {
        memory.cooldown_until =
            TimeDelta::from_std(step.tier.terms.cooldown).ok().map(|rest| work.now + rest);
    }
    if outcome.locks_out() || (outcome == Outcome::Passed && timed_out) {
        memory.lock_out = Some(LockOut { since: work.now, outcome, generation: step.proposal.generation });
    }
    if outcome == Outcome::Restored {
        memory.hold_factor = memory.hold_factor.map(|factor| factor / 2).filter(|factor| *factor > 1);
    }
}
