//! A whole service: how it does, what stops actions, what each policy says, and what was before.

use super::time::{instant, when};
use super::{fleet, policy};
use crate::app::drive::show::columns::age;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::{PolicyView, Scene, WorkloadView, is_over};
use crate::app::plugin::told::{Told, ToldPolicy};
use crate::domain::model::episode::Episode;
use crate::domain::model::id::PolicyKey;
use chrono::{DateTime, Utc};

/// Ended episodes that are told of.
const BEFORE: usize = 5;
/// Policies that are named where none governs the service.
const NAMED: usize = 5;

/// Everything that is said of the service.
pub fn explain(scene: &Scene) -> Told {
    let mut policies: Vec<ToldPolicy> =
        scene.policies.iter().filter_map(|view| policy::told(scene, view)).collect();
    // What acts is read first.
    policies.sort_by_key(|policy| !policy.tiers.iter().any(|tier| tier.phase.is_some()));
    let status = scene.health.as_ref().and_then(|health| health.status.as_ref());
    let over = scene.decisions.iter().filter(|decision| is_over(decision)).take(BEFORE);
    Told {
        namespace: plain(&scene.service.namespace),
        service: plain(&scene.service.service),
        verdict: status.and_then(|s| s.verdict.as_deref()).map_or("Unknown".to_string(), plain),
        score: status.and_then(|status| status.score),
        headline: headline(scene, &policies),
        workload: scene.workloads.iter().filter_map(workload).collect(),
        fleet: fleet::told(scene),
        policies,
        before: over.map(|decision| past(scene.now, &Episode::from(decision))).collect(),
        unread: scene.unread.iter().map(|(kind, why)| format!("{kind}: {}", plain(why))).collect(),
    }
}

/// Only what concerns one tier of one policy.
pub fn narrow(told: Told, key: &PolicyKey, tier: &str) -> Told {
    let name = plain(&key.to_string());
    let mut policies = told.policies;
    policies.retain(|policy| policy.kind == key.kind() && policy.name == name);
    for policy in &mut policies {
        policy.tiers.retain(|told| told.name == plain(tier));
    }
    Told { policies, before: Vec::new(), ..told }
}

fn headline(scene: &Scene, policies: &[ToldPolicy]) -> String {
    let name = plain(&scene.service.to_string());
    let Some(status) = scene.health.as_ref().and_then(|health| health.status.as_ref()) else {
        return format!("{name}: nothing is stored of it; {}", unseen(scene, policies));
    };
    let verdict = status.verdict.as_deref().map_or("Unknown".to_string(), plain);
    let score = status.score.map(|score| format!("score {score} of 100"));
    let score = score.unwrap_or_else(|| policy::unscored(&verdict).to_string());
    let stored =
        status.observed_at.map_or(String::new(), |at| format!(", as stored at {}", when(at.0, scene.now)));
    let worst = status.worst_signal.as_deref().map(|signal| format!(", most by {}", plain(signal)));
    format!("{name} is {verdict}, {score}{}{stored}", worst.unwrap_or_default())
}

/// What a workload does that shows in its figures.
fn workload(view: &WorkloadView) -> Option<String> {
    let WorkloadView { object, wanted, ready, updated } = view;
    match (*wanted, *ready, *updated) {
        (0, ..) => Some(format!("{object} is scaled to 0: nothing runs, so there is nothing to measure")),
        (wanted, ready, updated) if updated < wanted => Some(format!(
            "{object} is being rolled out: {updated} of {wanted} pods are new, {ready} are ready"
        )),
        (wanted, ready, _) if ready < wanted => {
            Some(format!("{object} is short of pods: {ready} of {wanted} are ready"))
        }
        _ => None,
    }
}

/// Why nothing is known of a service.
fn unseen(scene: &Scene, policies: &[ToldPolicy]) -> String {
    if !policies.is_empty() {
        return "a policy would govern it, and none of its signals has shown it; check the name, and the labels \
                that say whose a row is"
            .to_string();
    }
    let all: Vec<String> = scene.policies.iter().map(|view| left_out(scene, view)).take(NAMED).collect();
    match all.as_slice() {
        [] => "no policy governs it: there is none in its namespace, and no ClusterHealthPolicy".to_string(),
        all => format!("no policy governs it: {}", all.join("; ")),
    }
}

fn left_out(scene: &Scene, view: &PolicyView) -> String {
    let name = plain(&view.key.to_string());
    let Ok(policy) = &view.verdict else { return format!("{name} is not accepted") };
    if !policy.namespaces.contain(&scene.service.namespace) {
        return format!("{name} does not select namespace {}", plain(&scene.service.namespace));
    }
    let lists = |what: &str, names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        format!("{what} {}", names.join(", "))
    };
    match (policy.services.include.as_slice(), policy.services.exclude.as_slice()) {
        ([], exclude) => format!("{name} {}", lists("excludes", exclude)),
        (include, []) => format!("{name} {}", lists("includes only", include)),
        (include, exclude) => {
            format!("{name} {} and {}", lists("includes only", include), lists("excludes", exclude))
        }
    }
}

/// An ended episode in one line.
fn past(now: DateTime<Utc>, episode: &Episode) -> String {
    let outcome = episode.outcome.map_or("ended", |outcome| outcome.as_str());
    let why = episode.reasons.first().map(|reason| format!(": {}", plain(&reason.message)));
    format!(
        "{} tier {} ended {outcome} after {} ({}){}",
        instant(episode.since, now),
        plain(&episode.key.tier),
        age(episode.since - episode.started),
        plain(&episode.name),
        why.unwrap_or_default()
    )
}
