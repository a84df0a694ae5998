//! One Decision: its life step by step, what came of it, and how its tier stands now.

use super::service::{explain, narrow};
use super::time::{instant, span};
use crate::app::drive::show::columns::age;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::told::{Seen, Step, ToldDecision};
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::reading::Number;
use crate::edge::crd::kind::decision::{Decision, EffectEntry};
use crate::edge::crd::kind::evidence::{EvidenceEntry, SignalEvidenceEntry};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that is said of a Decision of the scene's service.
pub fn explain_decision(scene: &Scene, decision: &Decision) -> ToldDecision {
    let episode = Episode::from(decision);
    let status = decision.status.as_ref();
    let now = narrow(explain(scene), &episode.key.policy, &episode.key.tier);
    ToldDecision {
        namespace: plain(&scene.service.namespace),
        name: plain(&episode.name),
        headline: headline(scene.now, &episode),
        story: episode
            .transitions
            .iter()
            .map(|step| Step {
                at: instant(step.at, scene.now),
                phase: step.phase.as_str().to_string(),
                why: step
                    .reasons
                    .iter()
                    .map(|reason| format!("{} [{}]", plain(&reason.message), reason.code))
                    .collect(),
            })
            .collect(),
        effect: status.and_then(|status| status.effect.as_ref()).map(effect),
        flags: episode
            .flags
            .iter()
            .map(|flag| {
                let failing = flag
                    .failing_since
                    .map(|since| format!(", not to be cut since {}", instant(since, scene.now)));
                format!(
                    "{}={} through FlagProvider {} (hold {}){}",
                    plain(&flag.key),
                    plain(&flag.fallback),
                    plain(&flag.provider),
                    plain(&flag.hold),
                    failing.unwrap_or_default()
                )
            })
            .collect(),
        seen: status.and_then(|status| status.evidence.as_ref()).map(seen).unwrap_or_default(),
        now,
    }
}

/// The signals behind it, as they were stored when it began.
fn seen(evidence: &EvidenceEntry) -> Vec<Seen> {
    let one = |signal: &SignalEvidenceEntry| {
        let (lower, upper) = (numbers(&signal.lower), numbers(&signal.upper));
        let rows = signal
            .rows
            .iter()
            .map(|row| format!("{}{}: {} {}", row.query, labels(&row.labels), Number(row.value), row.unit));
        let traces = signal.traces.iter().map(|trace| {
            let link = trace.link.as_deref().unwrap_or_default();
            format!("trace {}{}: {} {link}", trace.id, labels(&trace.labels), Number(trace.value))
        });
        Seen {
            signal: plain(&signal.signal),
            summary: plain(&signal.summary),
            values: numbers(&signal.values),
            bands: lower.into_iter().zip(upper).map(|(lower, upper)| lower.zip(upper)).collect(),
            start: signal.start.map(|start| start.0),
            step_seconds: signal.step_seconds,
            limit: signal.limit,
            lines: rows.chain(traces).map(|line| plain(line.trim_end())).collect(),
        }
    };
    evidence.signals.iter().map(one).collect()
}

/// ` lock=stock pod=a`, or nothing.
fn labels(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(name, value)| format!(" {name}={value}")).collect()
}

/// Numbers separated by spaces; what is none, such as `-`, is not known.
fn numbers(text: &str) -> Vec<Option<f64>> {
    text.split(' ').filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

fn headline(now: DateTime<Utc>, episode: &Episode) -> String {
    let stands = match (episode.phase, episode.outcome) {
        (Phase::Ended, Some(outcome)) => format!("ended {}", outcome.as_str()),
        (phase, _) => format!("is {}", phase.as_str()),
    };
    let away = match episode.held_seconds {
        0 => String::new(),
        seconds => {
            format!("; the feature was away for {} before this phase", span(Duration::from_secs(seconds)))
        }
    };
    format!(
        "Decision {}: tier {} ({}) of policy {} for {} {stands} since {} ({}), begun {}{away}",
        plain(&episode.name),
        plain(&episode.key.tier),
        plain(&episode.level),
        plain(&episode.key.policy.to_string()),
        plain(&episode.key.service.to_string()),
        instant(episode.since, now),
        age(now - episode.since),
        instant(episode.started, now),
    )
}

fn effect(effect: &EffectEntry) -> String {
    match (effect.verdict.as_deref(), effect.message.as_str()) {
        (None, _) => format!("whether {} improves is not judged yet", plain(&effect.signal)),
        (Some(verdict), "") => plain(verdict),
        (Some(verdict), message) => format!("{}: {}", plain(verdict), plain(message)),
    }
}
