//! Claiming issues: an episode that acts asks for each of its tier's, once.
//!
//! Owns who may ask, and what an issue of an earlier episode means to a new one.

use super::case::Case;
use crate::domain::govern::rail::order;
use crate::domain::govern::restore::explain;
use crate::domain::govern::work::Work;
use crate::domain::model::episode::Phase;
use crate::domain::model::id::TierKey;
use crate::domain::model::issue::{Issue, IssueState};
use crate::domain::model::proposal::Proposal;
use crate::domain::model::provider::undeclared;
use crate::domain::model::reason::{Code, Reason};
use crate::domain::model::tracker::{IssuePlea, IssueWish, KIND, fingerprint};

/// An issue that is new, and the case that asks for it.
pub struct Claimed {
    pub case: usize,
    pub issue: Issue,
}

/// Claims what the episode of `case` asks for. What nobody had before is returned, not yet entered:
/// many of them at once are one.
pub fn claim(work: &mut Work, case: &mut Case) -> Vec<Issue> {
    let Some(episode) = case.acting() else { return Vec::new() };
    let occasion = episode.name.clone();
    let (weight, uid) = (case.tier.sight.weight, &case.proposal.policy_uid);
    let (mut fresh, mut refused) = (Vec::new(), Vec::new());
    for wish in &case.tier.terms.issues {
        let known = case.memory.issues.iter_mut().find(|issue| is_of(issue, wish));
        match known {
            Some(issue) if issue.occasion == occasion || is_open_group(issue) => again(issue, weight),
            known => match refusal(work, case.proposal, wish) {
                Some(reason) => refused.push(reason),
                None => match known {
                    Some(issue) if !issue.grouped => {
                        issue.enter(IssueState::Wanted);
                        issue.weight = weight;
                        issue.claimed = work.now;
                        issue.occasion.clone_from(&occasion);
                    }
                    _ => fresh.push(newborn(work, uid, (&case.key, weight), wish, &occasion)),
                },
            },
        }
    }
    tell(work, case, refused);
    fresh
}

/// Says what is refused: on a Decision that does nothing else, else beside it.
fn tell(work: &mut Work, case: &mut Case, refused: Vec<Reason>) {
    match case.episode.as_mut().filter(|episode| episode.phase == Phase::Open) {
        Some(episode) => {
            let others = episode.reasons.iter().filter(|known| !refuses(known.code)).cloned();
            let reasons = others.chain(refused).collect();
            explain(episode, reasons);
        }
        None if refused.is_empty() => {}
        None => work.refuse(case.proposal, case.tier, refused),
    }
}

/// Whether a reason of this code is one of [`refusal`]'s.
fn refuses(code: Code) -> bool {
    matches!(
        code,
        Code::ProviderRefused
            | Code::NoGovernor
            | Code::ReleaseAll
            | Code::ClockWentBack
            | Code::MemoryLost
            | Code::Paused
            | Code::StartingUp
            | Code::NoActWindow
    )
}

/// Whether it is the issue that the wish asks for, where it asks for it.
fn is_of(issue: &Issue, wish: &IssueWish) -> bool {
    issue.action == wish.action && issue.tracker == wish.tracker && issue.repository == wish.repository
}

/// One that stands for others, too, and is not closed for us alone.
fn is_open_group(issue: &Issue) -> bool {
    issue.grouped && issue.state.may_be_open()
}

/// The same occasion, or a group that goes on: it may have grown worse.
fn again(issue: &mut Issue, weight: u32) {
    if issue.state == IssueState::Closing {
        issue.enter(IssueState::Open);
    }
    (issue.well_since, issue.blind_since) = (None, None);
    if issue.grouped || weight <= issue.weight {
        return;
    }
    issue.weight = weight;
    if issue.state == IssueState::Silenced {
        issue.enter(IssueState::Wanted);
    }
}

/// Why no new issue may be asked for: a person, the start, or whom the tracker serves. Neither
/// budgets of flags nor the breaker matter: an issue takes nothing from users, and a storm of them
/// is one.
fn refusal(work: &Work, proposal: &Proposal, wish: &IssueWish) -> Option<Reason> {
    if let Some(reason) = order::refusal(work, proposal).filter(|reason| reason.code != Code::BreakerOpen) {
        return Some(reason);
    }
    let Some(facts) = work.fleet.trackers.get(&wish.tracker) else {
        return Some(undeclared(KIND, &wish.tracker));
    };
    let plea = IssuePlea {
        policy: &proposal.policy,
        service: &proposal.service,
        labels: work.fleet.namespaces.get(&proposal.service.namespace),
    };
    facts.permits(wish, plea).err()
}

fn newborn(
    work: &Work,
    policy_uid: &str,
    (key, weight): (&TierKey, u32),
    wish: &IssueWish,
    occasion: &str,
) -> Issue {
    Issue {
        action: wish.action.clone(),
        tracker: wish.tracker.clone(),
        repository: wish.repository.clone(),
        fingerprint: fingerprint(&work.fleet.installation, policy_uid, key, &wish.action),
        grouped: false,
        occasion: occasion.to_string(),
        state: IssueState::Wanted,
        claimed: work.now,
        weight,
        number: None,
        url: String::new(),
        well_since: None,
        blind_since: None,
        trouble: None,
    }
}
