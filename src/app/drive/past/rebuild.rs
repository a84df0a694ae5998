//! Taking up policies from history: streaks and baselines as if the program had run all along.
//!
//! Policies of one source and one grid are read together, so that equal questions about the past
//! are asked once, too. Where a tick may not wait for all of it, the rest is read at the next ones.

use super::dig::{Dig, TOGETHER, dig};
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::app::observe::answers;
use crate::domain::model::id::PolicyKey;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

impl Drive {
    /// Reads the past of `wanted`, each up to its instant, as far as may be waited for. Until that
    /// is done a policy is Unknown; what failed is tried again at the next instant.
    pub(in crate::app::drive) async fn rebuild(
        &mut self,
        wanted: &BTreeMap<PolicyKey, DateTime<Utc>>,
        tick: &mut Tick,
    ) {
        self.begin(wanted);
        let Self { digs, observer, cycle, rebuilt, patience, stuck, .. } = self;
        let reached = |digs: &[Dig]| digs.iter().map(|dig| dig.next).collect::<Vec<_>>();
        let before = reached(digs);
        let work = dig(digs, observer, cycle, tick);
        let finished = match patience {
            None => {
                work.await;
                true
            }
            // What was under way is asked again at the next tick, which waits for longer if this one
            // was too short for anything.
            Some(longest) => tokio::time::timeout(*longest * (1 << (*stuck).min(2)), work).await.is_ok(),
        };
        *stuck = if finished || reached(digs) != before { 0 } else { *stuck + 1 };
        for done in digs.extract_if(.., |dig| dig.next > dig.end || dig.policies.is_empty()) {
            for (key, seen) in done.seen {
                observer.remember(&key, seen);
            }
            let shown = done.policies.first().map(ToString::to_string).unwrap_or_default();
            tracing::info!(policies = done.policies.len(), first = %shown, "streaks and baselines rebuilt");
            rebuilt.extend(done.policies);
        }
    }

    /// Forgets what is under way for policies that changed or are gone.
    pub(in crate::app::drive) fn stop_digging(&mut self, keep: impl Fn(&PolicyKey) -> bool) {
        self.digs.iter_mut().for_each(|dig| dig.policies.retain(|key| keep(key)));
        self.digs.retain(|dig| !dig.policies.is_empty());
    }

    /// Prepares digs for policies that have none, and lets those under way go on to the present.
    fn begin(&mut self, wanted: &BTreeMap<PolicyKey, DateTime<Utc>>) {
        for dig in &mut self.digs {
            let present = dig.policies.iter().filter_map(|key| wanted.get(key)).max();
            dig.end = present.copied().unwrap_or(dig.end);
        }
        let busy: BTreeSet<&PolicyKey> = self.digs.iter().flat_map(|dig| &dig.policies).collect();
        let mut groups: BTreeMap<_, Vec<PolicyKey>> = BTreeMap::new();
        for policy in self.cycle.policies().filter(|policy| !busy.contains(&policy.key)) {
            let Some(at) = wanted.get(&policy.key) else { continue };
            let group =
                (policy.source.clone(), answers::step(policy), self.cycle.past_start(policy, *at), *at);
            groups.entry(group).or_default().push(policy.key.clone());
        }
        for ((source, step, next, end), keys) in groups {
            for keys in keys.chunks(TOGETHER) {
                let seen = keys.iter().map(|key| (key.clone(), self.observer.seen_at(key, next))).collect();
                let policies = keys.iter().cloned().collect();
                self.digs.push(Dig { policies, source: source.clone(), step, next, end, seen });
            }
        }
    }
}
