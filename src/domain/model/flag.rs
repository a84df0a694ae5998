//! Flags as the governor sees them: where one lives, how it stands, and what a store can do.
//!
//! Owns the words that decisions and flag stores share. How a document is wrapped is the
//! provider's own business.

use super::id::{ServiceKey, digest};
use super::reason::Reason;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
}

/// What a store can do. A policy may demand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Writes are refused if the flag changed since it was read; without it, `BestEffort`.
    pub precondition: bool,
    /// The store tells who changed a flag.
    pub history: bool,
    /// A cut ends by itself at its deadline, even if the governor is gone.
    pub self_ending: bool,
}

/// How a flag stands right now, as far as could be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FlagView {
    /// The store could not be read.
    Unreadable(Reason),
    /// The store answered that the flag does not exist.
    Gone,
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

/// What may be said of a store without asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderFacts {
    pub name: String,
    pub store: String,
    pub endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub capabilities: Capabilities,
    /// Who may use it for which keys; None allows everyone everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<AllowRule>>,
}

/// One rule of `allow`: namespaces, and key patterns with `{{namespace}}` and `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowRule {
    /// Exact namespaces that the rule's selector chose; None is every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// Key patterns; empty is every key.
    #[serde(default)]
    pub keys: Vec<String>,
}

impl ProviderFacts {
    /// The flag that `key` names in this store.
    pub fn target(&self, key: &str) -> FlagTarget {
        FlagTarget {
            provider: self.name.clone(),
            store: self.store.clone(),
            endpoint: self.endpoint.clone(),
            project: self.project.clone(),
            object: None,
            key: key.to_string(),
        }
    }

    /// Whether a policy acting for `service` may cut `key`.
    pub fn allows(&self, service: &ServiceKey, key: &str) -> bool {
        let Some(rules) = &self.allow else { return true };
        rules.iter().any(|rule| {
            let here = rule.namespaces.as_ref().is_none_or(|names| names.contains(&service.namespace));
            let pattern = |p: &String| glob(&p.replace("{{namespace}}", &service.namespace), key);
            here && (rule.keys.is_empty() || rule.keys.iter().any(pattern))
        })
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let middle: Vec<&str> = parts.collect();
    let Some((last, middle)) = middle.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("inventory", "inventory", true),
            ("inventory", "inventory-2", false),
            ("order-*", "order-api", true),
            ("order-*", "preorder-api", false),
            ("*-api", "order-api", true),
            ("*", "", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn holds_of_different_flags_have_different_names() {
        let facts = ProviderFacts {
            name: "flags".into(),
            store: "file".into(),
            endpoint: "/etc/flags.json".into(),
            project: None,
            capabilities: Capabilities { precondition: false, history: false, self_ending: true },
            allow: None,
        };
        let hold = facts.target("a").hold_name();
        assert_ne!(hold, facts.target("b").hold_name());
        let elsewhere = ProviderFacts { endpoint: "/tmp/flags.json".into(), ..facts.clone() };
        assert_ne!(hold, elsewhere.target("a").hold_name());
        let renamed = ProviderFacts { name: "other".into(), ..facts };
        assert_eq!(
            hold,
            renamed.target("a").hold_name(),
            "the hold is the flag's, not the provider object's"
        );
    }
}
