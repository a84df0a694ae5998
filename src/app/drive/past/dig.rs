//! Reading the past of several policies in chunks, each question of theirs asked once.

use crate::app::apply::effect::chain;
use crate::app::cycle::state::Cycle;
use crate::app::drive::news::Tick;
use crate::app::observe::answers::{self, Answers, Ask, CHUNK};
use crate::app::observe::classify::seen::Seen;
use crate::app::observe::observer::Observer;
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most policies that are read together: what bounds memory, and how long a chunk is worked on.
pub const TOGETHER: usize = 50;

/// The past of some policies, on its way into the cycle.
#[derive(Debug)]
pub struct Dig {
    pub policies: BTreeSet<PolicyKey>,
    pub source: String,
    pub step: Duration,
    /// The first instant that is not read yet, and the last one that is to be.
    pub next: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub seen: Seen,
}

/// Reads all digs to their ends: one chunk of each source at a time, so that a slow source holds up
/// nobody else's past. May be dropped at any await.
pub async fn dig(digs: &mut [Dig], observer: &Observer, cycle: &mut Cycle, tick: &mut Tick) {
    let mut queues: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, dig) in digs.iter().enumerate().rev() {
        queues.entry(dig.source.clone()).or_default().push(index);
    }
    let mut running = FuturesUnordered::new();
    for queue in queues.values_mut() {
        running.extend(queue.pop().map(|index| digs[index].ask(index, observer, cycle)));
    }
    while let Some((index, last, answers)) = running.next().await {
        digs[index].take(last, &answers, cycle, tick);
        let dig = &digs[index];
        let more = (dig.next <= dig.end && !dig.policies.is_empty()).then_some(index);
        let queue = queues.get_mut(&dig.source);
        let next = more.or_else(|| queue.and_then(Vec::pop));
        running.extend(next.map(|index| digs[index].ask(index, observer, cycle)));
    }
}

impl Dig {
    /// Asks for the next chunk; gives its last instant and the answers.
    fn ask<'o>(
        &self,
        index: usize,
        observer: &'o Observer,
        cycle: &Cycle,
    ) -> impl Future<Output = (usize, DateTime<Utc>, Answers)> + use<'o> {
        let mine = cycle.policies().filter(|policy| self.policies.contains(&policy.key));
        let asks: BTreeSet<Ask> = mine.flat_map(answers::asks).collect();
        let last = answers::later(self.next, self.step.saturating_mul(CHUNK - 1)).unwrap_or(self.end);
        let (from, last, step) = (self.next, last.min(self.end), self.step);
        async move { (index, last, observer.ask_past(asks, (from, last), step).await) }
    }

    /// Hands one chunk over. A policy of which nothing was answered leaves, to be tried anew.
    fn take(&mut self, last: DateTime<Utc>, answers: &Answers, cycle: &mut Cycle, tick: &mut Tick) {
        let policies: Vec<Policy> =
            cycle.policies().filter(|policy| self.policies.contains(&policy.key)).cloned().collect();
        for policy in policies {
            if let Err(error) = answers::refuse_blindness(&policy, self.next, answers) {
                tick.troubles.push(chain(&error));
                self.policies.remove(&policy.key);
                continue;
            }
            let seen = self.seen.entry(policy.key.clone()).or_default();
            if seen.services.is_empty() && answers::is_empty(&policy, answers) {
                continue;
            }
            let mut each = |at, look| cycle.observe(&policy.key, at, &look);
            answers::hand_over(&policy, answers, (self.next, last), seen, &mut each);
        }
        self.next = answers::later(last, self.step).unwrap_or(DateTime::<Utc>::MAX_UTC);
    }
}
