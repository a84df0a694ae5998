//! Policies, flags and a recording, and when the governor is started anew.

use chrono::{DateTime, Utc};
use flyball::app::standalone::load::{Loaded, load_texts};
use flyball::edge::recording::reader;
use flyball::edge::recording::recorded::Recording;
use std::sync::Arc;

const RECORDING: &[u8] = include_bytes!("../../policies/demo/recording.jsonl.gz");

/// One past to govern.
pub struct Case {
    pub recording: Arc<Recording>,
    /// The manifests, which the cluster suite applies; and what they are when read from files.
    #[allow(dead_code)] // not by the replay suite
    pub texts: Vec<&'static str>,
    pub loaded: Loaded,
    /// A flagd document, the FlagProvider `flags`.
    pub flags: &'static str,
    pub restarts: Vec<DateTime<Utc>>,
}

/// What the demo shows.
pub fn demo() -> Case {
    case(&[
        ("inventory.yaml", include_str!("../../policies/demo/inventory.yaml")),
        ("governor.yaml", include_str!("../../policies/demo/governor.yaml")),
    ])
}

/// Three policies of different intervals over the same services, with tight budgets and short
/// recoveries: relapses, refusals, deadlines, latches, a flag that two of them want.
pub fn busy() -> Case {
    case(&[("busy.yaml", BUSY)])
}

fn case(texts: &[(&str, &'static str)]) -> Case {
    let loaded = load_texts(texts);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    Case {
        recording: Arc::new(reader::read(RECORDING).unwrap()),
        texts: texts.iter().map(|(_, text)| *text).collect(),
        loaded,
        flags: include_str!("../../policies/demo/flags.json"),
        restarts: Vec::new(),
    }
}

const BUSY: &str = r#"
apiVersion: flyball.dev/v1alpha1
kind: Governor
metadata: {name: default}
spec:
  startupObservation: 10m
  budgets: {perService: 2, perNamespace: 3, perCluster: 3, perWindow: {count: 6, window: 6h}}
---
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: contention, namespace: shop}
spec:
  mode: Enforce
  interval: 1m
  signals:
  - name: lock-contention
    query: sum by (namespace, service) (rate(lock_contention_total[5m]))
    limit: 4
    baseline: {season: None, warmup: 6h}
  - name: goroutines
    query: sum by (namespace, service) (go_goroutines)
    baseline: {season: Day, warmup: 12h}
  tiers:
  - name: split
    level: Degrade
    when: {any: [{signal: lock-contention, beyondLimit: {for: 2m}}]}
    recover: {for: 3m}
    verify: {within: 5m}
    cooldown: 5m
    maxDuration: 2h
    latchAfter: 1
    actions: [{name: cache, flag: {providerRef: {name: flags}, key: "{{service}}-local-cache", fallback: "on"}}]
  - name: shed
    level: Fuse
    requires: Any
    when: {all: [{signal: lock-contention, anomalous: {}}, {any: [{signal: goroutines, above: {value: 30, times: 3, within: 10m}}, {score: {below: 60, for: 2m}}]}]}
    recover: {for: 5m}
    cooldown: 1m
    maxDuration: 20m
    actions: [{name: cut, flag: {providerRef: {name: flags}, key: "{{service}}-strong-check", fallback: "off"}}]
---
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: queue, namespace: shop}
spec:
  mode: Enforce
  interval: 2m
  services: {include: [inventory]}
  signals:
  - name: queue
    query: max by (namespace, service) (max_over_time(queue_length[5m]))
    facing: User
    limit: 2
    baseline: {season: None}
  tiers:
  - name: fuse
    level: Fuse
    when: {any: [{signal: queue, beyondLimit: {for: 2m}}]}
    recover: {for: 2m}
    verify: {within: 4m}
    cooldown: 2m
    actions: [{name: cut, flag: {providerRef: {name: flags}, key: "{{service}}-strong-check", fallback: "off"}}]
---
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: watch, namespace: shop}
spec:
  interval: 90s
  signals:
  - name: lock-wait-p99
    query: histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[5m])))
    baseline: {season: Day, warmup: 24h}
  tiers:
  - name: look
    level: Degrade
    when: {any: [{signal: lock-wait-p99, anomalous: {periods: 2}}]}
    recover: {for: 5m}
    actions: [{name: cut, flag: {providerRef: {name: flags}, key: "{{service}}-strong-check", fallback: "off"}}]
"#;
