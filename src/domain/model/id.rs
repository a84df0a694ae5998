//! Who is who: services, policies, and the names of the objects we write.
//!
//! Owns identity and naming. A name is a pure function of what it names, so that a restart
//! finds its own objects again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A governed service: what the identity labels of a row say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceKey {
    pub namespace: String,
    pub service: String,
}

impl ServiceKey {
    pub fn new(namespace: impl Into<String>, service: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), service: service.into() }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.service)
    }
}

/// A policy of either kind; a ClusterHealthPolicy has no namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PolicyKey {
    pub namespace: Option<String>,
    pub name: String,
}

impl PolicyKey {
    /// The kind of object this key names.
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "HealthPolicy" } else { "ClusterHealthPolicy" }
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What an episode belongs to: one tier of one policy, for one service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TierKey {
    pub policy: PolicyKey,
    pub service: ServiceKey,
    pub tier: String,
}

impl fmt::Display for TierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tier {} for {}", self.policy, self.tier, self.service)
    }
}

/// The name of the Decision of an episode: a slug of at most 40 characters, the tier, and ten
/// hex digits of a hash of (policy uid, exact namespace and service, tier, ordinal).
pub fn decision_name(policy_uid: &str, key: &TierKey, ordinal: u64) -> String {
    let ordinal = ordinal.to_string();
    let parts = [policy_uid, &key.service.namespace, &key.service.service, &key.tier, &ordinal];
    format!("{}-{}-{}", slug(&key.service.service, 40), slug(&key.tier, 40), digest(&parts, 10))
}

/// The name of the ServiceHealth of a service: the service's own name where that is a valid
/// object name, else a slug and ten hex digits.
pub fn health_name(service: &ServiceKey) -> String {
    let slug = slug(&service.service, 40);
    if slug == service.service {
        return slug;
    }
    format!("{slug}-{}", digest(&[&service.namespace, &service.service], 10))
}

/// The first `length` hex digits of a SHA-256 over `parts`, each preceded by its length so that
/// no two lists collide by concatenation.
pub fn digest(parts: &[&str], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..length.min(hex.len())].to_string()
}

/// `text` as a DNS label of at most `length` characters: lower case, other characters as `-`.
pub fn slug(text: &str, length: usize) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if !(c == '-' && (out.is_empty() || out.ends_with('-'))) {
            out.push(c);
        }
        if out.len() == length {
            break;
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "x".to_string() } else { trimmed.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_dns_label() {
        for (text, expected) in [
            ("inventory", "inventory"),
            ("Order API__v2", "order-api-v2"),
            ("--", "x"),
            ("库存", "x"),
            (&"a".repeat(60), &"a".repeat(40)),
        ] {
            assert_eq!(slug(text, 40), *expected);
        }
    }

    #[test]
    fn names_that_slug_alike_still_differ() {
        let key = |service: &str| TierKey {
            policy: PolicyKey { namespace: Some("shop".into()), name: "p".into() },
            service: ServiceKey::new("shop", service),
            tier: "cut".into(),
        };
        assert_ne!(decision_name("u", &key("a.b"), 1), decision_name("u", &key("a-b"), 1));
        assert_ne!(decision_name("u", &key("a"), 1), decision_name("u", &key("a"), 2));
        assert_eq!(decision_name("u", &key("a"), 1), decision_name("u", &key("a"), 1));
    }

    #[test]
    fn a_digest_tells_where_one_part_ends() {
        assert_ne!(digest(&["ab", "c"], 10), digest(&["a", "bc"], 10));
    }
}
