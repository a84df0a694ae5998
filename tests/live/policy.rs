//! Policies of the suite, as YAML text.
//!
//! All watch the share of refused reservations; they differ in what they are allowed and in how
//! long they wait. Times are short, but every one is a real duration on a grid of one second.

use super::prometheus::REJECT_RATE;

/// What a scenario says of its policy.
#[derive(Clone)]
pub struct Terms {
    pub name: &'static str,
    pub namespace: &'static str,
    pub service: &'static str,
    pub mode: &'static str,
    /// The key of the flag, after the service and a dash.
    pub flag: &'static str,
    pub query: String,
    pub recover: &'static str,
    pub max_duration: &'static str,
    pub cooldown: &'static str,
    /// More signals, one YAML line each.
    pub signals: &'static str,
    /// More members of `when.all`, each after a comma.
    pub also: &'static str,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            name: "rejects",
            namespace: "lab",
            service: "catalog",
            mode: "Enforce",
            flag: "strong-check",
            query: REJECT_RATE.to_string(),
            recover: "4s",
            max_duration: "30m",
            cooldown: "1s",
            signals: "",
            also: "",
        }
    }
}

impl Terms {
    /// The HealthPolicy.
    pub fn yaml(&self) -> String {
        let Self {
            name,
            namespace,
            service,
            mode,
            flag,
            query,
            recover,
            max_duration,
            cooldown,
            signals,
            also,
        } = self;
        format!(
            r#"apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  mode: {mode}
  interval: 1s
  services: {{include: [{service}]}}
  signals:
  - name: reject-rate
    query: {query}
    activity: {{query: "sum by (namespace, service) (rate(requests_total[8s]))", min: 0.5}}
    facing: User
    weight: 5
    limit: 0.15
    unit: ratio
    maxAge: 6s
    baseline: {{season: None, warmup: 30m, minDeviation: {{absolute: 0.05}}}}
{signals}  tiers:
  - name: strong-check
    level: Fuse
    when: {{all: [{{signal: reject-rate, beyondLimit: {{for: 2s}}}}{also}]}}
    recover: {{for: {recover}, marginPercent: 10}}
    actions: [{{name: cut, flag: {{providerRef: {{name: flags}}, key: "{{{{service}}}}-{flag}", fallback: "off"}}}}]
    verify: {{within: 4s}}
    maxDuration: {max_duration}
    cooldown: {cooldown}
"#
        )
    }
}

/// The Governor that every scenario runs under.
pub const GOVERNOR: &str = "apiVersion: flyball.dev/v1alpha1
kind: Governor
metadata: {name: default}
spec:
  startupObservation: 2s
  budgets: {perService: 2, perNamespace: 5, perCluster: 20, perWindow: {count: 30, window: 1h}}
";
