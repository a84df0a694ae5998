//! A policy with an Optimize tier, its services, and a tracker in memory behind them.

use super::world::make;
use super::world::tick::{Looks, World};
use chrono::{DateTime, TimeDelta, Utc};
use flyball::domain::model::id::{PolicyKey, ServiceKey};
use flyball::domain::model::issue::{Issue, IssuePlan, IssueTarget};
use flyball::domain::model::rail::Approval;
use flyball::domain::model::reading::Reading;
use flyball::edge::crd::accept::issue_tracker::{Accepted, issue_tracker};
use flyball::edge::issues::declared::terms;
use flyball::edge::issues::forge::draft::Listed;
use flyball::edge::issues::memory::Memory;
use flyball::edge::issues::tracker::{Kind, May, Terms, Tracker};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Beyond the limit, which is 1.
pub const ILL: Option<f64> = Some(3.0);
pub const WELL: Option<f64> = Some(0.1);

/// Everything, and a clock that moves by ten seconds.
pub struct House {
    pub world: World,
    pub memory: Memory,
    pub tracker: Tracker,
    spec: Accepted,
    pub key: PolicyKey,
    runtime: Runtime,
}

impl House {
    /// `settings` may have `mode`, `repository`, `template`, `allow`, `flags`.
    pub fn new(services: &[&str], settings: Value) -> Self {
        let start: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
        let mut world = World::new(start, BTreeMap::new());
        let wide = json!({"perService": 9, "perNamespace": 90, "perCluster": 90,
            "perWindow": {"count": 250, "window": "1h"}});
        world.governing = Some(make::governing(&json!({"budgets": wide})));
        let policy = policy(services.len(), &settings);
        let key = make::key(&policy);
        world.policies.insert(key.clone(), policy);
        world.accept();
        let memory = Memory::default();
        let allow = settings.get("allow").cloned().unwrap_or_else(|| json!([{"namespaceSelector": {}}]));
        let spec = json!({"gitea": {"url": "http://tracker", "auth": {"bearer": {"secretRef": {"name": "t"}}}},
            "closeAfter": "8m", "reopenWithin": "336h", "perHour": 1000, "allow": allow});
        let spec = issue_tracker(&serde_json::from_value(spec).unwrap()).unwrap();
        let tracker = Tracker::new(Kind::Memory(memory.clone()), terms("code", &spec));
        world.trackers.insert("code".into(), tracker.facts());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { world, memory, tracker, spec, key, runtime }
    }

    /// Another process: nothing is known of what was written, but that lists may lag so long.
    pub fn reopen(&mut self, lag: TimeDelta) {
        let lag = lag.to_std().expect("it is not negative");
        let terms = Terms { lag, ..terms("code", &self.spec) };
        self.tracker = Tracker::new(Kind::Memory(self.memory.clone()), terms);
        self.tracker.begin(self.world.now);
    }

    /// So many ticks, at each of which the services show these values (None: nothing is known).
    pub fn play(&mut self, ticks: usize, values: &[(&str, Option<f64>)]) {
        for _ in 0..ticks {
            self.tick(values);
            for plan in self.handed_over() {
                let view = self.look_after(&plan);
                self.world.views.insert(plan.issue.fingerprint.clone(), view);
            }
        }
    }

    /// One tick without its issues; false: the process died in it.
    pub fn tick(&mut self, values: &[(&str, Option<f64>)]) -> bool {
        self.world.now += TimeDelta::seconds(10);
        self.memory.set_clock(self.world.now);
        let reading = |value: Option<f64>| value.map_or(Reading::Absent, Reading::Fresh);
        let services =
            values.iter().map(|(name, value)| (ServiceKey::new("shop", *name), vec![reading(*value)]));
        let looks: Looks = [(self.key.clone(), services.collect())].into();
        self.world.tick(looks)
    }

    /// What the last plan says of issues and whose intent is stored, as the loop hands it over.
    pub fn handed_over(&self) -> Vec<IssuePlan> {
        let Some((_, _, plan)) = &self.world.last else { return Vec::new() };
        let same = |issue: &Issue, plan: &IssuePlan| {
            let planned = &plan.issue;
            issue.fingerprint == planned.fingerprint
                && issue.occasion == planned.occasion
                && issue.state == planned.state
        };
        let stored =
            |plan: &&IssuePlan| match &plan.decision {
                _ if plan.target == IssueTarget::Left => true,
                Some(decision) => {
                    let episode = self.world.stored.episode(decision);
                    episode.is_some_and(|episode| episode.issues.iter().any(|issue| same(issue, plan)))
                }
                None => self.world.stored.memories().iter().any(|(key, memory)| {
                    *key == plan.key && memory.issues.iter().any(|issue| same(issue, plan))
                }),
            };
        plan.issues.iter().filter(stored).cloned().collect()
    }

    pub fn look_after(&self, plan: &IssuePlan) -> flyball::domain::model::issue::IssueView {
        self.runtime.block_on(self.tracker.look_after(self.world.now, plan, &may())).view
    }

    /// Two governors at once, each of which believes that it is the only one.
    pub fn look_after_twice(&self, plan: &IssuePlan) -> flyball::domain::model::issue::IssueView {
        let may = may();
        let one = self.tracker.look_after(self.world.now, plan, &may);
        let other = self.tracker.look_after(self.world.now, plan, &may);
        self.runtime.block_on(async { tokio::join!(one, other) }).0.view
    }

    /// The only issue of a service's tier, as it is remembered.
    pub fn issue(&self, service: &str) -> Issue {
        let service = ServiceKey::new("shop", service);
        let mine = self.world.cycle.tracks().filter(|(_, _, of, _)| **of == service);
        let mut issues =
            mine.flat_map(|(_, _, _, track)| track.memory.tiers.values()).flat_map(|tier| &tier.issues);
        issues.next().cloned().expect("the tier has an issue")
    }

    pub fn found(&self, repository: &str) -> Vec<Listed> {
        self.memory.issues(repository)
    }

    /// Numbers of the open ones.
    pub fn open(&self, repository: &str) -> Vec<u64> {
        self.found(repository).into_iter().filter(|issue| issue.open).map(|issue| issue.number).collect()
    }

    pub fn person(&self, repository: &str, number: u64, change: impl FnOnce(&mut Listed)) {
        self.memory.change(repository, number, change);
    }

    /// Nobody looks for so many hours.
    pub fn pass_hours(&mut self, hours: i64) {
        self.world.now += TimeDelta::hours(hours);
    }

    /// A person approves whatever is asked.
    pub fn approve(&mut self) {
        for episode in self.world.live() {
            let ask = episode.ask.expect("a person is asked");
            self.world.stored.approvals.push(Approval {
                decision: episode.name,
                namespace: episode.key.service.namespace,
                hash: ask.hash,
                approve: true,
                by: "anna".into(),
            });
        }
    }
}

pub fn may() -> May {
    Arc::new(|| true)
}

fn policy(services: usize, settings: &Value) -> Value {
    let text = |name: &str, usual: &str| settings[name].as_str().unwrap_or(usual).to_string();
    let issue = json!({"name": "ask", "issue": {"trackerRef": {"name": "code"},
        "repository": text("repository", "shop/{{service}}"), "labels": ["concurrency"],
        "template": text("template", "hot-lock")}});
    let tier = json!({"name": "split-lock", "level": "Optimize", "recover": {"for": "30s"},
        "when": {"all": [{"signal": "lock", "beyondLimit": {"for": "20s"}}]}, "maxDuration": "24h",
        "cooldown": "0s", "actions": [issue]});
    let spec = json!({"mode": text("mode", "Enforce"), "interval": "10s", "tiers": [tier],
        "signals": [{"name": "lock", "query": "sum by (namespace, service) (lock_wait)", "limit": 1}]});
    json!({"name": format!("policy-of-{services}"), "namespace": "shop", "generation": 1, "spec": spec})
}
