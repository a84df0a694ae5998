//! Flags as the governor sees them: where one lives, who wishes it cut, and how it stands.
//!
//! Owns the words that decisions and flag stores share. How a document is wrapped is the
//! provider's own business.

use super::capability::Capability;
use super::id::digest;
use super::reason::Reason;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Exactly one flag in exactly one store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagTarget {
    /// Name of the FlagProvider.
    pub provider: String,
    /// Kind of store: `file`, `memory`, `configMap`, `openFeature`, ...
    pub store: String,
    /// Where the store is: a path, a URL, or empty for the cluster itself.
    pub endpoint: String,
    /// Project or environment inside the store, if it has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Namespace and name of the object that holds the flag, for stores inside Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectName>,
    pub key: String,
}

/// Namespace and name of a Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectName {
    pub namespace: String,
    pub name: String,
}

impl FlagTarget {
    /// Name of the FlagHold of this flag: a hash of store, endpoint, project, object and key.
    pub fn hold_name(&self) -> String {
        let (namespace, name) =
            self.object.as_ref().map_or(("", ""), |o| (o.namespace.as_str(), o.name.as_str()));
        let project = self.project.as_deref().unwrap_or("");
        let parts = [&self.store, &self.endpoint, project, namespace, name, &self.key];
        format!("hold-{}", digest(&parts, 24))
    }
}

/// A flag that a tier wants at its fallback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlagWish {
    /// Name of the policy's action.
    pub action: String,
    pub provider: String,
    pub key: String,
    /// Variant (flagd) or plain value that the cut serves.
    pub fallback: String,
    /// The key does not depend on the service and the policy says that this is meant.
    pub shared: bool,
    /// Whether the key names the service, so that services do not meet in it.
    pub per_service: bool,
    /// If it fails the tier's other actions go on; else they are undone.
    pub go_on: bool,
    /// What the store must be able to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demands: Vec<Capability>,
}

/// How long a flag must have been away until it counts as deleted: tools that replace an object
/// by deleting and creating it leave such a gap.
pub const GONE_AFTER: TimeDelta = TimeDelta::minutes(1);

/// How a flag stands right now, as far as could be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FlagView {
    /// The store could not be read.
    Unreadable(Reason),
    /// The store answered that the flag does not exist, and has done so since then. It may be
    /// away for a moment only: see [`GONE_AFTER`].
    Gone {
        since: DateTime<Utc>,
    },
    Seen(FlagState),
}

/// A flag that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagState {
    /// Identity of this incarnation of the flag, where the store has one (an object's uid).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The flag as stored, the pre-image if nothing of ours is on it. JSON text for documents,
    /// the plain value for key-value stores.
    pub document: String,
    pub standing: Standing,
    /// Who wrote the flag last, other than us, where the store tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor: Option<Editor>,
    /// The tool that owns the object and may undo a cut, where it shows: Argo CD, Flux.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What our last write of it was answered, while that is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Reason>,
}

/// Who changed a flag, as far as the store tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editor {
    /// A field manager inside Kubernetes, a user elsewhere.
    pub name: String,
    pub at: DateTime<Utc>,
}

/// What the document means to us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    /// Nothing of ours is on it, and it can be cut.
    Free,
    /// It already serves the fallback to everyone.
    AtFallback,
    /// It cannot be cut as it stands (disabled, no such variant, malformed).
    Refused(Reason),
    /// Our cut is on it and nothing else changed but what the cut wraps.
    Cut { fallback: String, until: Option<DateTime<Utc>> },
    /// Our cut is on it, and a person changed something beside it.
    CutAndEdited(String),
    /// A hold exists, the cut is not on it, and it is not the pre-image: somebody else's.
    Foreign(String),
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl FlagState {
    /// A flag of a store that tells neither incarnations nor editors.
    pub fn plain(document: String, standing: Standing) -> Self {
        Self { uid: None, document, standing, editor: None, owner: None, trouble: None }
    }
}

impl fmt::Display for Editor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "changed by {} at {}", self.name, self.at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}
