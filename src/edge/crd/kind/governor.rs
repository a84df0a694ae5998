//! Governor: the one object that pauses, limits and releases everything.

use crate::edge::crd::field::condition::Condition;
use crate::edge::crd::field::duration::{Duration, PATTERN as DURATION};
use crate::edge::crd::field::notification::Notification;
use crate::edge::crd::field::rule::rule;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::told::ToldEntry;
use crate::edge::crd::field::window::Window;
use kube::core::Rule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person orders for the whole fleet. One object, named `default`; without it nothing is
/// engaged.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "Governor",
    plural = "governors",
    shortname = "gov",
    category = "flyball",
    status = "GovernorStatus",
    derive = "PartialEq",
    doc = "Pauses, budgets and the breaker of the whole fleet: one object, named default.",
    validation = governor_name(),
    printcolumn(name = "Paused", type_ = "boolean", json_path = ".spec.paused.act"),
    printcolumn(name = "Release All", type_ = "boolean", json_path = ".spec.releaseAll"),
    printcolumn(name = "Breaker Open", type_ = "boolean", json_path = ".status.breaker.open"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct GovernorSpec {
    /// What people have stopped. Default: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Give every held flag back now and engage nothing. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_all: Option<bool>,
    /// How many live holds there may be; the most restrictive wins. Once given, a missing key
    /// refuses. Default: 1 per service, 5 per namespace, 20 per cluster, 30 per hour.
    #[serde(default)]
    pub budgets: BudgetFields,
    /// When to stop acting because the cause is not the services'. Default: above 30 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerFields>,
    /// How long a freshly started governor only looks: a duration. Default: 2 intervals of each
    /// policy, at least 1m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub startup_observation: Option<Duration>,
    /// A person's word that the clock was right at this instant, after the ledger was found to
    /// lie in the future: entries later than it are dropped. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_time: Option<Stamp>,
    /// Times at which no policy learns or acts. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub windows: Vec<Window>,
    /// Who is told of what, for policies that do not say. Default: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub notifications: Vec<Notification>,
    /// How long ended Decisions are kept. Default: as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

/// What people have stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Paused {
    /// No engaging, probing or cutting again. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<bool>,
    /// No probe and no restoring on recovery; deadlines still hold. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<bool>,
}

/// How many live holds there may be. A missing key refuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetFields {
    /// Live holds of one service. Unit: holds. Default: refuses if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub per_service: Option<u32>,
    /// Live holds in one namespace. Unit: holds. Default: refuses if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10000))]
    pub per_namespace: Option<u32>,
    /// Live holds in the cluster. Unit: holds. Default: refuses if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub per_cluster: Option<u32>,
    /// Engagements within a sliding window. Default: refuses if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_window: Option<WindowBudget>,
}

impl Default for BudgetFields {
    fn default() -> Self {
        Self {
            per_service: Some(1),
            per_namespace: Some(5),
            per_cluster: Some(20),
            per_window: Some(WindowBudget { count: 30, window: "1h".into() }),
        }
    }
}

/// Engagements within a sliding window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = budget_window())]
pub struct WindowBudget {
    /// How many. The ledger keeps 256, so no more can be counted. Unit: engagements. Required.
    #[schemars(range(min = 0, max = 256))]
    pub count: u32,
    /// Within which time: a duration, `1m` to `24h`. Required.
    pub window: Duration,
}

/// When to stop acting because the cause is not the services'.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakerFields {
    /// It opens when more than this share of the governed services breaches, and at least 3 do.
    /// Unit: percent. Default: 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub max_breaching_percent: Option<u32>,
}

/// How long ended Decisions are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// An ended Decision is deleted after this time: a duration. Default: 336h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_for: Option<Duration>,
    /// Most ended Decisions of one service; the oldest go first. Unit: Decisions. Default: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub per_service: Option<u32>,
}

/// What the governor remembers and says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GovernorStatus {
    /// Generation of the spec that this speaks of. Unit: generations of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_i64))]
    pub observed_generation: Option<i64>,
    /// The engagements that window budgets count, oldest first; written before the hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "atomic"))]
    pub ledger: Vec<LedgerLine>,
    /// The breaker's last word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerRecord>,
    /// `Accepted` and `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,
    /// Who was told of what concerns the whole fleet and is not over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["notifier"])
    )]
    pub told: Vec<ToldEntry>,
}

/// One engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerLine {
    /// When.
    pub at: Stamp,
    /// Name of the Decision.
    #[schemars(length(max = 253))]
    pub decision: String,
}

/// The breaker's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakerRecord {
    /// Whether it is open: nothing is engaged or probed.
    pub open: bool,
    /// Since when it is so.
    pub since: Stamp,
    /// When it closes unless its cause is seen again; absent while it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Stamp>,
    /// Governed services that breach, held ones counted. Unit: services.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub breaching: u32,
    /// Governed services that are known. Unit: services.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub known: u32,
    /// Governed services. Unit: services.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub governed: u32,
    /// Engagements that it refused since it opened. Unit: engagements.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub refused: u32,
    /// Why, in a sentence.
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// There is one Governor.
fn governor_name() -> Rule {
    rule(
        "self.metadata.name == 'default'",
        "'a Governor named ' + self.metadata.name + ' would be ignored: name it default'",
    )
}

/// A budget's window can be counted.
fn budget_window() -> Rule {
    rule(
        format!(
            "!self.window.matches('{DURATION}') || \
             (duration(self.window) >= duration('1m') && duration(self.window) <= duration('24h'))"
        ),
        "'window ' + self.window + ' is not between 1m and 24h: write such as 1h'",
    )
    .field_path(".window")
}
