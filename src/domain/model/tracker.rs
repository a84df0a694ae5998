//! IssueTrackers as the governor sees them: where issues go, on which terms, and who may use them.
//!
//! Owns what a tier wishes of a tracker, and the name of an issue that outlives every restart. What
//! stands in the tracker right now is not known here.

use super::id::{PolicyKey, ServiceKey, TierKey, digest};
use super::provider::{Access, Request};
use super::reason::{Code, Reason};
use super::selector::Labels;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The word for the kind of object that declares one.
pub const KIND: &str = "IssueTracker";
/// Characters of a fingerprint.
const FINGERPRINT: usize = 16;

/// An issue that a tier asks for, its repository rendered for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssueWish {
    /// Name of the action inside the tier.
    pub action: String,
    /// Name of the IssueTracker.
    pub tracker: String,
    pub repository: String,
    /// Beside those of the tracker.
    pub labels: Vec<String>,
    /// Name of the text.
    pub template: String,
}

/// What may be said of a tracker without asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackerFacts {
    pub name: String,
    /// The word of its kind: `github`, `gitea`, ...
    pub kind: String,
    /// Names of the texts that it has.
    pub templates: Vec<String>,
    /// A closed issue is reopened rather than followed by a new one within this time.
    pub reopen_within: Duration,
    /// An issue is closed after its service was healthy for so long.
    pub close_after: Duration,
    pub access: Access,
}

/// Who asks for an issue.
#[derive(Debug, Clone, Copy)]
pub struct IssuePlea<'a> {
    pub policy: &'a PolicyKey,
    pub service: &'a ServiceKey,
    /// Labels of the service's namespace; None where they are not known.
    pub labels: Option<&'a Labels>,
}

impl TrackerFacts {
    /// Whether the issue may be opened. Asked before every new effect, never before closing.
    ///
    /// # Errors
    /// Why not, and who can change that.
    pub fn permits(&self, wish: &IssueWish, plea: IssuePlea<'_>) -> Result<(), Reason> {
        let name = &self.name;
        if !self.templates.contains(&wish.template) {
            let message = format!(
                "{KIND} {name} has no template {:?}; add it to its spec.templates, or name one of {}",
                wish.template,
                self.templates.join(", ")
            );
            return Err(Reason::new(Code::ProviderRefused, message));
        }
        let IssuePlea { policy, service, labels } = plea;
        let item = Some(("repository", wish.repository.as_str()));
        self.access.permits(&Request { kind: KIND, name, policy, service, labels, item })
    }
}

/// The name of the one issue of an action of a tier for a service, in this installation.
pub fn fingerprint(installation: &str, policy_uid: &str, key: &TierKey, action: &str) -> String {
    let service = &key.service;
    let parts = [installation, policy_uid, &service.namespace, &service.service, &key.tier, action];
    digest(&parts, FINGERPRINT)
}

/// The name of the one issue that stands for many services of a tier in one repository.
pub fn group_fingerprint(installation: &str, policy_uid: &str, tier: &str, wish: &IssueWish) -> String {
    let parts = ["group", installation, policy_uid, tier, &wish.action, &wish.tracker, &wish.repository];
    digest(&parts, FINGERPRINT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::id::{PolicyKey, ServiceKey};

    fn key(service: &str, tier: &str) -> TierKey {
        let policy = PolicyKey { namespace: Some("shop".into()), name: "p".into() };
        TierKey { policy, service: ServiceKey::new("shop", service), tier: tier.into() }
    }

    #[test]
    fn a_fingerprint_changes_with_all_that_it_names_and_with_nothing_else() {
        let one = fingerprint("i", "u", &key("cart", "split"), "issue");
        assert_eq!(one.len(), FINGERPRINT);
        assert_eq!(one, fingerprint("i", "u", &key("cart", "split"), "issue"));
        for other in [
            fingerprint("j", "u", &key("cart", "split"), "issue"),
            fingerprint("i", "v", &key("cart", "split"), "issue"),
            fingerprint("i", "u", &key("order", "split"), "issue"),
            fingerprint("i", "u", &key("cart", "other"), "issue"),
            fingerprint("i", "u", &key("cart", "split"), "second"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_template_that_the_tracker_lacks_is_refused_with_those_it_has() {
        let facts = TrackerFacts {
            name: "code".into(),
            kind: "gitea".into(),
            templates: vec!["default".into(), "hot-lock".into()],
            reopen_within: Duration::ZERO,
            close_after: Duration::ZERO,
            access: Access::Everyone,
        };
        let wish = |template: &str| IssueWish {
            action: "issue".into(),
            tracker: "code".into(),
            repository: "shop/cart".into(),
            labels: Vec::new(),
            template: template.into(),
        };
        let (service, policy) = (ServiceKey::new("shop", "cart"), key("cart", "t").policy);
        let plea = IssuePlea { policy: &policy, service: &service, labels: None };
        assert_eq!(facts.permits(&wish("hot-lock"), plea), Ok(()));
        let refused = facts.permits(&wish("hot-lok"), plea).unwrap_err().message;
        assert!(refused.contains("hot-lok") && refused.contains("default, hot-lock"), "{refused}");
    }
}
