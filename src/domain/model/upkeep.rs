//! What is done next about one issue, given all that its tracker lists under its fingerprint.
//!
//! Pure. The rule that at most one issue per fingerprint is open lies here: the lowest open number
//! stays, later ones that carry our mark are closed with a link, and none is created while any is
//! there to be kept. What people did is respected: what they closed in this occasion stays closed.

use super::issue::{IssuePlan, IssueStanding, IssueTarget, Seen};
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Reverse;

/// An issue as a tracker lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub number: u64,
    pub url: String,
    pub open: bool,
    /// Closed as not to be fixed, by a reason or a label.
    pub wont_fix: bool,
    pub closed_at: Option<DateTime<Utc>>,
    /// None: people took our part out of the text.
    pub mark: Option<Mark>,
    pub body: String,
    /// Changes with the text, where the tracker tells.
    pub version: Option<u64>,
}

/// What our part of the text says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub fingerprint: String,
    pub occasion: String,
    pub weight: u32,
    /// The text shows evidence.
    pub evidence: bool,
    /// We closed it.
    pub closed: bool,
    /// We closed it because of an earlier one.
    pub twin_of: Option<u64>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Create,
    /// Bring our part of the text up to date.
    Update(u64),
    Reopen(u64),
    Close(u64),
    /// Close one that stands beside an earlier one.
    Twin {
        number: u64,
        of: u64,
    },
    /// Nothing is to be done.
    Rest(Seen),
}

/// The next step. `made` is the number of an issue that was created just now, which a list may not
/// show yet.
pub fn next(now: DateTime<Utc>, plan: &IssuePlan, found: &[Found], made: Option<(u64, &str)>) -> Step {
    let ours = || found.iter().filter(|one| one.mark.as_ref().is_none_or(|mark| mark.twin_of.is_none()));
    let known = |one: &&Found| one.mark.is_some() || Some(one.number) == plan.issue.number;
    let open = || ours().filter(|one| one.open);
    let kept =
        open().filter(known).min_by_key(|one| one.number).or_else(|| open().min_by_key(|one| one.number));
    if let Some(kept) = kept {
        return with_open(plan, kept, open().filter(|one| one.mark.is_some()));
    }
    if let Some((number, url)) = made {
        return Step::Rest(Seen { number, url: url.to_string(), standing: IssueStanding::Open });
    }
    let newest = ours().filter(known).max_by_key(|one| (one.closed_at, Reverse(one.number)));
    match newest {
        Some(closed) => with_closed(now, plan, closed),
        None if plan.target == IssueTarget::Open => Step::Create,
        None => {
            let (number, url) = (plan.issue.number.unwrap_or_default(), plan.issue.url.clone());
            Step::Rest(Seen { number, url, standing: IssueStanding::Gone })
        }
    }
}

fn with_open<'f>(plan: &IssuePlan, kept: &Found, mut marked: impl Iterator<Item = &'f Found>) -> Step {
    if let Some(twin) = marked.find(|one| one.number > kept.number) {
        return Step::Twin { number: twin.number, of: kept.number };
    }
    if plan.target == IssueTarget::Closed {
        return Step::Close(kept.number);
    }
    match &kept.mark {
        Some(mark) if is_behind(plan, mark) => Step::Update(kept.number),
        _ => Step::Rest(seen(kept, IssueStanding::Open)),
    }
}

/// Whether the text says less than is known. It is not written anew for anything else: neither for
/// every evaluation, nor because it has become better.
fn is_behind(plan: &IssuePlan, mark: &Mark) -> bool {
    let worse = plan.issue.weight > mark.weight;
    worse || (plan.story.evidence.is_some() && !mark.evidence)
}

fn with_closed(now: DateTime<Utc>, plan: &IssuePlan, closed: &Found) -> Step {
    let mark = closed.mark.as_ref();
    let by_us = mark.is_some_and(|mark| mark.closed);
    let this_time = mark.is_some_and(|mark| mark.occasion == plan.issue.occasion);
    let grown = mark.is_some_and(|mark| plan.issue.weight > mark.weight);
    let window = TimeDelta::from_std(plan.reopen_within).unwrap_or(TimeDelta::MAX);
    let recent = closed.closed_at.is_none_or(|at| now - at <= window);
    match (plan.target, closed.wont_fix) {
        (IssueTarget::Open, true) if grown => Step::Reopen(closed.number),
        (_, true) => Step::Rest(seen(closed, IssueStanding::WontFix)),
        (IssueTarget::Open, false) if this_time && !by_us => {
            Step::Rest(seen(closed, IssueStanding::ClosedByPerson))
        }
        (IssueTarget::Open, false) if recent => Step::Reopen(closed.number),
        (IssueTarget::Open, false) => Step::Create,
        (_, false) if by_us => Step::Rest(seen(closed, IssueStanding::ClosedByUs)),
        (_, false) => Step::Rest(seen(closed, IssueStanding::ClosedByPerson)),
    }
}

fn seen(found: &Found, standing: IssueStanding) -> Seen {
    Seen { number: found.number, url: found.url.clone(), standing }
}
