//! One policy about one service: whether it governs it, what keeps it from judging, signals and tiers.

use super::advice::{self, FLEET, POLICY};
use super::time::span;
use super::{fleet, signal, tier};
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::{PolicyView, Scene};
use crate::app::plugin::told::{Said, ToldPolicy};
use crate::domain::model::problem::Problem;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::field::condition::{Condition, Truth};
use crate::edge::crd::field::reference::PolicyRef;
use crate::edge::crd::kind::service_health::PolicyHealth;
use std::collections::BTreeSet;

/// What a policy says of the service; None where it leaves the service out and holds nothing of it.
pub fn told(scene: &Scene, view: &PolicyView) -> Option<ToldPolicy> {
    let health = stored(scene, view);
    let policy = match &view.verdict {
        Ok(policy) if policy.governs(&scene.service) => policy.meant_for(&scene.service),
        Ok(_) => return None,
        Err(problems) => return Some(refused(view, problems)),
    };
    let case = |tier| tier::Case { scene, view, policy, tier, health };
    let declared: BTreeSet<&str> = policy.tiers.iter().map(|tier| tier.name.as_str()).collect();
    let gone = health.into_iter().flat_map(|health| &health.tiers);
    let gone = gone.filter(|stored| !declared.contains(stored.name.as_str())).filter_map(tier::gone);
    let signal = |spec: &crate::domain::policy::signal::Signal| {
        let stored = health.and_then(|health| health.signals.iter().find(|stored| stored.name == spec.name));
        signal::told(spec, stored)
    };
    Some(ToldPolicy {
        kind: view.key.kind(),
        name: plain(&view.key.to_string()),
        headline: headline(view, policy, health),
        troubles: troubles(scene, view, policy),
        signals: policy.signals.iter().map(signal).collect(),
        tiers: policy.tiers.iter().map(|tier| case(tier).told()).chain(gone).collect(),
    })
}

/// What was stored of the service by this policy.
pub fn stored<'a>(scene: &'a Scene, view: &PolicyView) -> Option<&'a PolicyHealth> {
    let kind = PolicyRef::from(&view.key).kind;
    let status = scene.health.as_ref()?.status.as_ref()?;
    status.policies.iter().find(|policy| policy.kind == kind && policy.name == view.key.name)
}

fn headline(view: &PolicyView, policy: &Policy, health: Option<&PolicyHealth>) -> String {
    let head = format!(
        "Policy {} ({}, looks every {})",
        plain(&view.key.to_string()),
        view.key.kind(),
        span(policy.interval)
    );
    match health {
        Some(health) => {
            let score = health.score.map(|score| format!("score {score}"));
            let score = score.unwrap_or_else(|| unscored(&health.verdict).to_string());
            format!("{head}: {}, {score}", plain(&health.verdict))
        }
        None => format!("{head}: nothing is stored of this service yet"),
    }
}

/// Why there is no score.
pub fn unscored(verdict: &str) -> &'static str {
    match verdict {
        "Learning" => "no score yet: its baselines still learn",
        "Idle" => "no score: it is idle",
        _ => "no score: too little is known",
    }
}

fn refused(view: &PolicyView, problems: &[Problem]) -> ToldPolicy {
    let edit = advice::order("mend it", POLICY, advice::edit(&view.key));
    let said =
        |problem: &Problem| Said { code: Some("Invalid".into()), ..Said::just(plain(&problem.to_string())) };
    let mut troubles: Vec<Said> = problems.iter().map(said).collect();
    if let Some(first) = troubles.first_mut() {
        first.you_can.extend(edit);
    }
    ToldPolicy {
        kind: view.key.kind(),
        name: plain(&view.key.to_string()),
        headline: format!(
            "Policy {} ({}): is not accepted, so it judges nothing and engages nothing",
            plain(&view.key.to_string()),
            view.key.kind()
        ),
        troubles,
        signals: Vec::new(),
        tiers: Vec::new(),
    }
}

/// What keeps a policy from judging or acting.
fn troubles(scene: &Scene, view: &PolicyView, policy: &Policy) -> Vec<Said> {
    let mut said = Vec::new();
    let pause = policy.orders.pause;
    if pause.act || pause.restore {
        let namespace = view.key.namespace.as_deref().unwrap_or_default();
        let object = advice::reference(&view.key);
        let command = format!("kubectl flyball resume {object}{}", advice::within(&view.key));
        let resume = advice::order("end the pause", POLICY, command).into_iter().collect();
        let on = if namespace.is_empty() { "the ClusterHealthPolicy" } else { "the policy" };
        let message = format!("flyball.dev/paused on {on} {}", fleet::effect(pause.act, pause.restore));
        said.push(Said { code: Some("Paused".into()), you_can: resume, ..Said::just(message) });
    }
    said.extend(fleet::windows(scene, &policy.windows, "the policy"));
    let unwell = |name: &str, wanted: Truth| {
        view.status.conditions.iter().find(|c| c.type_ == name && c.status == wanted)
    };
    for condition in ["Accepted", "SignalsHealthy", "Ready"] {
        let found = unwell(condition, Truth::False);
        let twice = condition == "Ready" && found.is_some_and(|c| c.reason == "SignalsUnhealthy");
        said.extend(found.filter(|_| !twice).map(|condition| of_condition(condition, view, policy)));
    }
    let learning = unwell("BaselineMature", Truth::False);
    said.extend(learning.map(|condition| of_condition(condition, view, policy)));
    said.extend(providers(scene, policy));
    said
}

fn of_condition(condition: &Condition, view: &PolicyView, policy: &Policy) -> Said {
    let message =
        format!("{} is {:?}: {}", plain(&condition.type_), condition.status, plain(&condition.message));
    let you_can = advice::of_condition(&condition.reason, &view.key, &policy.source).into_iter().collect();
    Said { code: Some(plain(&condition.reason)), you_can, ..Said::just(message) }
}

/// FlagProviders that its tiers would act through and that cannot be used.
fn providers(scene: &Scene, policy: &Policy) -> Vec<Said> {
    if scene.unread.contains_key("FlagProvider") {
        return Vec::new();
    }
    let named = policy.tiers.iter().flat_map(|tier| &tier.actions).map(|action| action.provider.as_str());
    let named: BTreeSet<&str> = named.collect();
    let said = named.into_iter().filter_map(|name| {
        let why = match scene.providers.get(name) {
            None => "is not declared".to_string(),
            Some(provider) => {
                let conditions = provider.status.as_ref().map(|status| status.conditions.as_slice());
                let ready = conditions.unwrap_or_default().iter().find(|c| c.type_ == "Ready");
                let unready = ready.filter(|ready| ready.status == Truth::False)?;
                format!("is not ready: {}", plain(&unready.message))
            }
        };
        let check = advice::order("see what is missing", FLEET, "flyball check").into_iter().collect();
        let message = format!("FlagProvider {} {why}: nothing can be cut through it", plain(name));
        Some(Said { code: Some("ProviderRefused".into()), you_can: check, ..Said::just(message) })
    });
    said.collect()
}
