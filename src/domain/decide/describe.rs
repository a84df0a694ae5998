//! Tests in words: what was seen, against what, and whether it holds.
//!
//! Owns the sentences that reasons carry. Decides nothing.

use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Observation;
use crate::domain::model::reading::Number;
use crate::domain::policy::condition::{Check, Span, Test};
use crate::domain::policy::spec::Policy;

/// One test with what it is compared to: `reject-rate (0.2 ratio) beyond its limit 0.15`.
pub fn test(policy: &Policy, observation: &Observation, test: &Test) -> String {
    match test {
        Test::Score { below, span } => {
            let score = observation.latest().and_then(|frame| frame.score);
            let score = score.map_or("not known".to_string(), |score| Number(score).to_string());
            format!("score {score} below {}{}", Number(*below), lasting(*span))
        }
        Test::Signal { signal, check } => {
            let spec = &policy.signals[*signal];
            let point = observation.point(*signal);
            let reading = point.map_or("never seen".to_string(), |point| point.reading.to_string());
            let measured = point.is_some_and(|point| point.reading.fresh().is_some());
            let unit =
                if measured && !spec.unit.is_empty() { format!(" {}", spec.unit) } else { String::new() };
            let judged = point.and_then(|point| point.judgement);
            format!("{} ({reading}{unit}) {}", spec.name, phrase(check, judged))
        }
    }
}

/// The same without anything that changes from reading to reading.
pub fn rule(policy: &Policy, test: &Test) -> String {
    match test {
        Test::Score { below, span } => format!("score below {}{}", Number(*below), lasting(*span)),
        Test::Signal { signal, check } => {
            format!("{} {}", policy.signals[*signal].name, phrase(check, None))
        }
    }
}

fn phrase(check: &Check, judged: Option<Judgement>) -> String {
    match check {
        Check::Above { value, span } => format!("above {}{}", Number(*value), lasting(*span)),
        Check::Below { value, span } => format!("below {}{}", Number(*value), lasting(*span)),
        Check::BeyondLimit { limit, span, .. } => {
            format!("beyond its limit {}{}", Number(*limit), lasting(*span))
        }
        Check::Anomalous { periods } => {
            let lasting = periods.map_or(String::new(), |n| lasting(Span::Consecutive(n)));
            format!("anomalous{lasting}{}", judged.map_or(String::new(), band))
        }
    }
}

fn band(judged: Judgement) -> String {
    match judged.maturity {
        Maturity::Learning(left) => {
            format!(" (its baseline learns for {} more minutes)", left.as_secs().div_ceil(60))
        }
        Maturity::Mature => format!(" (usual {} to {})", Number(judged.lower), Number(judged.upper)),
    }
}

fn lasting(span: Span) -> String {
    match span {
        Span::Consecutive(1) => String::new(),
        Span::Consecutive(n) => format!(" for {n} readings"),
        Span::Count { times, of } => format!(" {times} times in {of} readings"),
    }
}
