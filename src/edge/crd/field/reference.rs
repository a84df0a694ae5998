//! References to other objects: `...Ref: {name}`.

use crate::domain::model::id::PolicyKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shape of an object's name.
pub const NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// The shape of a name inside a policy, and of a namespace.
pub const LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// An object of a kind that the field's name tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NameRef {
    /// Name of the object. Required.
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: String,
}

impl From<&str> for NameRef {
    fn from(name: &str) -> Self {
        Self { name: name.to_string() }
    }
}

/// A key of a Secret or ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRef {
    /// Name of the object. Required.
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: String,
    /// Namespace of the object. Default: the governor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub namespace: Option<String>,
    /// Key inside the object. Default: the one that the field's description names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key: Option<String>,
}

/// A policy of either kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRef {
    /// Kind of the policy.
    pub kind: PolicyKind,
    /// Namespace of a HealthPolicy; a ClusterHealthPolicy has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub namespace: Option<String>,
    /// Name of the policy.
    #[schemars(length(max = 253))]
    pub name: String,
}

/// The two kinds of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PolicyKind {
    HealthPolicy,
    ClusterHealthPolicy,
}

impl From<&PolicyKey> for PolicyRef {
    fn from(key: &PolicyKey) -> Self {
        let kind = match key.namespace {
            Some(_) => PolicyKind::HealthPolicy,
            None => PolicyKind::ClusterHealthPolicy,
        };
        Self { kind, namespace: key.namespace.clone(), name: key.name.clone() }
    }
}

impl From<&PolicyRef> for PolicyKey {
    fn from(policy: &PolicyRef) -> Self {
        let namespace = match policy.kind {
            PolicyKind::HealthPolicy => Some(policy.namespace.clone().unwrap_or_default()),
            PolicyKind::ClusterHealthPolicy => None,
        };
        Self { namespace, name: policy.name.clone() }
    }
}

/// A governed service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceRef {
    /// Namespace of the service.
    #[schemars(length(max = 253))]
    pub namespace: String,
    /// Name of the service, as the identity label says it.
    #[schemars(length(max = 253))]
    pub name: String,
}
