//! A tier's `when`, and its opposite: whether its signals are well again.
//!
//! Owns the truth of the whole `when` over the window. The window is read on the policy's grid:
//! a look that is missing is Unknown, and so is everything once the newest look is too old to
//! speak for now.

use super::check::{self, Mark};
use super::describe;
use super::streak::{Streak, met, so_far, streak};
use super::truth::Truth;
use crate::domain::model::observation::{Frame, Observation};
use crate::domain::model::reading::Reading;
use crate::domain::policy::condition::{Check, Span, Term, Test, When, readings};
use crate::domain::policy::spec::{Policy, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use std::iter::{once, repeat_n};
use std::time::Duration;

/// One tier of one policy looking at one service.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub now: DateTime<Utc>,
    pub policy: &'a Policy,
    pub tier: &'a Tier,
    pub observation: &'a Observation,
}

impl<'a> Case<'a> {
    /// The truth of `when`.
    pub fn when(&self) -> Truth {
        fold(&self.tier.when, &|test| self.test(test))
    }

    /// Whether a cut, the first or another, is called for: `when` is True, something of it is seen
    /// right now and, where the tier requires it, felt by users.
    pub fn calls_for_cut(&self) -> bool {
        let felt = || !self.tier.requires_user_facing || self.users_feel_it();
        self.when() == Truth::True && self.is_seen_now() && felt()
    }

    /// Whether the newest look has a fresh value of one of the tier's signals, or a score where it
    /// tests nothing else. A count may be True by earlier readings of a service that is idle now.
    pub fn is_seen_now(&self) -> bool {
        let Some(frame) = self.grid().next().flatten() else { return false };
        let mut points = self.signals().filter_map(|signal| frame.points.get(signal));
        let scored = self.signals().next().is_none() && frame.score.is_some();
        scored || points.any(|point| point.reading.fresh().is_some())
    }

    fn users_feel_it(&self) -> bool {
        self.tier.when.tests().any(|test| match test {
            Test::Signal { signal, .. } => {
                self.policy.signals[*signal].user_facing && self.test(test) == Truth::True
            }
            Test::Score { .. } => false,
        })
    }

    /// How many readings in a row, newest back, the signals have been well by the margin: only
    /// those after `since`, stopping at `enough`, and none while `when` is not False.
    pub fn well(&self, since: DateTime<Utc>, enough: u32) -> Streak {
        self.well_if(since, enough, |frame| not(self.ill(frame)))
    }

    /// The same, counting only readings with traffic: an idle one freezes the count.
    pub fn well_on_fresh(&self, since: DateTime<Utc>, enough: u32) -> Streak {
        self.well_if(since, enough, |frame| match self.has_traffic(frame) {
            true => not(self.ill(frame)),
            false => Truth::all([not(self.ill(frame)), Truth::Unknown]),
        })
    }

    /// `recover.for` in readings.
    pub fn recover_readings(&self) -> u32 {
        readings(self.tier.recover.lasting, self.policy.interval)
    }

    /// Known readings after `since`: how far a probe has come.
    pub fn known_since(&self, since: DateTime<Utc>) -> u32 {
        let frames = self.observation.frames.iter().rev().take_while(|frame| frame.at > since);
        frames.filter(|frame| self.ill(frame) != Truth::Unknown).count() as u32
    }

    /// Whether the newest reading is still ill by the margin.
    pub fn ill_now(&self) -> Truth {
        self.grid().next().flatten().map_or(Truth::Unknown, |frame| self.ill(frame))
    }

    /// Whether every signal that the tier tests is idle right now.
    pub fn idle_now(&self) -> bool {
        let mut idle = self
            .signals()
            .map(|signal| self.observation.point(signal).is_some_and(|point| point.reading == Reading::Idle));
        idle.next() == Some(true) && idle.all(|yes| yes)
    }

    /// Every test in one sentence: signal, value, threshold, band and truth, and how far one has come that
    /// needs more readings.
    pub fn sentences(&self) -> String {
        let one = |test: &Test| {
            let truth = self.test(test);
            let some = if truth == Truth::True { 0 } else { self.so_far(test) };
            let so_far = if some > 0 { format!(" ({some} so far)") } else { String::new() };
            format!("{} is {truth}{so_far}", describe::test(self.policy, self.observation, test))
        };
        self.tier.when.tests().map(one).collect::<Vec<_>>().join("; ")
    }

    /// The tests that are True, without live values.
    pub fn rules(&self) -> Vec<String> {
        let held = self.tier.when.tests().filter(|test| self.test(test) == Truth::True);
        held.map(|test| describe::rule(self.policy, test)).collect()
    }

    /// The tests that are True right now, each with the newest look.
    pub fn true_now(&self) -> impl Iterator<Item = (&'a Test, &'a Frame)> + use<'a> {
        let (case, newest) = (*self, self.grid().next().flatten());
        let tests = self.tier.when.tests().filter(move |test| case.test(test) == Truth::True);
        tests.filter_map(move |test| Some((test, newest?)))
    }

    /// The signals whose tests are True, in the order of `when`, as indices in the policy.
    pub fn engaged_signals(&self) -> Vec<usize> {
        let mut engaged = Vec::new();
        for test in self.tier.when.tests().filter(|test| self.test(test) == Truth::True) {
            match test {
                Test::Signal { signal, .. } if !engaged.contains(signal) => engaged.push(*signal),
                Test::Signal { .. } | Test::Score { .. } => {}
            }
        }
        engaged
    }

    /// The readings of the grid, newest first; None where there is none that counts.
    fn grid(&self) -> impl Iterator<Item = Option<&'a Frame>> + use<'a> {
        let interval = self.policy.interval;
        let mut newer: Option<DateTime<Utc>> = None;
        let looks = self.observation.frames.iter().rev().flat_map(move |frame| {
            let missed = newer.map_or(0, |newer| missed(newer - frame.at, interval));
            newer = Some(frame.at);
            repeat_n(None, missed).chain(once(Some(frame)))
        });
        self.outdated().then_some(None).into_iter().chain(looks)
    }

    /// Whether the newest look is older than the shortest `maxAge` (or than one interval, where
    /// that is longer), or from a future that the clock has left again.
    fn outdated(&self) -> bool {
        let Some(latest) = self.observation.latest() else { return true };
        let ages = self.tier.when.tests().map(|test| self.max_age(test));
        let oldest = ages.min().unwrap_or(Duration::ZERO).max(self.policy.interval);
        (self.now - latest.at).abs() > TimeDelta::from_std(oldest).unwrap_or(TimeDelta::MAX)
    }

    fn test(&self, test: &Test) -> Truth {
        met(span(test), self.truths(test), readings(self.max_age(test), self.policy.interval))
    }

    fn so_far(&self, test: &Test) -> u32 {
        so_far(span(test), self.truths(test), readings(self.max_age(test), self.policy.interval))
    }

    /// The truth of a test at each reading, newest first.
    fn truths(&self, test: &Test) -> impl Iterator<Item = Truth> {
        self.grid()
            .map(move |look| look.map_or(Truth::Unknown, |frame| check::truth(test, frame, Mark::Threshold)))
    }

    /// Whether the tier's signals are still ill in one frame, spans left aside.
    fn ill(&self, frame: &Frame) -> Truth {
        let mark = Mark::Recovery(self.tier.recover.margin_percent / 100.0);
        fold(&self.tier.when, &|test| check::truth(test, frame, mark))
    }

    fn well_if(&self, since: DateTime<Utc>, enough: u32, is_well: impl Fn(&Frame) -> Truth) -> Streak {
        match self.when() {
            Truth::True => Streak::Broken(0),
            Truth::Unknown => Streak::Blind,
            Truth::False => {
                let looks = self.grid().take_while(|look| look.is_none_or(|frame| frame.at > since));
                let truths = looks.map(|look| look.map_or(Truth::Unknown, &is_well));
                streak(truths, self.shortest_patience(), enough)
            }
        }
    }

    /// Whether a frame says anything of a service at work: one of the tier's signals is fresh and
    /// none is idle.
    fn has_traffic(&self, frame: &Frame) -> bool {
        let readings = || self.signals().filter_map(|signal| frame.points.get(signal)).map(|p| &p.reading);
        let scored = self.signals().next().is_none() && frame.score.is_some();
        let fresh = readings().any(|reading| reading.fresh().is_some());
        (scored || fresh) && readings().all(|reading| *reading != Reading::Idle)
    }

    fn signals(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.tier.when.tests().filter_map(|test| match test {
            Test::Signal { signal, .. } => Some(*signal),
            Test::Score { .. } => None,
        })
    }

    /// `maxAge` of what a test looks at: the shortest of all signals for the score.
    fn max_age(&self, test: &Test) -> Duration {
        match test {
            Test::Signal { signal, .. } => self.policy.signals[*signal].max_age,
            Test::Score { .. } => {
                self.policy.signals.iter().map(|signal| signal.max_age).min().unwrap_or(Duration::ZERO)
            }
        }
    }

    fn shortest_patience(&self) -> u32 {
        let ages = self.tier.when.tests().map(|test| readings(self.max_age(test), self.policy.interval));
        ages.min().unwrap_or(1)
    }
}

/// How many instants of the grid lie between two looks.
fn missed(gap: TimeDelta, interval: Duration) -> usize {
    let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let steps = (gap.num_milliseconds() + interval / 2) / interval;
    usize::try_from(steps - 1).unwrap_or(0)
}

fn not(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}

fn fold(when: &When, test: &impl Fn(&Test) -> Truth) -> Truth {
    let term = |term: &Term| match term {
        Term::Test(one) => test(one),
        Term::All(tests) => Truth::all(tests.iter().map(test)),
        Term::Any(tests) => Truth::any(tests.iter().map(test)),
    };
    match when {
        When::All(terms) => Truth::all(terms.iter().map(term)),
        When::Any(terms) => Truth::any(terms.iter().map(term)),
    }
}

fn span(test: &Test) -> Span {
    match test {
        Test::Score { span, .. } => *span,
        Test::Signal { check, .. } => match check {
            Check::Above { span, .. } | Check::Below { span, .. } | Check::BeyondLimit { span, .. } => *span,
            Check::Anomalous { periods } => Span::Consecutive(periods.unwrap_or(1)),
        },
    }
}
