//! Policies and Governors from the words that people write.

use flyball::domain::model::id::PolicyKey;
use flyball::domain::policy::spec::Policy;
use flyball::edge::crd::accept::governor::{Governing, governor};
use flyball::edge::crd::accept::policy::{cluster_policy, policy};
use flyball::edge::crd::accept::source::SourceFacts;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An accepted policy from `{name, namespace?, generation?, annotations?, spec}`; one without a
/// namespace is a ClusterHealthPolicy.
pub fn accepted(written: &Value) -> Policy {
    let sources = BTreeMap::from([("default".to_string(), SourceFacts::default())]);
    let namespaced = written["namespace"].is_string();
    let kind = if namespaced { "HealthPolicy" } else { "ClusterHealthPolicy" };
    let mut metadata = json!({
        "name": written["name"], "uid": format!("uid-of-{}", written["name"].as_str().unwrap_or("p")),
        "generation": written["generation"].as_i64().unwrap_or(1),
    });
    if namespaced {
        metadata["namespace"] = written["namespace"].clone();
    }
    for field in ["annotations", "creationTimestamp"] {
        if !written[field].is_null() {
            metadata[field] = written[field].clone();
        }
    }
    let object = json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": written["spec"],
    });
    let problems = flyball::edge::crd::inert::problems(kind, &object);
    assert!(problems.is_empty(), "{problems:?}");
    let read = match namespaced {
        true => policy(&serde_json::from_value(object.clone()).unwrap(), &sources),
        false => {
            let object = serde_json::from_value(object.clone()).unwrap_or_else(|e| panic!("{e}: {object}"));
            cluster_policy(&object, &sources, None)
        }
    };
    read.unwrap_or_else(|problems| panic!("{problems:#?}\n{object:#}"))
}

/// An accepted Governor from its spec.
pub fn governing(spec: &Value) -> Governing {
    let spec = serde_json::from_value(spec.clone()).unwrap_or_else(|e| panic!("{e}: {spec}"));
    governor(&spec).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The key of a policy as it is written.
pub fn key(written: &Value) -> PolicyKey {
    PolicyKey {
        namespace: written["namespace"].as_str().map(str::to_string),
        name: written["name"].as_str().unwrap_or("p").to_string(),
    }
}
