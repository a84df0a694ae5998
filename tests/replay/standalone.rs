//! The loop that governs, standalone: real objects in a directory, flags in memory, a driven clock.

use super::inputs::Case;
use chrono::{DateTime, Utc};
use flyball::app::clock::Clock;
use flyball::app::cycle::make::seasonal;
use flyball::app::drive::state::Drive;
use flyball::app::observe::source::Source;
use flyball::app::standalone::wire::{self, Paths};
use flyball::domain::model::flag::FlagView;
use flyball::domain::model::id::ServiceKey;
use flyball::domain::model::provider::{Access, Capabilities, ProviderFacts};
use flyball::edge::crd::kind::decision::Decision;
use flyball::edge::flags::memory::Memory;
use flyball::edge::flags::provider::Provider;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a run left, and what replay must be told of its surroundings.
pub struct Run {
    pub decisions: Vec<Value>,
    pub surroundings: Surroundings,
}

/// The installation, its provider, and the flags before anybody touched them.
pub struct Surroundings {
    pub installation: String,
    pub provider: ProviderFacts,
    pub flags: BTreeMap<String, FlagView>,
}

/// Drives the case from its start to its end, starting anew where it says so.
pub fn decisions(case: &Case) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(case))
}

async fn run(case: &Case) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths {
        policies: folder.path().to_path_buf(),
        flags: folder.path().join("flags.json"),
        state: folder.path().join("state"),
    };
    std::fs::write(&paths.flags, case.flags).unwrap();
    let header = case.recording.header();
    let (clock, hand) = Clock::simulated(header.start);
    let mut drive = start(case, &paths, clock.now(), None).await;
    let installation = drive.installation.clone();
    let memory = Memory::new(facts(), case.flags, &installation);
    let flags = views(case, &Provider::Memory(memory.clone()), clock.now()).await;
    drive.providers.insert("flags".to_string(), Provider::Memory(memory.clone()));
    let mut restarts = case.restarts.iter();
    let mut restart = restarts.next();
    while let Some(due) = drive.next(clock.now()).filter(|due| due.wake <= header.end()) {
        if let Some(at) = restart.filter(|at| **at <= due.wake) {
            hand.advance_to(*at);
            drop(drive);
            drive = start(case, &paths, clock.now(), Some(&memory)).await;
            restart = restarts.next();
            continue;
        }
        hand.advance_to(due.wake);
        let tick = drive.tick(clock.now(), &due).await;
        assert!(tick.troubles.is_empty(), "{:?}", tick.troubles);
    }
    let episodes = drive.objects.episodes();
    let decisions = episodes.iter().map(|episode| serde_json::to_value(Decision::from(episode)).unwrap());
    let decisions = decisions.collect();
    Run { decisions, surroundings: Surroundings { installation, provider: facts(), flags } }
}

async fn start(case: &Case, paths: &Paths, now: DateTime<Utc>, memory: Option<&Memory>) -> Drive {
    let source = Source::Recording(case.recording.clone());
    let mut drive = wire::wire(now, paths, source, &case.loaded, seasonal()).await.unwrap();
    if let Some(memory) = memory {
        drive.providers.insert("flags".to_string(), Provider::Memory(memory.clone()));
    }
    drive
}

fn facts() -> ProviderFacts {
    ProviderFacts {
        name: "flags".to_string(),
        store: "memory".to_string(),
        endpoint: "flags".to_string(),
        project: None,
        object: None,
        capabilities: Capabilities { precondition: true, history: false, self_ending: true },
        fallbacks: Vec::new(),
        access: Access::Everyone,
        propagation: std::time::Duration::ZERO,
    }
}

/// How every flag that a tier may cut stands at first.
async fn views(case: &Case, provider: &Provider, now: DateTime<Utc>) -> BTreeMap<String, FlagView> {
    let mut views = BTreeMap::new();
    let services = ["inventory", "catalog"].map(|name| ServiceKey::new("shop", name));
    for action in case.loaded.policies.iter().flat_map(|p| &p.tiers).flat_map(|tier| &tier.actions) {
        for service in &services {
            let target = provider.facts().target(service, &action.key.render(service));
            let view = provider.read(&target, &action.fallback, None, now).await;
            views.insert(target.hold_name(), view);
        }
    }
    views
}
