//! The log of what happened, and its history file. A trouble that lasts is said once, not at every tick.

use super::story;
use crate::app::drive::news::{News, Tick};
use crate::app::telemetry::history::History;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Says what ticks did, and remembers which troubles it has said.
#[derive(Debug, Default)]
pub struct Teller {
    said: BTreeSet<String>,
    history: Option<History>,
}

impl Teller {
    /// One that also appends every step to `history`, if there is one.
    pub fn new(history: Option<History>) -> Self {
        Self { said: BTreeSet::new(), history }
    }

    /// Logs one tick.
    pub fn tell(&mut self, now: DateTime<Utc>, tick: &Tick) {
        for news in &tick.news {
            match news {
                News::Stored(episode) if story::moved(episode) => {
                    let phase = episode.phase.as_str();
                    tracing::info!(decision = %episode.name, phase, "{}", story::step(now, episode).trim_end());
                }
                News::Stored(_) => {}
                News::Done(done) if done.trouble.is_none() => tracing::info!("{}", story::write(done)),
                News::Done(done) => tracing::warn!("{}", story::write(done)),
                News::Looked(done) => {
                    story::looked(done).into_iter().for_each(|line| tracing::info!("{line}"))
                }
            }
        }
        let blind =
            tick.blind.iter().map(|(policy, signal, why)| format!("policy {policy}, signal {signal}: {why}"));
        self.troubles(tick.troubles.iter().cloned().chain(blind).collect());
        self.write_down(tick);
    }

    /// Appends every step that was stored to the history.
    fn write_down(&mut self, tick: &Tick) {
        let Some(history) = &mut self.history else { return };
        for episode in tick.stored().filter(|episode| story::moved(episode)) {
            if let Err(error) = history.add(episode) {
                tracing::error!("a step of {} is missing in the history: {error}", episode.name);
            }
        }
    }

    /// Logs the troubles that are new among `all`, and those that are over.
    pub fn troubles(&mut self, all: BTreeSet<String>) {
        for trouble in all.difference(&self.said) {
            tracing::warn!("{trouble}");
        }
        for trouble in self.said.difference(&all) {
            tracing::info!("over: {trouble}");
        }
        self.said = all;
    }
}
