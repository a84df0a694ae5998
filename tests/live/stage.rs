//! The stage: one course of calm and incidents that many scenarios live through together.
//!
//! Every scenario runs in a thread of its own and says when it is done with an act; the next act
//! begins when all have said so. A scenario that ends or fails leaves, and holds up nobody.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Longest that a scenario waits for the others.
const PATIENCE: Duration = Duration::from_secs(300);

/// What scenarios are played in.
pub trait Scene: Sync {
    /// Begins the incident, or ends it.
    fn incident(&self, yes: bool);

    /// Keeps what a failed scenario left behind.
    fn keep(&self, scenario: &str);
}

/// A scenario: its name, and what it does.
pub type Scenario<S> = (&'static str, fn(&S, &Part));

/// The acts: calm (0), an incident (1), recovery (2), another incident (3), recovery (4).
struct Stage<'a> {
    scene: &'a dyn Scene,
    now: Mutex<Now>,
    turn: Condvar,
}

struct Now {
    act: u32,
    players: usize,
    done: usize,
}

/// A scenario's place on the stage.
pub struct Part<'a> {
    stage: &'a Stage<'a>,
}

/// Plays all scenarios at once, and fails with the names of those that failed.
pub fn play<S: Scene>(scene: &S, scenarios: &[Scenario<S>]) {
    let only = std::env::var("FLYBALL_LIVE_ONLY").ok();
    let chosen = |name: &str| only.as_deref().is_none_or(|only| only.split(',').any(|one| one == name));
    let scenarios: Vec<&Scenario<S>> = scenarios.iter().filter(|(name, _)| chosen(name)).collect();
    let now = Now { act: 0, players: scenarios.len(), done: 0 };
    let stage = Stage { scene, now: Mutex::new(now), turn: Condvar::new() };
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let threads: Vec<_> = scenarios
            .iter()
            .map(|(name, run)| {
                let part = Part { stage: &stage };
                let thread = std::thread::Builder::new().name(name.to_string());
                let played = thread.spawn_scoped(scope, move || perform(scene, name, *run, part));
                (*name, played.expect("a thread can be started"))
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|(name, thread)| (!thread.join().unwrap_or(false)).then_some(name))
            .collect()
    });
    scene.incident(false);
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}

/// Whether it went well.
fn perform<S: Scene>(scene: &S, name: &str, run: fn(&S, &Part), part: Part) -> bool {
    let start = Instant::now();
    let went_well = catch_unwind(AssertUnwindSafe(|| run(scene, &part))).is_ok();
    let word = if went_well { "well" } else { "NOT WELL" };
    println!("scenario {name} ended {word} after {:.0} s", start.elapsed().as_secs_f64());
    if !went_well {
        scene.keep(name);
    }
    went_well
}

/// Runs `test` and keeps the evidence if it fails.
pub fn kept_of<S: Scene>(scene: &S, name: &str, test: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(test)) {
        scene.keep(name);
        resume_unwind(panic);
    }
}

impl Part<'_> {
    /// Ready for the incident: it begins when all are.
    pub fn incident_begins(&self) {
        self.stage.advance();
    }

    /// Done with the incident: it ends when all are.
    pub fn incident_ends(&self) {
        self.stage.advance();
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let mut now = self.stage.lock();
        now.players -= 1;
        self.stage.turn_if_all_are_done(&mut now);
    }
}

impl Stage<'_> {
    fn advance(&self) {
        let mut now = self.lock();
        let act = now.act;
        now.done += 1;
        self.turn_if_all_are_done(&mut now);
        let others = |now: &mut Now| now.act == act;
        let (now, waited) =
            self.turn.wait_timeout_while(now, PATIENCE, others).unwrap_or_else(|e| e.into_inner());
        assert!(
            !waited.timed_out(),
            "{} of {} scenarios never ended act {act}",
            now.players - now.done,
            now.players
        );
    }

    fn turn_if_all_are_done(&self, now: &mut Now) {
        if now.players > 0 && now.done == now.players {
            now.act += 1;
            now.done = 0;
            let incident = now.act % 2 == 1;
            println!(
                "act {}: {}",
                now.act,
                if incident { "an incident begins" } else { "the incident is over" }
            );
            self.scene.incident(incident);
            self.turn.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
