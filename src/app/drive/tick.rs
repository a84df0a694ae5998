//! One tick: look, then propose, plan and apply until the world is as planned.

use super::news::{News, Tick};
use super::state::Drive;
use crate::app::apply::apply;
use crate::app::cycle::due::{self, Due};
use crate::app::cycle::state::ROUNDS;
use crate::app::observe::classify::look::PolicyLook;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{Instrument, trace_span};

impl Drive {
    /// One tick: looks at what is due, then plans and applies until the world is as planned.
    pub async fn tick(&mut self, now: DateTime<Utc>, due: &Due) -> Tick {
        let span = trace_span!(target: "flyball::trace", "tick", policies = due.instants.len());
        self.whole_tick(now, due).instrument(span).await
    }

    async fn whole_tick(&mut self, now: DateTime<Utc>, due: &Due) -> Tick {
        let mut tick = Tick::default();
        let due_now = self.cycle.policies().filter(|policy| due.instants.contains_key(&policy.key));
        self.usual_startup = due::startup(due_now);
        self.look(due, &mut tick).await;
        self.hear_of_issues(&mut tick).await;
        self.keep(now, &mut tick).await;
        if !self.objects.may_write() {
            // Looking goes on, so that nothing has to be learnt anew once it may write again.
            tick.troubles.push("nothing is written: our lease does not outlast a write".to_string());
            return tick;
        }
        self.notice_deleted(&mut tick).await;
        self.sweep(now, &mut tick).await;
        let keys: BTreeSet<PolicyKey> = due.instants.keys().cloned().collect();
        let (mut issues, mut failed) = (Vec::new(), BTreeSet::new());
        for _ in 0..ROUNDS {
            let proposals = self.cycle.propose(now, &keys);
            let fleet = self.fleet(now, &proposals).await;
            let span = trace_span!(target: "flyball::trace", "plan", proposals = proposals.len());
            let mut plan = span.in_scope(|| self.cycle.plan(now, &fleet, &proposals));
            plan.flags.retain(|flag| !self.refused.rests(now, flag));
            let (decisions, flags) = (plan.decisions.len(), plan.flags.len());
            let span = trace_span!(target: "flyball::trace", "apply", decisions, flags);
            let applied =
                apply(now, &plan, &fleet, &mut self.objects, &self.providers).instrument(span).await;
            self.cycle.commit(&plan, &applied.failed);
            self.refused.note(now, &applied.effects);
            if let Some(storm) = plan.storm.as_ref().filter(|_| !self.stormed) {
                tracing::warn!("{storm}");
            }
            self.stormed = plan.storm.is_some();
            tick.storm = plan.storm.or(tick.storm);
            tick.refusals = plan.refusals;
            issues = plan.issues;
            failed.extend(applied.failed);
            tick.news.extend(applied.stored.into_iter().map(Box::new).map(News::Stored));
            tick.news.extend(applied.effects.into_iter().map(News::Done));
            let troubled = !applied.troubles.is_empty();
            tick.troubles.extend(applied.troubles);
            if !applied.changed || troubled {
                break;
            }
        }
        self.store_health(now, &mut tick).await;
        self.keep_evidence(now, &mut tick).await;
        self.see_to_issues(now, issues, &failed);
        tick.propagated = std::mem::take(&mut self.propagated);
        tick
    }

    /// Observes the policies that are due; one that is not rebuilt yet is, from its history.
    async fn look(&mut self, due: &Due, tick: &mut Tick) {
        let mut by_instant: BTreeMap<DateTime<Utc>, Vec<PolicyKey>> = BTreeMap::new();
        let mut unknown = BTreeMap::new();
        for (key, at) in &due.instants {
            match self.rebuilt.contains(key) {
                true => by_instant.entry(*at).or_default().push(key.clone()),
                false => drop(unknown.insert(key.clone(), *at)),
            }
        }
        for (at, keys) in by_instant {
            let policies: Vec<&Policy> =
                self.cycle.policies().filter(|policy| keys.contains(&policy.key)).collect();
            let mut look = self.observer.look(at, &policies).await;
            look.rows.values_mut().for_each(|seen| leave_out(seen, &self.retired));
            for (key, seen) in &look.rows {
                self.cycle.observe(key, at, seen);
                let failures = seen.failures.iter();
                tick.blind.extend(failures.map(|(signal, why)| (key.clone(), signal.clone(), why.clone())));
            }
            tick.looks.push(look);
        }
        if !unknown.is_empty() {
            self.rebuild(&unknown, tick).await;
        }
    }

    /// Live Decisions that are not in the store any more: a person's order to release.
    async fn notice_deleted(&mut self, tick: &mut Tick) {
        let live: Vec<(String, String)> = self
            .cycle
            .episodes()
            .map(|episode| (episode.key.service.namespace.clone(), episode.name.clone()))
            .collect();
        for (namespace, name) in live {
            match self.objects.decision_is_gone(&namespace, &name).await {
                Ok(false) => {}
                Ok(true) => self.cycle.deleted(&name),
                Err(trouble) => tick.troubles.push(trouble),
            }
        }
    }
}

/// Services whose workload is gone are retired, whatever the source still remembers of them.
fn leave_out(seen: &mut PolicyLook, retired: &BTreeSet<ServiceKey>) {
    seen.services.retain(|service, _| !retired.contains(service));
    seen.retired.extend(retired.iter().cloned());
}
