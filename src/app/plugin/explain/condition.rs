//! A tier's condition, test by test: what has to hold, whether it does, and what is missing.
//!
//! Goes by the readings that were stored last, one of each signal. How long something has held is the
//! governor's to say; here it is said how long it has to.

use super::time::span;
use crate::app::plugin::plain::plain;
use crate::domain::decide::check::{Mark, truth};
use crate::domain::decide::truth::Truth;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::observation::Frame;
use crate::domain::model::reading::{Number, Reading};
use crate::domain::policy::condition::{Check, Span, Term, Test, When};
use crate::domain::policy::spec::Policy;

/// The truth of `when` at the stored readings, how long things must last left aside.
pub fn holds(policy: &Policy, when: &When, frame: &Frame) -> Truth {
    let term = |term: &Term| match term {
        Term::Test(test) => one(policy, test, frame),
        Term::All(tests) => Truth::all(tests.iter().map(|test| one(policy, test, frame))),
        Term::Any(tests) => Truth::any(tests.iter().map(|test| one(policy, test, frame))),
    };
    match when {
        When::All(terms) => Truth::all(terms.iter().map(term)),
        When::Any(terms) => Truth::any(terms.iter().map(term)),
    }
}

/// The condition line by line, groups indented; without readings only what it asks for.
pub fn lines(policy: &Policy, when: &When, frame: Option<&Frame>) -> Vec<String> {
    let (head, terms) = match when {
        When::All(terms) => ("all of these have to hold:", terms),
        When::Any(terms) => ("one of these has to hold:", terms),
    };
    let one = |test: &Test| line(policy, test, frame);
    if let [Term::Test(test)] = terms.as_slice() {
        return vec![one(test)];
    }
    let mut lines = vec![head.to_string()];
    for term in terms {
        match term {
            Term::Test(test) => lines.push(format!("- {}", one(test))),
            Term::All(tests) => group(&mut lines, "- all of:", tests, &one),
            Term::Any(tests) => group(&mut lines, "- one of:", tests, &one),
        }
    }
    lines
}

fn group(lines: &mut Vec<String>, head: &str, tests: &[Test], one: &dyn Fn(&Test) -> String) {
    lines.push(head.to_string());
    lines.extend(tests.iter().map(|test| format!("  - {}", one(test))));
}

/// A young baseline makes a score wait, which a single reading does not show.
fn one(policy: &Policy, test: &Test, frame: &Frame) -> Truth {
    match test {
        Test::Score { .. } if is_young(policy, frame) => Truth::Unknown,
        _ => truth(test, frame, Mark::Threshold),
    }
}

fn is_young(policy: &Policy, frame: &Frame) -> bool {
    let mut judged = frame.points.iter().take(policy.signals.len()).filter_map(|point| point.judgement);
    judged.any(|judged| matches!(judged.maturity, Maturity::Learning(_)))
}

fn line(policy: &Policy, test: &Test, frame: Option<&Frame>) -> String {
    let Some(frame) = frame else { return wanted(policy, test) };
    let answer = match one(policy, test, frame) {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "not known",
    };
    format!("{}: {answer}, {}", wanted(policy, test), found(policy, test, frame))
}

/// What a test asks for: `reject-rate beyond its limit 0.15 for 2m`.
fn wanted(policy: &Policy, test: &Test) -> String {
    let lasting = |span: Span| lasting(policy, span);
    match test {
        Test::Score { below, span } => format!("the score below {}{}", Number(*below), lasting(*span)),
        Test::Signal { signal, check } => {
            let name = plain(&policy.signals[*signal].name);
            match check {
                Check::Above { value, span } => format!("{name} above {}{}", Number(*value), lasting(*span)),
                Check::Below { value, span } => format!("{name} below {}{}", Number(*value), lasting(*span)),
                Check::BeyondLimit { limit, span, .. } => {
                    format!("{name} beyond its limit {}{}", Number(*limit), lasting(*span))
                }
                Check::Anomalous { periods: None } => format!("{name} unusual (its baseline's own alarm)"),
                Check::Anomalous { periods: Some(n) } => {
                    format!("{name} outside its band{}", lasting(Span::Consecutive(*n)))
                }
            }
        }
    }
}

fn lasting(policy: &Policy, span_: Span) -> String {
    match span_ {
        Span::Consecutive(1) => String::new(),
        Span::Consecutive(n) => {
            format!(" for {} ({n} readings in a row)", span(policy.interval.saturating_mul(n)))
        }
        Span::Count { times, of } => {
            format!(" {times} times within {} ({of} readings)", span(policy.interval.saturating_mul(of)))
        }
    }
}

/// What was read, as far as the test is concerned.
fn found(policy: &Policy, test: &Test, frame: &Frame) -> String {
    let Test::Signal { signal, check } = test else { return scored(policy, frame) };
    let Some(point) = frame.points.get(*signal) else { return "it was not looked at yet".to_string() };
    let unit = &policy.signals[*signal].unit;
    let unit = if unit.is_empty() { String::new() } else { format!(" {}", plain(unit)) };
    let Reading::Fresh(value) = point.reading else {
        return match point.reading {
            Reading::Idle => "it is idle".to_string(),
            Reading::NotApplicable => "it was never seen for this service".to_string(),
            Reading::Stale(_) => "its samples are too old".to_string(),
            Reading::Rejected(_) => "its answer cannot be trusted".to_string(),
            _ => "it is absent".to_string(),
        };
    };
    let judged = point.judgement.filter(|_| matches!(check, Check::Anomalous { .. }));
    let band = match judged.map(|judged| (judged.maturity, judged)) {
        Some((Maturity::Learning(left), _)) => format!(", and its baseline still learns for {}", span(left)),
        Some((Maturity::Mature, judged)) => {
            format!(", usual {} to {}", Number(judged.lower), Number(judged.upper))
        }
        None if matches!(check, Check::Anomalous { .. }) => ", and it has no baseline yet".to_string(),
        None => String::new(),
    };
    format!("it is {}{unit}{band}", Number(value))
}

fn scored(policy: &Policy, frame: &Frame) -> String {
    match frame.score {
        Some(score) if is_young(policy, frame) => {
            format!("it is {}, and waits for baselines that still learn", Number(score))
        }
        Some(score) => format!("it is {}", Number(score)),
        None => "too few signals are known for a score".to_string(),
    }
}
