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
    /// It is closed, and cannot be opened again.
    pub sealed: bool,
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
    /// We watch it no more.
    pub left: bool,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Create,
    /// Bring our part of the text up to date.
    Update(u64),
    Reopen(u64),
    Close(u64),
    /// Say that nobody watches it any more.
    Leave(u64),
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
        Some(mark) if plan.target == IssueTarget::Left && !mark.left => Step::Leave(kept.number),
        Some(mark) if plan.target != IssueTarget::Left && is_behind(plan, mark) => Step::Update(kept.number),
        _ => Step::Rest(seen(kept, IssueStanding::Open)),
    }
}

/// Whether the text says less than is known, or that we closed or left what we watch and is open. It is not
/// written anew for anything else: neither for every evaluation, nor because it has become better.
fn is_behind(plan: &IssuePlan, mark: &Mark) -> bool {
    let worse = plan.issue.weight > mark.weight;
    worse || mark.closed || mark.left || (plan.story.evidence.is_some() && !mark.evidence)
}

fn with_closed(now: DateTime<Utc>, plan: &IssuePlan, closed: &Found) -> Step {
    let mark = closed.mark.as_ref();
    let by_us = mark.is_some_and(|mark| mark.closed);
    let this_time = mark.is_some_and(|mark| mark.occasion == plan.issue.occasion);
    let grown = mark.is_some_and(|mark| plan.issue.weight > mark.weight);
    let window = TimeDelta::from_std(plan.reopen_within).unwrap_or(TimeDelta::MAX);
    let recent = closed.closed_at.is_none_or(|at| now - at <= window);
    let again = || if closed.sealed { Step::Create } else { Step::Reopen(closed.number) };
    match (plan.target, closed.wont_fix) {
        (IssueTarget::Open, true) if grown => again(),
        (_, true) => Step::Rest(seen(closed, IssueStanding::WontFix)),
        (IssueTarget::Open, false) if this_time && !by_us => {
            Step::Rest(seen(closed, IssueStanding::ClosedByPerson))
        }
        (IssueTarget::Open, false) if recent => again(),
        (IssueTarget::Open, false) => Step::Create,
        (_, false) if by_us => Step::Rest(seen(closed, IssueStanding::ClosedByUs)),
        (_, false) => Step::Rest(seen(closed, IssueStanding::ClosedByPerson)),
    }
}

fn seen(found: &Found, standing: IssueStanding) -> Seen {
    Seen { number: found.number, url: found.url.clone(), standing }
}

#[cfg(test)]
impl Mark {
    /// A mark for tests: of an open issue with evidence.
    pub fn example() -> Self {
        Self {
            fingerprint: "0123456789abcdef".into(),
            occasion: "cart-split-0a".into(),
            weight: 3,
            evidence: true,
            closed: false,
            twin_of: None,
            left: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn plan(target: IssueTarget, weight: u32) -> IssuePlan {
        let reopen_within = Duration::from_secs(3600);
        IssuePlan { target, reopen_within, ..IssuePlan::example("now", weight) }
    }

    /// An issue with our mark, of weight 1, from an earlier occasion.
    fn one(number: u64, open: bool) -> Found {
        let mark = Mark {
            fingerprint: "f".into(),
            occasion: "before".into(),
            weight: 1,
            evidence: false,
            closed: !open,
            ..Mark::example()
        };
        Found {
            number,
            url: String::new(),
            open,
            wont_fix: false,
            closed_at: (!open).then_some(at(0)),
            mark: Some(mark),
            body: String::new(),
            version: None,
            sealed: false,
        }
    }

    fn bare(number: u64, open: bool) -> Found {
        Found { mark: None, ..one(number, open) }
    }

    fn rest(number: u64, standing: IssueStanding) -> Step {
        Step::Rest(Seen { number, url: String::new(), standing })
    }

    #[test]
    fn one_is_kept_and_what_stands_beside_it_is_closed() {
        let wanted = plan(IssueTarget::Open, 1);
        let step = |found: &[Found]| next(at(0), &wanted, found, None);
        assert_eq!(step(&[]), Step::Create);
        assert_eq!(step(&[one(5, true)]), rest(5, IssueStanding::Open));
        assert_eq!(step(&[one(9, true), one(5, true), one(7, true)]), Step::Twin { number: 9, of: 5 });
        assert_eq!(step(&[one(3, false), one(5, true)]), rest(5, IssueStanding::Open));
        // What carries our label and no mark of ours is a person's: kept if nothing else is there, never closed.
        assert_eq!(step(&[bare(4, true)]), rest(4, IssueStanding::Open));
        assert_eq!(step(&[bare(4, true), one(5, true)]), rest(5, IssueStanding::Open));
        assert_eq!(step(&[bare(4, false)]), Step::Create);
        let twin =
            Found { mark: one(6, false).mark.map(|mark| Mark { twin_of: Some(5), ..mark }), ..one(6, false) };
        assert_eq!(step(&[twin]), Step::Create, "a twin is not reopened");
    }

    #[test]
    fn one_that_was_just_made_is_not_made_again_because_the_list_lags() {
        let wanted = plan(IssueTarget::Open, 1);
        assert_eq!(next(at(0), &wanted, &[], Some((8, ""))), rest(8, IssueStanding::Open));
        assert_eq!(
            next(at(0), &wanted, &[one(5, true), one(8, true)], Some((8, ""))),
            Step::Twin { number: 8, of: 5 }
        );
    }

    #[test]
    fn what_is_closed_is_reopened_followed_or_left_by_who_closed_it_and_when() {
        let by_person =
            Found { mark: one(5, false).mark.map(|mark| Mark { closed: false, ..mark }), ..one(5, false) };
        let this_time = Found {
            mark: by_person.mark.clone().map(|mark| Mark { occasion: "now".into(), ..mark }),
            ..by_person.clone()
        };
        let quiet = Found { wont_fix: true, ..by_person.clone() };
        // A workflow without a way back.
        let sealed = Found { sealed: true, ..one(5, false) };
        let open = |weight: u32, hour: i64, found: &Found| {
            next(at(hour), &plan(IssueTarget::Open, weight), std::slice::from_ref(found), None)
        };
        for (hour, weight, found, expected) in [
            (1, 1, &one(5, false), Step::Reopen(5)),
            (2, 1, &one(5, false), Step::Create),
            (1, 1, &by_person, Step::Reopen(5)),
            (1, 9, &this_time, rest(5, IssueStanding::ClosedByPerson)),
            (1, 1, &quiet, rest(5, IssueStanding::WontFix)),
            (99, 1, &quiet, rest(5, IssueStanding::WontFix)),
            (99, 2, &quiet, Step::Reopen(5)),
            (1, 1, &sealed, Step::Create),
            (99, 1, &Found { sealed: true, ..quiet.clone() }, rest(5, IssueStanding::WontFix)),
            (99, 2, &Found { sealed: true, ..quiet.clone() }, Step::Create),
        ] {
            assert_eq!(open(weight, hour, found), expected, "hour {hour}, weight {weight}, {found:?}");
        }
        let keep = |found: &[Found]| next(at(0), &plan(IssueTarget::Keep, 9), found, None);
        assert_eq!(keep(&[one(5, false)]), rest(5, IssueStanding::ClosedByUs));
        assert_eq!(keep(&[by_person]), rest(5, IssueStanding::ClosedByPerson));
        assert_eq!(keep(&[]), rest(0, IssueStanding::Gone));
    }

    #[test]
    fn a_text_is_written_anew_only_when_it_has_grown_or_evidence_came() {
        let keep = |weight: u32| plan(IssueTarget::Keep, weight);
        let found = [one(5, true)];
        assert_eq!(next(at(0), &keep(0), &found, None), rest(5, IssueStanding::Open));
        assert_eq!(next(at(0), &keep(1), &found, None), rest(5, IssueStanding::Open));
        assert_eq!(next(at(0), &keep(2), &found, None), Step::Update(5));
        assert_eq!(next(at(0), &keep(2), &[bare(5, true)], None), rest(5, IssueStanding::Open));
        // Opened again by a person, or by us when we died before the text was written.
        let says_closed = Found { mark: one(5, false).mark, ..one(5, true) };
        assert_eq!(next(at(0), &keep(1), &[says_closed], None), Step::Update(5));
        assert_eq!(next(at(0), &plan(IssueTarget::Closed, 1), &found, None), Step::Close(5));
        assert_eq!(next(at(0), &plan(IssueTarget::Closed, 1), &[], None), rest(0, IssueStanding::Gone));
    }

    #[test]
    fn what_nobody_watches_any_more_says_so_once_and_is_neither_opened_nor_closed() {
        let leave = |found: &[Found]| next(at(0), &plan(IssueTarget::Left, 9), found, None);
        assert_eq!(leave(&[one(5, true)]), Step::Leave(5));
        let left = Found { mark: one(5, true).mark.map(|mark| Mark { left: true, ..mark }), ..one(5, true) };
        assert_eq!(leave(std::slice::from_ref(&left)), rest(5, IssueStanding::Open));
        assert_eq!(leave(&[one(5, false)]), rest(5, IssueStanding::ClosedByUs));
        assert_eq!(leave(&[bare(5, true)]), rest(5, IssueStanding::Open), "people's text stays");
        assert_eq!(leave(&[]), rest(0, IssueStanding::Gone));
        assert_eq!(next(at(0), &plan(IssueTarget::Keep, 1), &[left], None), Step::Update(5), "watched again");
    }
}
