//! One Decision: its life step by step, what came of it, and how its tier stands now.

use super::service::{explain, narrow};
use super::time::{instant, span};
use crate::app::drive::show::columns::age;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::told::{Step, ToldDecision};
use crate::domain::model::episode::{Episode, Phase};
use crate::edge::crd::kind::decision::{Decision, EffectEntry};
use chrono::{DateTime, Utc};
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
        now,
    }
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
