//! Closing issues: once their service was healthy for long enough, as far as that is known.

use super::case::Case;
use crate::domain::govern::rail::order;
use crate::domain::govern::work::Work;
use crate::domain::model::issue::{Issue, IssueState};
use chrono::{DateTime, TimeDelta, Utc};

/// Counts how long the tier was well, and has its open issues closed in the end. Times of which
/// nothing is known do not count, and nothing is closed in one.
pub fn watch(work: &Work, case: &mut Case) {
    let paused = order::restore_paused(work, case.proposal).is_some();
    let lives = case.acting().is_some();
    for issue in case.memory.issues.iter_mut().filter(|issue| issue.state == IssueState::Open) {
        let Some(facts) = work.fleet.trackers.get(&issue.tracker) else { continue };
        let well = if lives { Some(false) } else { case.tier.sight.well };
        count(work.now, issue, well);
        let enough = TimeDelta::from_std(facts.close_after).unwrap_or(TimeDelta::MAX);
        let is_enough = issue.well_since.is_some_and(|since| work.now - since >= enough);
        if is_enough && well == Some(true) && !paused {
            issue.enter(IssueState::Closing);
        }
    }
}

fn count(now: DateTime<Utc>, issue: &mut Issue, well: Option<bool>) {
    match well {
        Some(true) => {
            let blind = issue.blind_since.take().map(|since| now - since);
            issue.well_since = issue.well_since.map(|since| since + blind.unwrap_or_default()).or(Some(now));
            issue.well_since = issue.well_since.map(|since| since.min(now));
        }
        Some(false) => (issue.well_since, issue.blind_since) = (None, None),
        None if issue.well_since.is_some() => issue.blind_since = issue.blind_since.or(Some(now)),
        None => {}
    }
}
