//! A storm: many new issues of one tier in one repository at once are one issue that lists them.

use super::case::Case;
use super::claim::Claimed;
use crate::domain::govern::work::Work;
use crate::domain::model::issue::{Issue, IssueState};
use crate::domain::model::tracker::{IssueWish, group_fingerprint};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Most issues of their own within [`LATELY`]; what comes above is grouped.
pub const STORM: usize = 10;
/// How far back issues count.
const LATELY: TimeDelta = TimeDelta::hours(1);

/// What a group is the same for: policy, tier, action, tracker, repository.
type Place = (String, String, String, String, String);

/// Enters what was claimed into the memories, grouped where it is a storm.
pub fn enter(work: &Work, cases: &mut [Case], claimed: Vec<Claimed>) {
    let mut by_place: BTreeMap<Place, Vec<Claimed>> = BTreeMap::new();
    for one in claimed {
        by_place.entry(place(&cases[one.case], &one.issue)).or_default().push(one);
    }
    for (place, mut fresh) in by_place {
        let lately = lately(work, cases, &place);
        if lately + fresh.len() > STORM {
            group(work, cases, &mut fresh);
        }
        for Claimed { case, issue } in fresh {
            let issues = &mut cases[case].memory.issues;
            issues.retain(|known| known.action != issue.action);
            issues.push(issue);
        }
    }
}

fn place(case: &Case, issue: &Issue) -> Place {
    (
        case.proposal.policy_uid.clone(),
        case.tier.tier.clone(),
        issue.action.clone(),
        issue.tracker.clone(),
        issue.repository.clone(),
    )
}

/// Issues of their own that were claimed there lately.
fn lately(work: &Work, cases: &[Case], wanted: &Place) -> usize {
    let issues = cases.iter().flat_map(|case| case.memory.issues.iter().map(move |issue| (case, issue)));
    let recent = |issue: &Issue| !issue.grouped && work.now - issue.claimed < LATELY;
    issues.filter(|(case, issue)| recent(issue) && place(case, issue) == *wanted).count()
}

/// Makes one of them all: the group that is open already, or a new one.
fn group(work: &Work, cases: &[Case], fresh: &mut [Claimed]) {
    let Some(first) = fresh.iter().min_by(|a, b| a.issue.occasion.cmp(&b.issue.occasion)) else { return };
    let case = &cases[first.case];
    let wish = IssueWish {
        action: first.issue.action.clone(),
        tracker: first.issue.tracker.clone(),
        repository: first.issue.repository.clone(),
        labels: Vec::new(),
        template: String::new(),
    };
    let uid = &case.proposal.policy_uid;
    let fingerprint = group_fingerprint(&work.fleet.installation, uid, &case.tier.tier, &wish);
    let goes_on = |issue: &&Issue| {
        issue.fingerprint == fingerprint && matches!(issue.state, IssueState::Wanted | IssueState::Open)
    };
    let there = cases.iter().flat_map(|case| &case.memory.issues).find(goes_on).cloned();
    let occasion =
        there.as_ref().map_or_else(|| first.issue.occasion.clone(), |issue| issue.occasion.clone());
    for Claimed { issue, .. } in fresh {
        issue.grouped = true;
        issue.fingerprint.clone_from(&fingerprint);
        issue.occasion.clone_from(&occasion);
        issue.weight = 0;
        if let Some(there) = &there {
            (issue.state, issue.number) = (there.state, there.number);
            issue.url.clone_from(&there.url);
        }
    }
}
