//! A made-up incident for tests: every part of a text has something to show, some of it hostile.

use crate::domain::model::evidence::{Evidence, Mark, Row, SignalEvidence, Trace, Trail};
use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use crate::domain::model::issue::{Issue, IssuePlan, IssueState, IssueTarget, Story};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// The hour of it all.
pub fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_000_000, 0).expect("an hour")
}

pub fn story() -> Story {
    Story {
        service: ServiceKey::new("shop", "inventory"),
        policy: "shop/inventory".into(),
        tier: "split-lock".into(),
        level: "Optimize".into(),
        decision: "inventory-split-lock-0123456789".into(),
        started: at(),
        reasons: vec!["lock-wait-p99 1.31 s is beyond its limit 0.4 for 2m is True".into()],
        flags: vec!["inventory-local-cache=on".into()],
        services: Vec::new(),
        total: 1,
        evidence: Some(evidence()),
    }
}

fn evidence() -> Evidence {
    let mark = |i: u32| {
        let value = if i < 30 { 0.05 + f64::from(i % 5) * 0.01 } else { 0.2 + f64::from(i - 30) * 0.04 };
        Mark { value: Some(value), band: Some((0.02, 0.12)) }
    };
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let row = |lock: &str, value: f64| Row {
        query: "top-locks".into(),
        labels: labels(&[("lock", lock)]),
        value,
        unit: "s".into(),
    };
    let signal = SignalEvidence {
        signal: "lock-wait-p99".into(),
        unit: "s".into(),
        query:
            "histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[1m])))"
                .into(),
        limit: Some(0.4),
        trail: Trail { start: Some(at()), step_seconds: 10, readings: (0..60).map(mark).collect() },
        // What a label's value may hold: a table's border, a mention, a tag, a fence.
        rows: vec![row("stock.mu", 1.31), row("a|b @team <b>```", 0.02)],
        traces: vec![Trace {
            id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
            at: at(),
            value: 1.4,
            labels: BTreeMap::new(),
            link: Some("https://traces.example.com/trace/4bf92f3577b34da6a3ce929d0e0e4736".into()),
        }],
    };
    let troubles = vec!["top-pools: the source did not answer in time".into()];
    Evidence { at: at(), signals: vec![signal], troubles }
}

/// The plan for an issue that tells `story`.
pub fn plan(story: Story, template: &str) -> IssuePlan {
    let policy = PolicyKey { namespace: Some("shop".into()), name: "inventory".into() };
    IssuePlan {
        key: TierKey { policy, service: story.service.clone(), tier: story.tier.clone() },
        decision: Some(story.decision.clone()),
        issue: Issue {
            action: "issue".into(),
            tracker: "code".into(),
            repository: "shop/inventory".into(),
            fingerprint: "0123456789abcdef".into(),
            grouped: story.total > 1,
            occasion: story.decision.clone(),
            state: IssueState::Wanted,
            claimed: at(),
            weight: 2,
            number: None,
            url: String::new(),
            well_since: None,
            blind_since: None,
            trouble: None,
        },
        target: IssueTarget::Open,
        labels: vec!["concurrency".into()],
        template: template.into(),
        reopen_within: Duration::from_secs(14 * 24 * 3600),
        story,
    }
}
