//! Asking a person: the frozen proposal, the answers to it, and the time they have.
//!
//! An approval is bound to the hash of what was shown, not to live values: the Decision's
//! identity, the tier as it is written, its actions, the originals of the flags and the tests that
//! held. Any of them changes, and a new hash asks anew. Whatever a person says, `when` must still
//! be True and no rail refuse at the moment of acting.

use super::open;
use super::restore::{Step, end, explain};
use super::work::Work;
use crate::domain::model::episode::{Ask, Episode, HeldFlag, Outcome};
use crate::domain::model::id::digest;
use crate::domain::model::proposal::{TierProposal, Want};
use crate::domain::model::rail::Approval;
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// Characters of the hash.
const HASH: usize = 40;

/// One look at an episode that awaits approval.
pub fn await_answer(work: &mut Work, step: &mut Step, episode: &mut Episode) {
    if matches!(step.want, Want::Pass | Want::Restore(_)) {
        return end(work, step, episode, Outcome::Passed);
    }
    let claims = open::claims(work, step.proposal, step.tier, &episode.name);
    if let Ok(flags) = &claims {
        refreeze(work, step.tier, episode, flags);
    }
    let ask = episode.ask.clone().unwrap_or_default();
    let answers = Answers::to(work, episode, &ask.hash);
    if let Some(denied) = answers.denied {
        step.reasons = vec![Reason::new(Code::Denied, format!("{} said no", denied.by))];
        return end(work, step, episode, Outcome::Denied);
    }
    let (timeout, act) = step.tier.terms.approval;
    let due = TimeDelta::from_std(timeout).ok().and_then(|timeout| episode.since.checked_add_signed(timeout));
    let late = due.is_some_and(|due| due <= work.now);
    if late && !act && answers.approved.is_none() {
        let message = "nobody answered in time, and onTimeout is Skip";
        step.reasons = vec![Reason::new(Code::ApprovalTimedOut, message)];
        return end(work, step, episode, Outcome::Passed);
    }
    let leave = match answers.approved {
        Some(approved) => Some(Reason::new(Code::Approved, format!("approved by {}", approved.by))),
        None if late => {
            Some(Reason::new(Code::ApprovalTimedOut, "nobody answered in time, and onTimeout is Act"))
        }
        None => None,
    };
    match (leave, claims) {
        (Some(leave), Ok(flags)) if step.want == Want::Engage => {
            episode.ask = Some(Ask { by: answers.approved.map(|approved| approved.by.clone()), ..ask });
            step.reasons.push(leave);
            open::cut(work, step.tier, &step.reasons, episode, flags);
        }
        (leave, claims) => {
            let waits = leave.unwrap_or_else(|| awaited(&ask.hash));
            let refused = claims.err().map(|refused| refused.reasons).unwrap_or_default();
            let void = answers.void.map(|void| {
                let message = format!("{} answered another proposal ({})", void.by, void.hash);
                Reason::new(Code::ApprovalVoid, message)
            });
            let reasons = step.reasons.iter().cloned().chain([waits]).chain(refused).chain(void);
            explain(episode, reasons.collect());
        }
    }
}

fn awaited(hash: &str) -> Reason {
    let message = match hash {
        "" => "a person must approve it first".to_string(),
        hash => format!("a person must approve it first: a DecisionApproval with proposalHash {hash}"),
    };
    Reason::new(Code::ApprovalAwaited, message)
}

/// Brings the frozen proposal up to date; the same one keeps its hash.
fn refreeze(work: &Work, tier: &TierProposal, episode: &mut Episode, flags: &[HeldFlag]) {
    let Some(uid) = work.fleet.uids.get(&episode.name) else { return };
    episode.flags = flags.to_vec();
    let Some(ask) = &mut episode.ask else { return };
    let mut parts = vec![uid.clone(), tier.terms.digest.clone(), ask.rules.join("\n")];
    for flag in flags {
        let of = [&flag.action, &flag.provider, &flag.key, &flag.fallback, &flag.hold, &flag.before];
        parts.extend(of.into_iter().cloned());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let hash = digest(&parts, HASH);
    if ask.hash != hash {
        ask.hash = hash;
        // A new question is worth a write even if its reasons have the same codes.
        episode.reasons.retain(|reason| reason.code != Code::ApprovalAwaited);
    }
}

/// What people answered to one episode.
struct Answers<'a> {
    approved: Option<&'a Approval>,
    denied: Option<&'a Approval>,
    /// About another proposal than this one.
    void: Option<&'a Approval>,
}

impl<'a> Answers<'a> {
    fn to(work: &Work<'a>, episode: &Episode, hash: &str) -> Self {
        let fleet = work.fleet;
        let of = |approval: &&Approval| {
            approval.decision == episode.name && approval.namespace == episode.key.service.namespace
        };
        let all: Vec<&Approval> = fleet.approvals.iter().filter(of).collect();
        let (right, wrong): (Vec<&Approval>, Vec<&Approval>) =
            all.into_iter().partition(|approval| !hash.is_empty() && approval.hash == hash);
        Self {
            approved: right.iter().find(|approval| approval.approve).copied(),
            denied: right.iter().find(|approval| !approval.approve).copied(),
            void: wrong.first().copied(),
        }
    }
}
