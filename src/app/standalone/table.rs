//! Tables as kubectl prints them, for the end of a demo.

use crate::app::cycle::state::Cycle;
use crate::app::drive::show::columns::{age, table};
use crate::app::drive::show::story::action;
use crate::domain::model::episode::Episode;
use crate::domain::model::reading::Number;
use chrono::{DateTime, Utc};

/// `kubectl get decisions`, newest last.
pub fn decisions(now: DateTime<Utc>, episodes: &[Episode]) -> String {
    let rows: Vec<Vec<String>> = episodes
        .iter()
        .map(|episode| {
            vec![
                episode.key.service.namespace.clone(),
                episode.name.clone(),
                episode.key.service.service.clone(),
                episode.key.tier.clone(),
                episode.phase.as_str().to_string(),
                episode.outcome.map_or(String::new(), |outcome| outcome.as_str().to_string()),
                action(episode),
                episode.reasons.first().map_or(String::new(), |reason| reason.code.to_string()),
                age(now - episode.started),
            ]
        })
        .collect();
    let headings = ["NAMESPACE", "NAME", "SERVICE", "TIER", "PHASE", "OUTCOME", "ACTION", "REASON", "AGE"];
    table(&headings, &rows)
}

/// `kubectl get servicehealths`.
pub fn services(now: DateTime<Utc>, cycle: &Cycle) -> String {
    let rows: Vec<Vec<String>> = cycle
        .tracks()
        .filter_map(|(key, policy, service, track)| {
            let policy = policy?;
            let score = track.score().and_then(|score| score.value);
            let worst = track.score().and_then(|score| {
                let parts = score.contributions.iter().filter(|part| part.penalty > 0.0);
                let worst = parts.max_by(|a, b| a.penalty.total_cmp(&b.penalty))?;
                Some(policy.signals[worst.signal].name.clone())
            });
            let tier = track.memory.episodes().next();
            Some(vec![
                service.namespace.clone(),
                service.service.clone(),
                key.name.clone(),
                score.map_or("-".to_string(), |score| Number(score.round()).to_string()),
                track.verdict(policy, now).as_str().to_string(),
                tier.map_or(String::new(), |episode| episode.key.tier.clone()),
                worst.unwrap_or_default(),
            ])
        })
        .collect();
    table(&["NAMESPACE", "SERVICE", "POLICY", "SCORE", "VERDICT", "TIER", "WORST SIGNAL"], &rows)
}
