//! The loop that governs, standalone: real objects in a directory, flags in memory, a driven clock.

use super::inputs::Case;
use super::past::{Run, Surroundings, facts, in_order};
use chrono::{DateTime, Utc};
use flyball::app::clock::Clock;
use flyball::app::cycle::make::seasonal;
use flyball::app::drive::state::Drive;
use flyball::app::observe::source::Source;
use flyball::app::standalone::wire::{self, Paths};
use flyball::edge::flags::memory::Memory;
use flyball::edge::flags::provider::Provider;
use serde_json::Value;
use std::path::PathBuf;

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
    let policies = case.loaded.policies.clone();
    let surroundings = Surroundings::of(case, policies, &installation, (&memory, clock.now())).await;
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
    let stored = std::fs::read_dir(paths.state.join("decisions/shop")).unwrap();
    let read = |path: PathBuf| serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let decisions: Vec<Value> = stored.map(|entry| read(entry.unwrap().path())).collect();
    let shown = |decision: &&Value| decision["status"]["evidence"]["signals"][0]["chart"].is_string();
    let with_evidence = decisions.iter().filter(shown).count();
    assert!(
        with_evidence * 10 >= decisions.len() * 9,
        "{with_evidence} of {} have evidence",
        decisions.len()
    );
    Run { decisions: in_order(decisions), surroundings }
}

async fn start(case: &Case, paths: &Paths, now: DateTime<Utc>, memory: Option<&Memory>) -> Drive {
    let source = Source::Recording(case.recording.clone());
    let mut drive = wire::wire(now, paths, source, &case.loaded, seasonal()).await.unwrap();
    if let Some(memory) = memory {
        drive.providers.insert("flags".to_string(), Provider::Memory(memory.clone()));
    }
    drive
}
