//! One signal in a sentence: its reading against band and limit, and what it takes from the score.

use crate::app::plugin::plain::plain;
use crate::app::plugin::told::ToldSignal;
use crate::domain::model::baseline::Worse;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Point;
use crate::domain::model::reading::{Number, Reading, Rejection};
use crate::domain::policy::signal::Signal;
use crate::edge::crd::kind::service_health::SignalHealth;

/// What a policy's signal says of the service; `stored` is what was written of it last.
pub fn told(spec: &Signal, stored: Option<&SignalHealth>) -> ToldSignal {
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", plain(&spec.unit)) };
    let value = stored.and_then(|stored| stored.value);
    let (lower, upper) = (stored.and_then(|s| s.lower), stored.and_then(|s| s.upper));
    let mut parts = vec![reading(stored, &unit)];
    if let (Some(lower), Some(upper)) = (lower, upper) {
        parts.push(format!("usual {} to {}", Number(lower), Number(upper)));
    }
    parts.extend(spec.limit.map(|limit| format!("limit {}", Number(limit))));
    let bad = standing(spec, stored);
    parts.extend(bad.clone());
    parts.extend(learning(stored, spec));
    let penalty = stored.and_then(|stored| stored.penalty).filter(|penalty| *penalty > 0.0);
    parts.extend(penalty.map(|penalty| format!("penalty {penalty:.2} of 1")));
    ToldSignal {
        name: plain(&spec.name),
        sentence: parts.join(", "),
        value,
        lower,
        upper,
        limit: spec.limit,
        penalty,
        bad: bad.is_some(),
    }
}

/// The reading itself, and what it means if it is none.
fn reading(stored: Option<&SignalHealth>, unit: &str) -> String {
    let Some(stored) = stored else { return "not looked at yet".to_string() };
    match (stored.value, stored.reading.as_str()) {
        (Some(value), _) => format!("{}{unit}", Number(value)),
        (None, "idle") => "idle: its activity is below its minimum, which is well".to_string(),
        (None, "never seen") => "never seen for this service: it leaves the score".to_string(),
        (None, "absent") => "absent: it was there before and is not now, so it is not known".to_string(),
        (None, other) => format!("{}: it is not known", plain(other)),
    }
}

/// On which bad side it stands, if on one.
fn standing(spec: &Signal, stored: Option<&SignalHealth>) -> Option<String> {
    let stored = stored?;
    let value = stored.value?;
    let beyond = spec.limit.is_some_and(|limit| match spec.worse {
        Worse::Lower => value < limit,
        Worse::Higher | Worse::Either => value > limit,
    });
    let severity = stored.severity.filter(|severity| *severity > 0.0);
    match (beyond, severity) {
        (true, Some(_)) => Some("beyond its limit and outside its band".to_string()),
        (true, None) => Some("beyond its limit".to_string()),
        (false, Some(severity)) => {
            let alarm = if stored.alarm == Some(true) { ", an alarm" } else { ", no alarm yet" };
            Some(format!("{} half widths outside its band{alarm}", Number((severity * 10.0).round() / 10.0)))
        }
        (false, None) => None,
    }
}

fn learning(stored: Option<&SignalHealth>, spec: &Signal) -> Option<String> {
    let left = stored?.learning_remaining.as_ref()?;
    let until = match spec.limit {
        Some(_) => "until then only its limit counts in the score",
        None => "until then it is not in the score",
    };
    Some(format!("its baseline still learns for {}, {until}", plain(&left.0)))
}

/// What was stored, as the conditions of tiers see it.
pub fn point(stored: Option<&SignalHealth>) -> Point {
    let Some(stored) = stored else { return Point { reading: Reading::Absent, judgement: None } };
    let reading = match (stored.value, stored.reading.as_str()) {
        (Some(value), _) => Reading::Fresh(value),
        (None, "idle") => Reading::Idle,
        (None, "never seen") => Reading::NotApplicable,
        (None, text) if text.starts_with("stale") => Reading::Stale(None),
        (None, text) if text.starts_with("rejected") => Reading::Rejected(Rejection::SourceFailed),
        (None, _) => Reading::Absent,
    };
    Point { reading, judgement: judgement(stored) }
}

fn judgement(stored: &SignalHealth) -> Option<Judgement> {
    let left = stored.learning_remaining.as_ref().and_then(|left| left.read().ok());
    Some(Judgement {
        expected: stored.expected?,
        lower: stored.lower?,
        upper: stored.upper?,
        severity: stored.severity.unwrap_or(0.0),
        alarm: stored.alarm.unwrap_or(false),
        maturity: left.map_or(Maturity::Mature, Maturity::Learning),
    })
}
