//! Giving flags back, and ending an episode.
//!
//! Owns the last steps of every episode: what is waited for, what is verified, and what the tier
//! remembers afterwards. Nothing here needs evidence or a policy.

use super::claim::{self, Want as Claims};
use super::effect;
use super::stand::Stand;
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, LockOut, Outcome, Phase, TierMemory};
use crate::domain::model::proposal::{Proposal, TierProposal, Want};
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// One live episode on its way.
pub struct Step<'p> {
    pub proposal: &'p Proposal,
    pub tier: &'p TierProposal,
    pub memory: TierMemory,
    /// The wish that is left after orders and rails.
    pub want: Want,
    pub reasons: Vec<Reason>,
    /// How the episode's flags stand, in its order.
    pub stands: Vec<Stand>,
}

/// Gives the flags back, or ends at once where none of them is ours any more.
pub fn restore(work: &mut Work, step: &mut Step, episode: &mut Episode, outcome: Outcome) {
    let done =
        |held: &HeldFlag, stand: &Stand| stand.is_off() || claim::cut_by_another(work, held, &episode.name);
    let stands = episode.flags.iter().zip(&step.stands);
    let lost: Vec<String> =
        stands.filter(|(held, stand)| done(held, stand)).map(|(held, _)| held.hold.clone()).collect();
    if lost.len() == episode.flags.len() {
        return end(work, step, episode, outcome);
    }
    if episode.phase != Phase::Restoring || episode.outcome != Some(outcome) {
        episode.outcome = Some(outcome);
        episode.enter(work.now, Phase::Restoring, step.reasons.clone());
    }
    claim::enter(work, episode, false, Claims::Original);
    for hold in &lost {
        claim::leave(work, &episode.name, Some(hold));
    }
    let pairs = episode.flags.iter().zip(&step.stands);
    let obstacles = pairs.filter_map(|(held, stand)| work.obstacle(held, stand));
    let reasons = why_restoring(episode).into_iter().chain(obstacles).collect();
    explain(episode, reasons);
}

/// Why the episode went into Restoring, without what stood in its way since.
fn why_restoring(episode: &Episode) -> Vec<Reason> {
    let entered = episode.transitions.last().filter(|last| last.phase == Phase::Restoring);
    entered.map_or_else(|| episode.reasons.clone(), |entered| entered.reasons.clone())
}

/// Ends the episode: its claims go, and the tier remembers what must outlive it.
pub fn end(work: &mut Work, step: &mut Step, episode: &mut Episode, outcome: Outcome) {
    let acted = episode.phase.holds();
    let mut reasons = match episode.phase {
        Phase::Restoring if episode.outcome == Some(outcome) => why_restoring(episode),
        _ => step.reasons.clone(),
    };
    if acted && matches!(outcome, Outcome::Restored | Outcome::Expired | Outcome::Released) {
        let back = step.stands.iter().all(|stand| *stand == Stand::Free);
        let message = match back {
            true => "every flag was read back with its original",
            false => "what others hold or own stays as it is; the rest was read back with its original",
        };
        reasons.push(Reason::new(Code::RestoreVerified, message));
    }
    if outcome == Outcome::Failed {
        reasons.push(Reason::new(Code::NothingChanged, "no flag stays changed"));
    }
    let verdict = episode.effect.as_ref().and_then(effect::reason);
    reasons.extend(verdict.filter(|verdict| reasons.iter().all(|reason| reason.code != verdict.code)));
    let tried = episode.phase != Phase::Blocked;
    episode.end(work.now, outcome, reasons);
    claim::leave(work, &episode.name, None);
    account(step, episode);
    let reasons = episode.reasons.clone();
    remember(work, step, (acted, tried), (outcome, &reasons));
}

/// What the episode cost its users: the time held times the declared share.
fn account(step: &mut Step, episode: &Episode) {
    let memory = &mut step.memory;
    memory.held_seconds = memory.held_seconds.saturating_add(episode.held_seconds);
    let lost = episode.held_seconds as f64 * 1000.0 * step.tier.terms.sla_percent / 100.0;
    memory.lost_millis = memory.lost_millis.saturating_add(lost.round() as u64);
}

/// What must outlive the episode. `acted`: flags were cut or being cut. `tried`: no rail alone kept
/// it from being more.
fn remember(
    work: &Work,
    step: &mut Step,
    (acted, tried): (bool, bool),
    (outcome, reasons): (Outcome, &[Reason]),
) {
    let late = |code| matches!(code, Code::DeadlineReached | Code::ApprovalTimedOut);
    let timed_out = reasons.iter().any(|reason| late(reason.code));
    let memory = &mut step.memory;
    if outcome == Outcome::Superseded {
        memory.counts.superseded = memory.counts.superseded.saturating_add(1);
    }
    let failed = reasons.iter().any(|reason| reason.code == Code::ActionFailed);
    if acted && (outcome != Outcome::Failed || failed) {
        let rest = TimeDelta::from_std(step.tier.terms.cooldown).ok();
        memory.cooldown_until = rest.and_then(|rest| work.now.checked_add_signed(rest));
    }
    if outcome.locks_out() || (outcome == Outcome::Passed && timed_out && tried) {
        memory.lock_out = Some(LockOut { since: work.now, outcome, generation: step.proposal.generation });
    }
    if outcome == Outcome::Restored {
        memory.hold_factor = memory.hold_factor.map(|factor| factor / 2).filter(|factor| *factor > 1);
    }
}

/// Says why an episode stays where it is. New numbers under the same codes are not worth a write.
pub fn explain(episode: &mut Episode, reasons: Vec<Reason>) {
    let same = episode.reasons.iter().map(|reason| reason.code).eq(reasons.iter().map(|reason| reason.code));
    if !same {
        episode.reasons = reasons;
    }
}
