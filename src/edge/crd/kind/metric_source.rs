//! MetricSource: an endpoint that answers PromQL, and the fence around it.

use super::policy::rules;
use super::policy::signal::PROMETHEUS_LABEL;
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::endpoint::{Auth, Ca, GuardedAddress, URL};
use crate::edge::crd::field::selector::{AllowRule, Labels};
use crate::edge::crd::field::word;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Prometheus-compatible endpoint.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "MetricSource",
    plural = "metricsources",
    shortname = "msrc",
    category = "flyball",
    status = "ConfigStatus",
    derive = "PartialEq",
    doc = "A Prometheus-compatible endpoint, and what its answers may be used for.",
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
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
pub struct MetricSourceSpec {
    /// Where it is, without `/api/v1`: `http://prometheus.monitoring:9090`. Required.
    #[schemars(length(min = 1, max = 2048), regex(pattern = URL))]
    pub url: String,
    /// Credentials. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Certificates that are trusted. Default: the public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<Ca>,
    /// The tenant that is asked. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// How much may be asked and answered. Default: as said at each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<SourceLimits>,
    /// Where a row's service and namespace stand, for signals that do not say. Default: the labels
    /// `service` and `namespace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<SourceIdentity>,
    /// Labels and their values that every selector is held to, such as a cluster. Default: none.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    #[schemars(schema_with = "word::labels")]
    pub matchers: Labels,
    /// Where traces can be looked at. Default: their ids are shown without a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// How long scraping takes: instants are asked so much later. A duration, at most half of the
    /// policy's interval counts. Default: 5s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<Duration>,
    /// Which namespaces' policies may use it. Default: all, each held to its own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub allow: Option<Vec<AllowRule>>,
    /// Kinds of addresses that the URL may resolve to although they are refused otherwise:
    /// `Loopback`, `LinkLocal`, `ApiServer`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), extend("x-kubernetes-list-type" = "set"))]
    pub allow_addresses: Vec<GuardedAddress>,
}

/// Where traces can be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tracing {
    /// Address of the page of one trace, with `{{traceId}}` where its id stands:
    /// `https://tempo.example.com/trace/{{traceId}}`. Required.
    #[schemars(length(min = 1, max = 1024), regex(pattern = "^https?://"))]
    pub url_template: String,
}

/// The header that names a tenant, unless the source says otherwise.
pub const TENANT_HEADER: &str = "X-Scope-OrgID";

/// A tenant of the endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tenant {
    /// Header that names it. Default: X-Scope-OrgID.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9-]+$"))]
    pub header: Option<String>,
    /// The tenant. Required.
    #[schemars(length(min = 1, max = 253))]
    pub value: String,
}

/// How much may be asked and answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceLimits {
    /// Most rows of one answer; a larger one is rejected as a whole. Unit: series.
    /// Default: 50000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_series: Option<u32>,
    /// Most decompressed size of one answer; a larger one is rejected as a whole. Unit: bytes.
    /// Default: 67108864.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1024, max = 1_073_741_824))]
    pub max_bytes: Option<u64>,
    /// How long one answer may take: a duration. Default: 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Most questions at a time. Unit: queries. Default: 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: Option<u32>,
}

/// Where a row's service and namespace stand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::identity_whole(), validation = rules::source_identity_one())]
pub struct SourceIdentity {
    /// Label with the service's name. Default: service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub service_label: Option<String>,
    /// Label with the service's namespace. Default: namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub namespace_label: Option<String>,
    /// One label that holds both, read by `pattern`. No namespace matcher can be enforced then.
    /// Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = PROMETHEUS_LABEL))]
    pub from_label: Option<String>,
    /// Regular expression over `fromLabel` with the named groups `service` and `namespace`.
    /// Required with `fromLabel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub pattern: Option<String>,
    /// Whether a HealthPolicy's signal may read its namespace by a pattern or fix it, although no
    /// matcher can hold it to its own namespace then. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_unfenced: Option<bool>,
}
