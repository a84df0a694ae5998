//! Asking, beside the loop, whether clients are served a cut.
//!
//! Owns who is asked and for how long. No tick waits for it: what was answered is read at the next
//! one, and a cut that is gone is not asked about any more.

use crate::app::clock::Clock;
use crate::domain::model::flag::{FlagView, Standing};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::hold::FlagHold;
use crate::domain::model::served::{Served, asked_for};
use crate::edge::flags::provider::Provider;
use crate::edge::flags::served::Served as Asked;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

/// How long after an answer the same one is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// Questions at once.
const TURNS: usize = 16;

/// A cut that clients were served, for the metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Propagated {
    /// Kind of store.
    pub store: String,
    pub after: Duration,
}

/// Everything that is being asked, or was.
pub struct Watch {
    clock: Arc<Clock>,
    running: JoinSet<(String, Served, Duration)>,
    turns: Arc<Semaphore>,
    known: BTreeMap<String, Cut>,
}

/// One cut.
struct Cut {
    served: Served,
    store: String,
    task: AbortHandle,
}

impl Watch {
    /// Nothing is asked yet.
    pub fn new(clock: Arc<Clock>) -> Self {
        let turns = Arc::new(Semaphore::new(TURNS));
        Self { clock, running: JoinSet::new(), turns, known: BTreeMap::new() }
    }

    /// Takes note of what was answered; gives what clients were served since the last time.
    pub fn gather(&mut self) -> Vec<Propagated> {
        let mut propagated = Vec::new();
        while let Some(ended) = self.running.try_join_next() {
            // One that was stopped has nothing to say.
            let Ok((hold, served, after)) = ended else { continue };
            let Some(cut) = self.known.get_mut(&hold) else { continue };
            cut.served = served;
            if matches!(served, Served::Since(_)) {
                propagated.push(Propagated { store: cut.store.clone(), after });
            }
        }
        propagated
    }

    /// Begins to ask about the cuts that are new, stops where there is none any more, and enters what
    /// is known.
    pub fn enter(&mut self, fleet: &mut Fleet, providers: &BTreeMap<String, Provider>) {
        let is_cut = |name: &String| match fleet.flags.get(name) {
            Some(FlagView::Seen(state)) => matches!(state.standing, Standing::Cut { .. }),
            // A store that cannot be read for a moment says nothing.
            Some(FlagView::Unreadable(_)) => true,
            Some(FlagView::Gone { .. }) | None => false,
        };
        self.known.retain(|name, cut| {
            let stays = fleet.holds.contains_key(name) && is_cut(name);
            if !stays {
                cut.task.abort();
            }
            stays
        });
        for (name, hold) in &fleet.holds {
            let Some(provider) = providers.get(&hold.target.provider) else { continue };
            let Some(asked) = provider.served().filter(|_| is_cut(name)) else { continue };
            if !self.known.contains_key(name) {
                let longest = asked_for(provider.facts().propagation);
                let cut = self.begin(name, hold, (asked.clone(), longest));
                self.known.insert(name.clone(), cut);
            }
        }
        fleet.served = self.known.iter().map(|(name, cut)| (name.clone(), cut.served)).collect();
    }

    fn begin(&mut self, name: &str, hold: &FlagHold, (asked, longest): (Asked, Duration)) -> Cut {
        let (clock, turns) = (self.clock.clone(), self.turns.clone());
        let (name, key, fallback) = (name.to_string(), hold.target.key.clone(), hold.fallback.clone());
        let begun = clock.elapsed();
        let task = self.running.spawn(async move {
            let seen = async {
                loop {
                    let turn = turns.acquire().await;
                    let serves = asked.serves(&key, &fallback).await;
                    drop(turn);
                    // Who does not answer is asked again: nothing follows from that.
                    if matches!(serves, Ok(true)) {
                        return Served::Since(clock.now());
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            };
            let served = tokio::time::timeout(longest, seen).await.unwrap_or(Served::Unseen);
            (name, served, clock.elapsed().saturating_sub(begun))
        });
        Cut { served: Served::Awaited, store: hold.target.store.clone(), task }
    }
}
