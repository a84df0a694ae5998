//! Taking in what trackers showed.

use super::case::Case;
use crate::domain::govern::work::Work;
use crate::domain::model::issue::{Answer, Issue, IssueStanding, IssueState, IssueTarget, IssueView, Seen};

/// Brings what is remembered of a tier's issues to what its trackers showed last. An answer to an
/// earlier question says nothing. What was left, or has no tracker to be left in, is forgotten.
pub fn take_in(work: &Work, case: &mut Case) {
    if case.departed() {
        let asked = |issue: &Issue| {
            let view = work.fleet.issues.get(&issue.fingerprint);
            let left = |view: &IssueView| matches!(view.target, IssueTarget::Left | IssueTarget::Closed);
            let seen = view.filter(|view| left(view) && matches!(view.answer, Answer::Seen(_)));
            seen.is_some_and(|view| view.occasion == issue.occasion)
        };
        let known = |issue: &Issue| work.fleet.trackers.contains_key(&issue.tracker);
        case.memory.issues.retain(|issue| issue.state.may_be_open() && known(issue) && !asked(issue));
    }
    for issue in &mut case.memory.issues {
        if let Some(view) = work.fleet.issues.get(&issue.fingerprint).filter(|view| answers(view, issue)) {
            fold(issue, view);
        }
    }
}

fn answers(view: &IssueView, issue: &Issue) -> bool {
    let asked = match issue.state {
        IssueState::Closing => view.target == IssueTarget::Closed,
        _ => view.target != IssueTarget::Closed,
    };
    asked && view.occasion == issue.occasion && view.weight >= issue.weight
}

fn fold(issue: &mut Issue, view: &IssueView) {
    match &view.answer {
        Answer::Trouble(reason) => {
            // New words under the same code are not worth a write.
            if issue.trouble.as_ref().is_none_or(|known| known.code != reason.code) {
                issue.trouble = Some(reason.clone());
            }
        }
        Answer::Seen(seen) => {
            issue.trouble = None;
            let state = state(issue, seen);
            if state != issue.state {
                issue.enter(state);
            }
            if seen.standing != IssueStanding::Gone {
                (issue.number, issue.url) = (Some(seen.number), seen.url.clone());
            }
        }
    }
}

fn state(issue: &Issue, seen: &Seen) -> IssueState {
    match (issue.state, seen.standing) {
        (IssueState::Closing, IssueStanding::Open) => IssueState::Closing,
        (IssueState::Closing, _) => IssueState::Closed,
        (_, IssueStanding::Open) => IssueState::Open,
        (_, IssueStanding::ClosedByUs) => IssueState::Closed,
        (_, IssueStanding::ClosedByPerson | IssueStanding::Gone) => IssueState::Done,
        (_, IssueStanding::WontFix) => IssueState::Silenced,
    }
}
