//! The truth of one test at one reading.
//!
//! Owns what a reading means to a test, and how far back across a threshold is far enough to
//! count as well again. Time (spans, streaks) is not its business.

use super::truth::Truth;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Frame;
use crate::domain::model::reading::Reading;
use crate::domain::policy::condition::{Check, Test};

/// Where the line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// As the policy writes it: beyond it is ill.
    Threshold,
    /// Still ill unless back by this share (0.1 is 10 %) of the threshold.
    Recovery(f64),
}

impl Mark {
    fn share(self) -> f64 {
        match self {
            Self::Threshold => 0.0,
            Self::Recovery(share) => share,
        }
    }
}

/// The truth of `test` in one frame, spans left aside. A frame that lacks the signal is Unknown.
pub fn truth(test: &Test, frame: &Frame, mark: Mark) -> Truth {
    match test {
        Test::Score { below, .. } => of_score(*below, frame, mark),
        Test::Signal { signal, check } => match frame.points.get(*signal) {
            None => Truth::Unknown,
            Some(point) => match &point.reading {
                Reading::Fresh(value) => of_value(check, *value, point.judgement.as_ref(), mark),
                Reading::Idle | Reading::NotApplicable => Truth::False,
                Reading::Stale(_) | Reading::Absent | Reading::Rejected(_) => Truth::Unknown,
            },
        },
    }
}

/// A score leaves unknown signals their best case, so a low one is low whatever they would say;
/// a high one proves nothing until every signal is known. The way back is at most half of what
/// there is up to 100, so that it can be gone.
fn of_score(below: f64, frame: &Frame, mark: Mark) -> Truth {
    let Some(score) = frame.score else { return Truth::Unknown };
    let back = (below * mark.share()).min((100.0 - below).max(0.0) / 2.0);
    if score < below + back {
        return Truth::True;
    }
    match frame.points.iter().all(|point| point.reading.is_known()) {
        true => Truth::False,
        false => Truth::Unknown,
    }
}

fn of_value(check: &Check, value: f64, judged: Option<&Judgement>, mark: Mark) -> Truth {
    let above = |limit: f64| Truth::of(value > limit - way_back(limit, -1.0, judged, mark));
    let below = |limit: f64| Truth::of(value < limit + way_back(limit, 1.0, judged, mark));
    match check {
        Check::Above { value: limit, .. } => above(*limit),
        Check::Below { value: limit, .. } => below(*limit),
        Check::BeyondLimit { limit, lower_is_worse: true, .. } => below(*limit),
        Check::BeyondLimit { limit, .. } => above(*limit),
        Check::Anomalous { periods } => match judged {
            Some(judged) if judged.maturity == Maturity::Mature => match (mark, periods) {
                (Mark::Threshold, None) => Truth::of(judged.alarm),
                _ => Truth::of(judged.severity > 0.0 || judged.alarm),
            },
            _ => Truth::Unknown,
        },
    }
}

/// How far back across `limit` is well. A limit of 0 has no share of its own, so the band's usual
/// width stands in, and never asks for better than what is usual: a count that rests at 0 must be
/// able to recover from "above 0". `towards` is the good side, 1 or -1.
fn way_back(limit: f64, towards: f64, judged: Option<&Judgement>, mark: Mark) -> f64 {
    if limit != 0.0 {
        return mark.share() * limit.abs();
    }
    judged.map_or(0.0, |judged| {
        let usual = (judged.expected * towards).max(0.0);
        (mark.share() * (judged.upper - judged.lower)).min(usual)
    })
}
