//! Taking note of what became of letters: on the pages, on the Decisions, in counts, log and Events.

use super::carrier::{Outcome, What};
use super::ledger::Page;
use super::office::Office;
use crate::app::apply::objects::Objects;
use crate::app::controller::declare::declared::Declared;
use crate::app::controller::declare::notifiers::KIND;
use crate::app::drive::state::Drive;
use crate::app::telemetry::words::MessageResult;
use crate::edge::cluster::events::{About, Happening};
use crate::edge::notify::letter::Letter;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Decisions whose note is stored in one pass: what the loop waits for.
const NOTES: usize = 20;
/// How long a stop waits for what is on its way.
const FAREWELL: Duration = Duration::from_secs(3);

impl Office {
    /// Begins nothing more, and notes what arrives within a short time.
    pub async fn close(&mut self, now: DateTime<Utc>, declared: &Declared, drive: &mut Drive) -> Vec<String> {
        self.lines.values().for_each(|(line, _)| line.close());
        let at_rest = async {
            while !self.lines.values().all(|(line, _)| line.is_at_rest()) {
                self.bell.notified().await;
            }
        };
        // What is on its way for longer is told again by the next governor.
        let _ = tokio::time::timeout(FAREWELL, at_rest).await;
        self.hear(now, declared, &drive.objects);
        self.store(drive).await
    }

    /// Takes note of what came of tries.
    pub(super) fn hear(&mut self, now: DateTime<Utc>, declared: &Declared, objects: &Objects) {
        while let Ok(Outcome { notifier, kind, what }) = self.outcomes.try_recv() {
            match what {
                What::Delivered { letters, handle } => {
                    self.counts.push((kind, MessageResult::Delivered));
                    if self.said.remove(&notifier).is_some() {
                        tracing::info!(%notifier, "messages are delivered again");
                    }
                    for letter in &letters {
                        self.arrived((now, objects), &notifier, letter, handle.as_deref());
                    }
                }
                What::Failed { why } => {
                    self.counts.push((kind, MessageResult::Failed));
                    self.say(&notifier, &why, "a message is not delivered yet");
                }
                What::Dropped { letters, why } => {
                    self.counts.push((kind, MessageResult::Dropped));
                    self.say(&notifier, &why, "a message is given up");
                    let uid = declared.notifiers.all().get(&notifier).map(|known| known.uid.clone());
                    self.happenings.push(given_up(&notifier, uid.unwrap_or_default(), letters.len(), &why));
                }
            }
        }
    }

    /// Logs a trouble of a receiver, unless it was the last that was logged.
    fn say(&mut self, notifier: &str, why: &str, what: &str) {
        let said = format!("{what}: {why}");
        if self.said.get(notifier) != Some(&said) {
            tracing::warn!(%notifier, "{said}");
            self.said.insert(notifier.to_string(), said);
        }
    }

    fn arrived(
        &mut self,
        (now, objects): (DateTime<Utc>, &Objects),
        notifier: &str,
        letter: &Letter,
        handle: Option<&str>,
    ) {
        match letter {
            Letter::Life(life) => {
                let name = life.episode.name.clone();
                let page = self.pages.entry(name.clone()).or_insert_with(|| Page::of(objects.told(&name)));
                page.arrived(notifier, &life.owed, handle.map(str::to_string), now);
                self.unstored.insert(Some(name));
            }
            Letter::Fleet(fleet) => {
                self.fleet.arrived(notifier, fleet.event, fleet.closes, now);
                self.unstored.insert(None);
            }
        }
    }

    /// Stores the notes of some Decisions, and of the fleet.
    pub(super) async fn store(&mut self, drive: &mut Drive) -> Vec<String> {
        let mut troubles = Vec::new();
        for note in self.unstored.iter().take(NOTES).cloned().collect::<Vec<_>>() {
            let stored = match &note {
                Some(decision) => {
                    let entries = self.pages.get(decision).map(Page::entries).unwrap_or_default();
                    drive.objects.put_told(decision, entries).await
                }
                None => {
                    let entries = self.fleet.entries();
                    drive.objects.put_governor_status(|status| status.told.clone_from(&entries)).await
                }
            };
            match stored {
                Ok(()) => drop(self.unstored.remove(&note)),
                Err(trouble) => troubles.push(trouble),
            }
        }
        troubles
    }
}

fn given_up(notifier: &str, uid: String, letters: usize, why: &str) -> Happening {
    Happening {
        about: About { kind: KIND.to_string(), namespace: None, name: notifier.to_string(), uid },
        related: None,
        warning: true,
        reason: "NotDelivered".to_string(),
        action: "Notify",
        note: format!("a message about {letters} news was given up: {why}"),
    }
}
