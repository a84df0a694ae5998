//! A policy to test with, and answers written in one line.

use crate::domain::model::baseline::{BaselineSpec, Season, Worse};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::series::{Labels, Matrix, Series};
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{Activity, Identity, OnMissing, Signal};
use crate::domain::policy::spec::{Namespaces, Orders, Policy, ScoreSpec, Services};
use std::time::Duration;

/// A HealthPolicy in namespace `shop`, looking every 10 s, forgetting after 60 s.
pub fn policy(signals: Vec<Signal>) -> Policy {
    Policy {
        key: PolicyKey { namespace: Some("shop".into()), name: "inventory".into() },
        uid: "uid".into(),
        generation: 1,
        created: None,
        source: "default".into(),
        interval: Duration::from_secs(10),
        timezone: chrono_tz::UTC,
        namespaces: Namespaces::These(["shop".to_string()].into()),
        withheld: Default::default(),
        services: Services {
            include: vec![],
            exclude: vec!["tmp-*".into()],
            forget_after: Duration::from_secs(60),
        },
        signals,
        score: ScoreSpec { passing: 85.0, warning: 70.0, min_known_percent: 50.0 },
        tiers: vec![],
        windows: vec![],
        orders: Orders::default(),
        notices: Vec::new(),
        variants: vec![],
    }
}

/// A signal by the labels `namespace` and `service`, stale after 30 s.
pub fn signal(name: &str, query: &str) -> Signal {
    Signal {
        name: name.into(),
        query: Query::parse(query).expect("a good query"),
        activity: None,
        on_missing: OnMissing::Unknown,
        identity: Identity::Labels { service: "service".into(), namespace: "namespace".into() },
        worse: Worse::Higher,
        user_facing: false,
        weight: 1.0,
        limit: None,
        unit: String::new(),
        max_age: Duration::from_secs(30),
        baseline: BaselineSpec {
            season: Season::None,
            timezone: chrono_tz::UTC,
            confidence_percent: 95.0,
            min_deviation_absolute: 0.0,
            min_deviation_percent: 0.0,
            warmup: Duration::ZERO,
            worse: Worse::Higher,
            interval: Duration::from_secs(10),
        },
        evidence: vec![],
    }
}

/// The same signal, idle below `min`; missing while active is 0.
pub fn with_activity(signal: Signal, query: &str, min: f64) -> Signal {
    let query = Query::parse(query).expect("a good query");
    Signal { activity: Some(Activity { query, min }), on_missing: OnMissing::Zero, ..signal }
}

/// The question how old the newest samples of a metric are.
pub fn age_of(metric: &str) -> String {
    format!("max by (namespace, service) (timestamp({metric}))")
}

/// Rows at one instant: `shop/inventory=5 shop/inventory=7 -=1`; `-` names nobody.
pub fn matrix(millis: i64, rows: &str) -> Matrix {
    let series = rows.split_whitespace().enumerate().map(|(index, row)| {
        let (who, value) = row.split_once('=').expect("who=value");
        let mut labels = Labels::from([("pod".to_string(), index.to_string())]);
        if let Some((namespace, service)) = who.split_once('/') {
            labels.insert("namespace".into(), namespace.into());
            labels.insert("service".into(), service.into());
        }
        Series { labels, points: vec![(millis, value.parse().expect("a number"))] }
    });
    Matrix { series: series.collect(), ..Matrix::default() }
}
