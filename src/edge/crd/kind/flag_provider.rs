//! FlagProvider: a store of flags, one-of per kind of store.

use super::flag_server::{HttpStore, OfrepServed, ServerStore};
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::rule::{one_of, rule};
use crate::edge::crd::field::selector::AllowRule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A store of flags. Exactly one kind of store.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "FlagProvider",
    plural = "flagproviders",
    shortname = "fprov",
    category = "flyball",
    status = "ConfigStatus",
    derive = "PartialEq",
    doc = "A store of feature flags, and who may have which of them cut.",
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
#[x_kube(validation = one_of(
    "a FlagProvider",
    &["file", "configMap", "openFeature", "unleash", "launchDarkly", "flipt", "http"]
))]
pub struct FlagProviderSpec {
    /// A file beside the governor. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileStore>,
    /// A key of a ConfigMap that carries the label `flyball.dev/flags: "true"`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map: Option<ConfigMapStore>,
    /// A FeatureFlag object of the OpenFeature operator. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_feature: Option<OpenFeatureStore>,
    /// An Unleash server, with a token of its admin API: a flag is turned `off`, or `on`, in
    /// `environment` (required) of `project` (`default`). Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unleash: Option<ServerStore>,
    /// LaunchDarkly: a flag is turned `off` in `environment` (required) of `project` (`default`).
    /// Experimental: tried against its description only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_darkly: Option<ServerStore>,
    /// A Flipt server, version 2: a boolean flag is turned `off` or `on` in `environment` (`default`); its
    /// namespace is `project` (`default`). Experimental: tried against its description only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flipt: Option<ServerStore>,
    /// A server of your own, by the requests that read and write a flag. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpStore>,
    /// How long after a write clients serve it: a duration. Default: the store's own, 0s for files,
    /// 15s for Unleash, 90s for a ConfigMap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Duration>,
    /// Which namespaces' policies may cut which keys. Default: stores inside Kubernetes serve the
    /// policy's own namespace, outer ones (a file too) only ClusterHealthPolicies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub allow: Option<Vec<AllowRule>>,
}

/// A file with flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileStore {
    /// Path of the file. Required.
    #[schemars(length(min = 1, max = 4096))]
    pub path: String,
    /// How flags stand in it: `Flagd` (a flagd document) or `KeyValue` (an object of plain values).
    /// Default: Flagd.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FlagFormat>,
}

/// A ConfigMap with flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigMapStore {
    /// The ConfigMap. Required.
    pub object: ObjectTemplate,
    /// Key of the ConfigMap under which the document stands; for `KeyValue` none, each flag is a
    /// key. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key: Option<String>,
    /// How flags stand in it: `Flagd` or `KeyValue`. Default: Flagd.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FlagFormat>,
}

/// A FeatureFlag object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = rule(
    "(has(self.overlay) && self.overlay) == has(self.base)",
    "'base: ' + (has(self.base) ? 'nothing is copied without overlay: true; add it, or leave base out' : \
     'flags are copied from it with overlay: true; name the FeatureFlag that others keep')"
))]
pub struct OpenFeatureStore {
    /// The FeatureFlag. Required.
    pub object: ObjectTemplate,
    /// Whether the object is ours alone: flags are written into it and win the merge over the
    /// sources named before it, so that a GitOps tool does not undo them. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlay: Option<bool>,
    /// The FeatureFlag that others keep, from which flags are copied. Required with `overlay: true`.
    /// Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<ObjectTemplate>,
    /// What is asked, after a cut, what clients are served: one flagd for all objects of the provider.
    /// Default: nobody is asked, and `propagation` counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<OfrepServed>,
}

/// Which object holds a flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectTemplate {
    /// Name of the object, with `{{service}}` and `{{namespace}}`. Required.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the object, with `{{namespace}}`. Default: the service's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub namespace: Option<String>,
}

/// How flags stand in a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FlagFormat {
    #[default]
    Flagd,
    KeyValue,
}
