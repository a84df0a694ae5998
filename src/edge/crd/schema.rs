//! The CustomResourceDefinitions, as they are committed and as objects are checked against them.
//!
//! Owns the list of kinds and the tidying of derived schemas: nothing is nullable, formats are
//! those that the API server knows. Must not check any object; that is `check`'s.

use super::kind::{
    decision, decision_approval, flag_hold, flag_provider, governor, issue_tracker, metric_source, notifier,
    policy, service_health,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// API group and version of all kinds.
pub const API_VERSION: &str = "flyball.dev/v1alpha1";

/// One kind.
pub struct Kind {
    /// Its name, as `kind:` says it.
    pub name: String,
    /// Lower-case plural.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// The whole CustomResourceDefinition.
    pub definition: Value,
    /// The schema of its objects.
    pub schema: Value,
}

/// Every kind, in the order of the documentation.
pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let definitions = [
        policy::spec::HealthPolicy::crd(),
        policy::spec::ClusterHealthPolicy::crd(),
        service_health::ServiceHealth::crd(),
        decision::Decision::crd(),
        decision_approval::DecisionApproval::crd(),
        flag_hold::FlagHold::crd(),
        metric_source::MetricSource::crd(),
        flag_provider::FlagProvider::crd(),
        issue_tracker::IssueTracker::crd(),
        notifier::Notifier::crd(),
        governor::Governor::crd(),
    ];
    definitions.into_iter().map(kind).collect()
});

/// The kind of that name.
pub fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

fn kind(definition: CustomResourceDefinition) -> Kind {
    let name = definition.spec.names.kind.clone();
    let plural = definition.spec.names.plural.clone();
    let namespaced = definition.spec.scope == "Namespaced";
    let mut definition = serde_json::to_value(definition)
        .expect("a derived definition has only string keys and finite numbers");
    if let Some(schema) = definition.pointer_mut(SCHEMA) {
        tidy(schema);
        add_metadata_name(schema);
    }
    let schema = definition.pointer(SCHEMA).cloned().unwrap_or_default();
    Kind { name, plural, namespaced, definition, schema }
}

const SCHEMA: &str = "/spec/versions/0/schema/openAPIV3Schema";

/// Formats that the API server knows; others only make it warn.
const FORMATS: [&str; 5] = ["date-time", "double", "float", "int32", "int64"];

fn tidy(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("nullable");
    object.remove("title");
    if let Some(words) = object.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let known = object.get("format").and_then(Value::as_str).is_none_or(|f| FORMATS.contains(&f));
    if !known {
        object.remove("format");
    }
    for bound in ["minimum", "maximum"] {
        whole(object, bound);
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(tidy);
    }
    for nested in ["items", "additionalProperties"] {
        if let Some(nested) = object.get_mut(nested) {
            tidy(nested);
        }
    }
}

/// Whole bounds as integers. Those of integers beyond what a double holds exactly are left out:
/// the stored type is the bound.
fn whole(object: &mut Map<String, Value>, bound: &str) {
    let Some(number) = object.get(bound).and_then(Value::as_f64) else { return };
    let is_integer = object.get("type").and_then(Value::as_str) == Some("integer");
    match number.abs() > 9.0e15 {
        true if is_integer => drop(object.remove(bound)),
        true => {}
        false if number.fract() == 0.0 => drop(object.insert(bound.to_string(), (number as i64).into())),
        false => {}
    }
}

/// Names end up in labels and in other objects' references, so they are bounded here too.
fn add_metadata_name(schema: &mut Value) {
    let rules = schema.get("x-kubernetes-validations").is_some();
    if let (true, Some(properties)) = (rules, schema.get_mut("properties").and_then(Value::as_object_mut)) {
        properties.insert(
            "metadata".to_string(),
            serde_json::json!({
                "type": "object",
                "properties": { "name": { "type": "string", "maxLength": 253 } },
            }),
        );
    }
}

#[cfg(test)]
mod tests;
