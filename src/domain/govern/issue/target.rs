//! What each issue shall be: the plan for it, with what it tells.

use super::case::Case;
use crate::domain::govern::work::Work;
use crate::domain::model::episode::Episode;
use crate::domain::model::issue::{Issue, IssuePlan, IssueState, IssueTarget, Story};
use crate::domain::model::tracker::IssueWish;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most services that a grouped issue names.
const NAMED: usize = 50;

/// One plan for each fingerprint that anything is to be done or looked after for.
pub fn plans(work: &Work, cases: &[Case]) -> Vec<IssuePlan> {
    let mut singles = Vec::new();
    let mut groups: BTreeMap<&str, Vec<(&Case, &Issue)>> = BTreeMap::new();
    for case in cases {
        for issue in &case.memory.issues {
            match issue.grouped {
                true => groups.entry(&issue.fingerprint).or_default().push((case, issue)),
                false => singles.extend(single(work, case, issue)),
            }
        }
    }
    singles.extend(groups.into_values().filter_map(|members| grouped(work, &members)));
    singles
}

fn single(work: &Work, case: &Case, issue: &Issue) -> Option<IssuePlan> {
    let target = target(case, issue)?;
    Some(plan(work, case, issue, target))
}

/// What shall become of it; None: it is not looked after.
fn target(case: &Case, issue: &Issue) -> Option<IssueTarget> {
    let lives = case.acting().is_some();
    if case.departed() {
        return Some(IssueTarget::Left);
    }
    match issue.state {
        IssueState::Closing => Some(IssueTarget::Closed),
        IssueState::Wanted if lives => Some(IssueTarget::Open),
        // Whether it came about while its episode lived is still to be found out.
        IssueState::Wanted => Some(IssueTarget::Keep),
        IssueState::Open | IssueState::Closed | IssueState::Done | IssueState::Silenced if lives => {
            Some(IssueTarget::Keep)
        }
        _ => None,
    }
}

/// One plan for all members: it is closed only once all of them are well, and left only once nobody asks
/// for any.
fn grouped(work: &Work, members: &[(&Case, &Issue)]) -> Option<IssuePlan> {
    let targets: Vec<IssueTarget> = members.iter().filter_map(|(case, issue)| target(case, issue)).collect();
    let watched = |case: &Case| !case.departed();
    let open = members
        .iter()
        .any(|(case, issue)| watched(case) && matches!(issue.state, IssueState::Wanted | IssueState::Open));
    let target = match targets.iter().min()? {
        IssueTarget::Closed | IssueTarget::Left if open => return None,
        target => *target,
    };
    let wanted =
        |(_, issue): &&(&Case, &Issue)| target != IssueTarget::Open || issue.state == IssueState::Wanted;
    let (case, issue) = members.iter().find(wanted)?;
    let there: Vec<String> = members
        .iter()
        .filter(|(_, issue)| !matches!(issue.state, IssueState::Closed | IssueState::Done))
        .map(|(case, _)| case.key.service.to_string())
        .collect();
    let mut plan = plan(work, case, issue, target);
    plan.issue.weight = 1 + there.len().max(1).ilog2();
    plan.story.total = there.len();
    plan.story.services = there.into_iter().take(NAMED).collect();
    Some(plan)
}

fn plan(work: &Work, case: &Case, issue: &Issue, target: IssueTarget) -> IssuePlan {
    let wish = case.tier.terms.issues.iter().find(|wish| wish.action == issue.action);
    let facts = work.fleet.trackers.get(&issue.tracker);
    let episode = case.acting();
    IssuePlan {
        key: case.key.clone(),
        decision: episode
            .filter(|_| !matches!(target, IssueTarget::Closed | IssueTarget::Left))
            .map(|episode| episode.name.clone()),
        target,
        labels: wish.map(|wish| wish.labels.clone()).unwrap_or_default(),
        template: template(wish),
        reopen_within: facts.map_or(Duration::ZERO, |facts| facts.reopen_within),
        story: story(case, episode, issue),
        issue: issue.clone(),
    }
}

fn template(wish: Option<&IssueWish>) -> String {
    wish.map_or_else(|| "default".to_string(), |wish| wish.template.clone())
}

fn story(case: &Case, episode: Option<&Episode>, issue: &Issue) -> Story {
    let reasons = episode.map_or(&case.tier.reasons, |episode| &episode.reasons);
    let flags = episode.into_iter().flat_map(|episode| &episode.flags);
    Story {
        service: case.key.service.clone(),
        policy: case.key.policy.to_string(),
        tier: case.key.tier.clone(),
        level: case.tier.level.clone(),
        decision: episode.map_or_else(|| issue.occasion.clone(), |episode| episode.name.clone()),
        started: episode.map_or(issue.claimed, |episode| episode.started),
        reasons: reasons.iter().map(|reason| reason.message.clone()).collect(),
        flags: flags.map(|flag| format!("{}={}", flag.key, flag.fallback)).collect(),
        services: Vec::new(),
        total: 1,
        evidence: None,
    }
}
