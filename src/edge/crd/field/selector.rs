//! Label selectors, and the rules of `allow` that use them.
//!
//! Owns their meaning as Kubernetes defines it. Which namespaces there are is the caller's to say.

use crate::domain::model::selector::{self as model, Selector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The label that every namespace carries with its own name.
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Labels of one object.
pub type Labels = BTreeMap<String, String>;

/// Chooses objects by their labels; an empty one chooses all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must have exactly these values. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "super::word::labels")]
    pub match_labels: Labels,
    /// Further requirements, all of which must hold. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub match_expressions: Vec<Requirement>,
}

/// One requirement on one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Key of the label.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// How the label's value relates to `values`: `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: Operator,
    /// Values for `In` and `NotIn`; empty for the others. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 63)), extend("x-kubernetes-list-type" = "atomic"))]
    pub values: Vec<String>,
}

/// How a requirement compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// Who may use an endpoint, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowRule {
    /// Namespaces that may use it; `{}` is every namespace. Required.
    pub namespace_selector: LabelSelector,
    /// Flag keys (flag providers) or repositories (issue trackers) that it may be used for, with
    /// `*` for any run of characters and `{{namespace}}` for the service's namespace; ignored
    /// elsewhere. Default: every key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 64),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub keys: Vec<String>,
}

impl LabelSelector {
    /// Whether an object with these labels is chosen.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.holds(labels))
    }

    /// Whether it chooses every namespace.
    pub fn is_everything(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// The namespaces that it names by [`NAME_LABEL`], if that is all it does: the only kind of
    /// selector that has a meaning where no cluster can be asked for labels.
    pub fn names(&self) -> Option<Vec<String>> {
        let mut names: Option<Vec<String>> = None;
        let mut narrow = |found: Vec<String>| {
            names = Some(match names.take() {
                Some(former) => former.into_iter().filter(|name| found.contains(name)).collect(),
                None => found,
            });
        };
        for (key, value) in &self.match_labels {
            if key != NAME_LABEL {
                return None;
            }
            narrow(vec![value.clone()]);
        }
        for requirement in &self.match_expressions {
            if requirement.key != NAME_LABEL || requirement.operator != Operator::In {
                return None;
            }
            narrow(requirement.values.clone());
        }
        names
    }
}

impl From<&LabelSelector> for Selector {
    fn from(selector: &LabelSelector) -> Self {
        let exact = |(key, value): (&String, &String)| model::Requirement {
            key: key.clone(),
            test: model::Test::In(vec![value.clone()]),
        };
        let written = |requirement: &Requirement| model::Requirement {
            key: requirement.key.clone(),
            test: match requirement.operator {
                Operator::In => model::Test::In(requirement.values.clone()),
                Operator::NotIn => model::Test::NotIn(requirement.values.clone()),
                Operator::Exists => model::Test::Exists,
                Operator::DoesNotExist => model::Test::DoesNotExist,
            },
        };
        let exact = selector.match_labels.iter().map(exact);
        Self { requirements: exact.chain(selector.match_expressions.iter().map(written)).collect() }
    }
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.contains(v)),
            Operator::NotIn => value.is_none_or(|v| !self.values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(json: serde_json::Value) -> LabelSelector {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_selector_means_what_kubernetes_means() {
        let labels: Labels = [("env".to_string(), "prod".to_string())].into();
        for (json, expected) in [
            (serde_json::json!({}), true),
            (serde_json::json!({"matchLabels": {"env": "prod"}}), true),
            (serde_json::json!({"matchLabels": {"env": "test"}}), false),
            (
                serde_json::json!({"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}),
                true,
            ),
            (
                serde_json::json!({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["a"]}]}),
                true,
            ),
            (serde_json::json!({"matchExpressions": [{"key": "team", "operator": "Exists"}]}), false),
            (serde_json::json!({"matchExpressions": [{"key": "env", "operator": "DoesNotExist"}]}), false),
        ] {
            assert_eq!(selector(json.clone()).selects(&labels), expected, "{json}");
        }
    }

    #[test]
    fn only_names_can_be_resolved_without_a_cluster() {
        let named = selector(serde_json::json!({
            "matchLabels": {NAME_LABEL: "shop"},
            "matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": ["shop", "pay"]}]
        }));
        assert_eq!(named.names(), Some(vec!["shop".to_string()]));
        assert_eq!(selector(serde_json::json!({"matchLabels": {"env": "prod"}})).names(), None);
        assert_eq!(selector(serde_json::json!({})).names(), None);
    }
}
