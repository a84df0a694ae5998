//! FlagHold: everything that undoing a cut needs. All of it is in `spec`, so that it survives a
//! backup that drops status.

use crate::edge::crd::field::reference::{PolicyRef, ServiceRef};
use crate::edge::crd::field::stamp::Stamp;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One flag, held. Written by the governor before it first writes the flag, and deleted after
/// the restore was read back.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "FlagHold",
    plural = "flagholds",
    shortname = "fhold",
    category = "flyball",
    namespaced,
    derive = "PartialEq",
    doc = "One flag, held: its original and who wishes the cut. Written by the governor; do not delete by hand.",
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.target.provider"),
    printcolumn(name = "Key", type_ = "string", json_path = ".spec.target.key"),
    printcolumn(name = "Fallback", type_ = "string", json_path = ".spec.fallback"),
    printcolumn(name = "Deadline", type_ = "string", json_path = ".spec.deadline"),
    printcolumn(name = "Object", type_ = "string", json_path = ".spec.target.object.name", priority = 1),
    printcolumn(name = "In", type_ = "string", json_path = ".spec.target.object.namespace", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct FlagHoldSpec {
    /// Which flag in which store.
    pub target: TargetEntry,
    /// Id of the installation that wrote it.
    #[schemars(length(max = 253))]
    pub installation: String,
    /// The flag as it was before our first write. At most 64 KiB.
    #[schemars(length(max = 65536))]
    pub pre_image: String,
    /// Identity of the flag's incarnation at that time, where the store has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub uid: Option<String>,
    /// What the cut serves.
    #[schemars(length(max = 1024))]
    pub fallback: String,
    /// When the cut ends by itself; absent if a claim keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Stamp>,
    /// Who wishes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["decision"])
    )]
    pub claims: Vec<ClaimEntry>,
}

/// Which flag in which store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetEntry {
    /// Name of the FlagProvider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Kind of store.
    #[schemars(length(max = 63))]
    pub store: String,
    /// Where the store is: a path or a URL; empty for the cluster itself.
    #[schemars(length(max = 4096))]
    pub endpoint: String,
    /// Project or environment inside the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 320))]
    pub project: Option<String>,
    /// The object that holds the flag, for stores inside Kubernetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectEntry>,
    /// Key of the flag.
    #[schemars(length(max = 1024))]
    pub key: String,
}

/// A Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectEntry {
    /// Its namespace.
    #[schemars(length(max = 253))]
    pub namespace: String,
    /// Its name.
    #[schemars(length(max = 253))]
    pub name: String,
}

/// A Decision's wish on the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimEntry {
    /// Name of the Decision, in the service's namespace.
    #[schemars(length(max = 253))]
    pub decision: String,
    /// The policy.
    pub policy_ref: PolicyRef,
    /// The service.
    pub service: ServiceRef,
    /// Name of the tier.
    #[schemars(length(max = 253))]
    pub tier: String,
    /// When this claim must end.
    pub deadline: Stamp,
    /// At the deadline the cut stays, and people are told.
    pub keep: bool,
    /// False while the Decision probes: the flag has its original, and is still ours to cut.
    pub cut: bool,
}
