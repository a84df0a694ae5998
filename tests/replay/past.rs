//! The same case through replay.

use super::inputs::Case;
use chrono::{DateTime, Utc};
use flyball::app::cycle::make::seasonal;
use flyball::app::observe::observer::Observer;
use flyball::app::observe::source::Source;
use flyball::app::replay::play::setting::Setting;
use flyball::app::replay::play::stage::Stage;
use flyball::domain::model::episode::Episode;
use flyball::domain::model::flag::FlagView;
use flyball::domain::model::id::ServiceKey;
use flyball::domain::model::provider::{Access, Capabilities, ProviderFacts};
use flyball::domain::policy::spec::Policy;
use flyball::edge::crd::kind::decision::{Decision, DecisionStatus};
use flyball::edge::crd::stored::decision::status;
use flyball::edge::flags::memory::Memory;
use flyball::edge::flags::provider::Provider;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a run left, and what replay must be told of its surroundings.
pub struct Run {
    pub decisions: Vec<Value>,
    pub surroundings: Surroundings,
}

/// The policies as they were accepted, the installation, its provider, and the flags before anybody
/// touched them.
pub struct Surroundings {
    pub policies: Vec<Policy>,
    pub installation: String,
    pub provider: ProviderFacts,
    pub flags: BTreeMap<String, FlagView>,
}

impl Surroundings {
    /// With flags in memory, which nobody has touched yet.
    pub async fn of(
        case: &Case,
        policies: Vec<Policy>,
        installation: &str,
        (memory, now): (&Memory, DateTime<Utc>),
    ) -> Self {
        let provider = Provider::Memory(memory.clone());
        let mut flags = BTreeMap::new();
        let services = ["inventory", "catalog"].map(|name| ServiceKey::new("shop", name));
        for action in case.loaded.policies.iter().flat_map(|p| &p.tiers).flat_map(|tier| &tier.actions) {
            for service in &services {
                let target = provider.facts().target(service, &action.key.render(service));
                let view = provider.read(&target, &action.fallback, None, now).await;
                flags.insert(target.hold_name(), view);
            }
        }
        Self { policies, installation: installation.to_string(), provider: facts(), flags }
    }
}

/// The FlagProvider `flags`, in memory.
pub fn facts() -> ProviderFacts {
    ProviderFacts {
        name: "flags".to_string(),
        store: "memory".to_string(),
        endpoint: "flags".to_string(),
        project: None,
        object: None,
        base: None,
        capabilities: Capabilities { precondition: true, history: false, self_ending: true },
        fallbacks: Vec::new(),
        access: Access::Everyone,
        propagation: std::time::Duration::ZERO,
    }
}

/// The Decisions that a replay leaves, oldest first.
pub fn decisions(case: &Case, around: &Surroundings) -> Vec<Value> {
    let header = case.recording.header();
    let span = (header.start, header.end());
    let mut setting = Setting::new(around.policies.clone(), span, seasonal());
    let (_, governing) = case.loaded.governor.as_ref().unwrap();
    setting.governor = Some(governing.governor.clone());
    setting.startup = governing.startup;
    setting.windows = governing.windows.clone();
    setting.installation = around.installation.clone();
    setting.providers.insert("flags".to_string(), around.provider.clone());
    setting.flags = around.flags.clone();
    setting.restarts = case.restarts.clone();
    let source = Source::Recording(case.recording.clone());
    let observer = Observer::new([("default".to_string(), source)].into(), 4);
    let mut stage = Stage::new(setting, observer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Conditions keep the time at which they came to be so.
    let mut told: BTreeMap<String, DecisionStatus> = BTreeMap::new();
    runtime.block_on(async {
        while stage.step().await.is_some() {
            for (name, episode) in &stage.world.decisions {
                let former = told.get(name).map(|status| status.conditions.clone()).unwrap_or_default();
                told.insert(name.clone(), status(episode, &former));
            }
        }
    });
    let as_told = |episode: &Episode| {
        let mut decision = Decision::from(episode);
        decision.status = told.get(&episode.name).cloned();
        serde_json::to_value(decision).unwrap()
    };
    in_order(stage.world.decisions.values().map(as_told).collect())
}

/// Decisions as they are stored, without what a store notes about every object, and without what
/// was found out beside them, which replay does not ask for; oldest first.
pub fn in_order(mut decisions: Vec<Value>) -> Vec<Value> {
    for decision in &mut decisions {
        decision["status"].as_object_mut().expect("it has a status").remove("evidence");
        let metadata = decision["metadata"].as_object_mut().expect("it has metadata");
        for noted in ["uid", "resourceVersion", "managedFields", "creationTimestamp", "generation"] {
            metadata.remove(noted);
        }
    }
    decisions.sort_by_key(|decision| {
        let started = decision["spec"]["started"].as_str().expect("it has begun");
        (started.parse::<DateTime<Utc>>().expect("a time"), decision["metadata"]["name"].to_string())
    });
    decisions
}
