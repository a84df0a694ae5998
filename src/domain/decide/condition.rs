//! A tier's `when`, and its opposite: whether its signals are well again.
//!
//! Owns the truth of one test at one reading, and of the whole `when` over the window.
//! Recovery uses the same tests with a margin: back by so much of the threshold (of the band's
//! width where the threshold is 0), inside the band for `anomalous`.

use super::streak::{Streak, met, streak};
use super::truth::Truth;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::{Frame, Observation};
use crate::domain::model::reading::{Number, Reading};
use crate::domain::policy::condition::{Check, Span, Term, Test, When, readings};
use crate::domain::policy::spec::{Policy, Tier};
use chrono::{DateTime, Utc};

/// One tier of one policy looking at one service.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub now: DateTime<Utc>,
    pub policy: &'a Policy,
    pub tier: &'a Tier,
    pub observation: &'a Observation,
}

/// How strict a test is.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    /// As written.
    Threshold,
    /// Still ill unless back by the margin.
    Recovery,
}

impl Case<'_> {
    /// The truth of `when`.
    pub fn when(&self) -> Truth {
        fold(&self.tier.when, &|test| self.test(test))
    }

    /// Whether a True test is about something that users feel.
    pub fn users_feel_it(&self) -> bool {
        self.tier.when.tests().any(|test| match test {
            Test::Signal { signal, .. } => {
                self.policy.signals[*signal].user_facing && self.test(test) == Truth::True
            }
            Test::Score { .. } => false,
        })
    }

    /// How many readings in a row, newest back, the signals have been well by the margin, counting
    /// only those after `since` and stopping at `enough`.
    pub fn well(&self, since: DateTime<Utc>, enough: u32) -> Streak {
        let frames = self.frames().take_while(|frame| frame.at > since);
        streak(frames.map(|frame| not(self.ill(frame))), self.longest_patience(), enough)
    }

    /// `recover.for` in readings.
    pub fn recover_readings(&self) -> u32 {
        readings(self.tier.recover.lasting, self.policy.interval)
    }

    /// Known readings after `since`: how far a probe has come.
    pub fn known_since(&self, since: DateTime<Utc>) -> u32 {
        let frames = self.frames().take_while(|frame| frame.at > since);
        frames.filter(|frame| self.ill(frame) != Truth::Unknown).count() as u32
    }

    /// Whether the newest reading is still ill by the margin.
    pub fn ill_now(&self) -> Truth {
        self.observation.latest().map_or(Truth::Unknown, |frame| self.ill(frame))
    }

    /// Whether every signal that the tier tests is idle right now.
    pub fn idle_now(&self) -> bool {
        let signals = self.tier.when.tests().filter_map(|test| match test {
            Test::Signal { signal, .. } => Some(*signal),
            Test::Score { .. } => None,
        });
        let mut idle = signals.map(|s| self.observation.point(s).is_some_and(|p| p.reading == Reading::Idle));
        idle.next() == Some(true) && idle.all(|yes| yes)
    }

    /// One sentence per test: signal, value, threshold, band and truth.
    pub fn sentences(&self) -> Vec<String> {
        self.tier.when.tests().map(|test| format!("{} is {}", self.describe(test), self.test(test))).collect()
    }

    fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.observation.frames.iter().rev()
    }

    fn test(&self, test: &Test) -> Truth {
        let span = match test {
            Test::Score { span, .. } => *span,
            Test::Signal { check, .. } => span_of(check),
        };
        met(span, self.frames().map(|frame| self.at(test, frame, Mark::Threshold)), self.patience(test))
    }

    /// Whether the tier's signals are still ill in one frame, spans left aside.
    fn ill(&self, frame: &Frame) -> Truth {
        fold(&self.tier.when, &|test| self.at(test, frame, Mark::Recovery))
    }

    fn at(&self, test: &Test, frame: &Frame, mark: Mark) -> Truth {
        let margin = if mark == Mark::Recovery { self.tier.recover.margin_percent / 100.0 } else { 0.0 };
        match test {
            Test::Score { below, .. } => match frame.score {
                Some(score) => Truth::of(score < below * (1.0 + margin)),
                None => Truth::Unknown,
            },
            Test::Signal { signal, check } => match frame.points.get(*signal) {
                None => Truth::Unknown,
                Some(point) => match &point.reading {
                    Reading::Fresh(value) => fresh(check, *value, point.judgement.as_ref(), margin, mark),
                    Reading::Idle | Reading::NotApplicable => Truth::False,
                    Reading::Stale(_) | Reading::Absent | Reading::Rejected(_) => Truth::Unknown,
                },
            },
        }
    }

    fn patience(&self, test: &Test) -> u32 {
        match test {
            Test::Signal { signal, .. } => {
                readings(self.policy.signals[*signal].max_age, self.policy.interval)
            }
            Test::Score { .. } => self.longest_patience(),
        }
    }

    fn longest_patience(&self) -> u32 {
        let ages = self.policy.signals.iter().map(|signal| readings(signal.max_age, self.policy.interval));
        ages.max().unwrap_or(1)
    }

    fn describe(&self, test: &Test) -> String {
        match test {
            Test::Score { below, span } => {
                let score = self.observation.latest().and_then(|frame| frame.score);
                let score = score.map_or("not known".to_string(), |s| Number(s).to_string());
                format!("score {score} below {}{}", Number(*below), lasting(*span))
            }
            Test::Signal { signal, check } => {
                let spec = &self.policy.signals[*signal];
                let point = self.observation.point(*signal);
                let reading = point.map_or("never seen".to_string(), |p| p.reading.to_string());
                let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
                let judged = point.and_then(|p| p.judgement);
                format!("{} ({reading}{unit}) {}", spec.name, phrase(check, judged))
            }
        }
    }
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

fn span_of(check: &Check) -> Span {
    match check {
        Check::Above { span, .. } | Check::Below { span, .. } | Check::BeyondLimit { span, .. } => *span,
        Check::Anomalous { periods } => Span::Consecutive(periods.unwrap_or(1)),
    }
}

/// The truth of a check on one fresh value. `margin` widens it while recovering.
fn fresh(check: &Check, value: f64, judged: Option<&Judgement>, margin: f64, mark: Mark) -> Truth {
    let back = |threshold: f64| match threshold {
        zero if zero == 0.0 => margin * judged.map_or(0.0, |j| j.upper - j.lower),
        threshold => margin * threshold.abs(),
    };
    let above = |threshold: f64| Truth::of(value > threshold - back(threshold));
    let below = |threshold: f64| Truth::of(value < threshold + back(threshold));
    match check {
        Check::Above { value: threshold, .. } => above(*threshold),
        Check::Below { value: threshold, .. } => below(*threshold),
        Check::BeyondLimit { limit, lower_is_worse: true, .. } => below(*limit),
        Check::BeyondLimit { limit, .. } => above(*limit),
        Check::Anomalous { periods } => match judged {
            Some(judged) if judged.maturity == Maturity::Mature => match (mark, periods) {
                (Mark::Threshold, None) => Truth::of(judged.alarm),
                _ => Truth::of(judged.severity > 0.0),
            },
            _ => Truth::Unknown,
        },
    }
}

fn phrase(check: &Check, judged: Option<Judgement>) -> String {
    match check {
        Check::Above { value, span } => format!("above {}{}", Number(*value), lasting(*span)),
        Check::Below { value, span } => format!("below {}{}", Number(*value), lasting(*span)),
        Check::BeyondLimit { limit, span, .. } => {
            format!("beyond its limit {}{}", Number(*limit), lasting(*span))
        }
        Check::Anomalous { .. } => match judged {
            None => "anomalous".to_string(),
            Some(judged) => match judged.maturity {
                Maturity::Learning(left) => {
                    format!(
                        "anomalous (its baseline learns for {} more minutes)",
                        left.as_secs().div_ceil(60)
                    )
                }
                Maturity::Mature => {
                    format!("anomalous (usual {} to {})", Number(judged.lower), Number(judged.upper))
                }
            },
        },
    }
}

fn lasting(span: Span) -> String {
    match span {
        Span::Consecutive(1) => String::new(),
        Span::Consecutive(n) => format!(" for {n} readings"),
        Span::Count { times, of } => format!(" {times} times in {of} readings"),
    }
}
