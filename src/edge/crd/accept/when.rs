//! Conditions: signals found by name, spans counted in readings.

use super::problems::Problems;
use crate::domain::model::baseline::Worse;
use crate::domain::model::problem::Problem;
use crate::domain::policy::condition::{Check, Span, Term, Test, When, readings};
use crate::domain::policy::signal::Signal;
use crate::edge::crd::field::duration::Duration as Text;
use crate::edge::crd::kind::policy::when::{TermSpec, TestSpec, WhenSpec};
use std::time::Duration;

/// What a condition may refer to.
pub struct Scope<'a> {
    pub signals: &'a [Signal],
    pub interval: Duration,
}

/// How a span was written: `for`, or `times` and `within`.
struct Written<'a> {
    lasting: Option<&'a Text>,
    times: Option<u32>,
    within: Option<&'a Text>,
}

/// Reads a `when`.
pub fn when(problems: &mut Problems, field: &str, spec: &WhenSpec, scope: &Scope) -> Option<When> {
    match (&spec.all, &spec.any) {
        (Some(terms), None) => each(problems, &format!("{field}.all"), terms, scope, term).map(When::All),
        (None, Some(terms)) => each(problems, &format!("{field}.any"), terms, scope, term).map(When::Any),
        _ => {
            let fix = "write when: {all: [...]} or when: {any: [...]}";
            problems.add(Problem::new(field, "", "it needs exactly one of all and any", fix));
            None
        }
    }
}

fn each<S, T>(
    problems: &mut Problems,
    field: &str,
    specs: &[S],
    scope: &Scope,
    read: fn(&mut Problems, &str, &S, &Scope) -> Option<T>,
) -> Option<Vec<T>> {
    let read =
        specs.iter().enumerate().map(|(i, spec)| read(problems, &format!("{field}[{i}]"), spec, scope));
    // Every member is read, so that every problem is found.
    let all: Vec<Option<T>> = read.collect();
    all.into_iter().collect()
}

fn term(problems: &mut Problems, field: &str, spec: &TermSpec, scope: &Scope) -> Option<Term> {
    match (&spec.all, &spec.any) {
        (Some(tests), None) => each(problems, &format!("{field}.all"), tests, scope, test).map(Term::All),
        (None, Some(tests)) => each(problems, &format!("{field}.any"), tests, scope, test).map(Term::Any),
        _ => {
            let TermSpec { signal, above, below, beyond_limit, anomalous, score, .. } = spec.clone();
            let spec = TestSpec { signal, above, below, beyond_limit, anomalous, score };
            test(problems, field, &spec, scope).map(Term::Test)
        }
    }
}

fn test(problems: &mut Problems, field: &str, spec: &TestSpec, scope: &Scope) -> Option<Test> {
    if let Some(score) = &spec.score {
        let written = Written { lasting: score.lasting.as_ref(), times: None, within: None };
        let span = span(problems, &format!("{field}.score"), &written, scope)?;
        return Some(Test::Score { below: score.below, span });
    }
    let name = spec.signal.as_deref().unwrap_or_default();
    let Some(signal) = scope.signals.iter().position(|signal| signal.name == name) else {
        let known: Vec<&str> = scope.signals.iter().map(|signal| signal.name.as_str()).collect();
        let fix = format!("name one of: {}", known.join(", "));
        problems.add(Problem::new(format!("{field}.signal"), name, "no such signal is declared", fix));
        return None;
    };
    let check = check(problems, field, spec, &scope.signals[signal], scope)?;
    Some(Test::Signal { signal, check })
}

fn check(
    problems: &mut Problems,
    field: &str,
    spec: &TestSpec,
    signal: &Signal,
    scope: &Scope,
) -> Option<Check> {
    if let Some(own) = &spec.above {
        let written =
            Written { lasting: own.lasting.as_ref(), times: own.times, within: own.within.as_ref() };
        let span = span(problems, &format!("{field}.above"), &written, scope)?;
        return Some(Check::Above { value: own.value, span });
    }
    if let Some(own) = &spec.below {
        let written =
            Written { lasting: own.lasting.as_ref(), times: own.times, within: own.within.as_ref() };
        let span = span(problems, &format!("{field}.below"), &written, scope)?;
        return Some(Check::Below { value: own.value, span });
    }
    if let Some(own) = &spec.beyond_limit {
        let written =
            Written { lasting: own.lasting.as_ref(), times: own.times, within: own.within.as_ref() };
        let span = span(problems, &format!("{field}.beyondLimit"), &written, scope)?;
        let Some(limit) = signal.limit else {
            let fix = format!("give signal {} a limit", signal.name);
            problems.add(Problem::new(format!("{field}.beyondLimit"), "", "its signal has no limit", fix));
            return None;
        };
        return Some(Check::BeyondLimit { limit, lower_is_worse: signal.worse == Worse::Lower, span });
    }
    if let Some(own) = &spec.anomalous {
        return Some(Check::Anomalous { periods: own.periods });
    }
    let fix = "write one of above, below, beyondLimit, anomalous and score";
    problems.add(Problem::new(field, "", "it tests nothing", fix));
    None
}

fn span(problems: &mut Problems, field: &str, written: &Written, scope: &Scope) -> Option<Span> {
    let (Some(times), Some(within)) = (written.times, written.within) else {
        let lasting = problems.duration(&format!("{field}.for"), written.lasting, Duration::ZERO);
        return Some(Span::lasting(lasting, scope.interval));
    };
    let within = problems.duration(&format!("{field}.within"), Some(within), Duration::ZERO);
    let of = readings(within, scope.interval);
    if times > of {
        let message = format!("{times} times cannot be counted in {of} readings");
        let fix = "lengthen within, or shorten the policy's interval";
        problems.add(Problem::new(format!("{field}.times"), times, message, fix));
        return None;
    }
    Some(Span::Count { times: times.max(1), of })
}
