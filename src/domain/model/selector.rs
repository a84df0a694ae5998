//! Which namespaces a rule means, by their labels, as Kubernetes defines it.
//!
//! Owns the matching. Which labels a namespace has is the caller's to say; where they are not
//! known, only what needs no more than the namespace's name can hold.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The label that every namespace carries with its own name.
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Labels of one object.
pub type Labels = BTreeMap<String, String>;

/// Chooses namespaces by their labels; without a requirement it chooses all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// All of them must hold.
    pub requirements: Vec<Requirement>,
}

/// One requirement on one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub key: String,
    pub test: Test,
}

/// What a label's value must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Whether `namespace` is chosen; `labels` are None where nobody could be asked for them.
    pub fn chooses(&self, namespace: &str, labels: Option<&Labels>) -> bool {
        self.requirements.iter().all(|requirement| match (requirement.key.as_str(), labels) {
            (NAME_LABEL, _) => requirement.test.holds(Some(namespace)),
            (_, None) => false,
            (key, Some(labels)) => requirement.test.holds(labels.get(key).map(String::as_str)),
        })
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_in = |values: &[String]| value.is_some_and(|value| values.iter().any(|v| v == value));
        match self {
            Self::In(values) => is_in(values),
            Self::NotIn(values) => !is_in(values),
            Self::Exists => value.is_some(),
            Self::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, test: Test) -> Selector {
        Selector { requirements: vec![Requirement { key: key.into(), test }] }
    }

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| value.to_string()).collect()
    }

    #[test]
    fn a_selector_means_what_kubernetes_means() {
        let labels: Labels = [("env".to_string(), "prod".to_string())].into();
        for (selector, known, unknown) in [
            (Selector::default(), true, true),
            (one("env", Test::In(values(&["prod", "test"]))), true, false),
            (one("env", Test::In(values(&["test"]))), false, false),
            (one("env", Test::NotIn(values(&["test"]))), true, false),
            (one("team", Test::NotIn(values(&["a"]))), true, false),
            (one("team", Test::Exists), false, false),
            (one("team", Test::DoesNotExist), true, false),
            (one("env", Test::DoesNotExist), false, false),
            (one(NAME_LABEL, Test::In(values(&["shop"]))), true, true),
            (one(NAME_LABEL, Test::NotIn(values(&["shop"]))), false, false),
            (one(NAME_LABEL, Test::Exists), true, true),
        ] {
            assert_eq!(selector.chooses("shop", Some(&labels)), known, "{selector:?}");
            assert_eq!(selector.chooses("shop", None), unknown, "{selector:?} without labels");
        }
    }

    #[test]
    fn every_requirement_must_hold() {
        let mut both = one("env", Test::Exists);
        both.requirements.extend(one(NAME_LABEL, Test::In(values(&["pay"]))).requirements);
        let labels: Labels = [("env".to_string(), "prod".to_string())].into();
        assert!(both.chooses("pay", Some(&labels)));
        assert!(!both.chooses("shop", Some(&labels)));
    }

    #[test]
    fn a_namespace_cannot_claim_another_ones_name_by_a_label() {
        let forged: Labels = [(NAME_LABEL.to_string(), "pay".to_string())].into();
        assert!(!one(NAME_LABEL, Test::In(values(&["pay"]))).chooses("shop", Some(&forged)));
    }
}
