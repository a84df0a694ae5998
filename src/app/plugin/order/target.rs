//! What a person means by `policy/shop`, `ns/shop` or `deploy/inventory`.

use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::kube::place::Place;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Service};

/// An object that carries orders as annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub kind: Kind,
    pub name: String,
}

/// Kinds that carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Policy,
    ClusterPolicy,
    Namespace,
    Deployment,
    StatefulSet,
    DaemonSet,
    Service,
}

/// Every kind with the words that kubectl knows for it, the first of which we print.
const WORDS: [(Kind, &[&str]); 7] = [
    (Kind::Policy, &["policy", "healthpolicy", "healthpolicies", "hpol"]),
    (Kind::ClusterPolicy, &["clusterpolicy", "clusterhealthpolicy", "clusterhealthpolicies", "chpol"]),
    (Kind::Namespace, &["namespace", "namespaces", "ns"]),
    (Kind::Deployment, &["deployment", "deployments", "deploy"]),
    (Kind::StatefulSet, &["statefulset", "statefulsets", "sts"]),
    (Kind::DaemonSet, &["daemonset", "daemonsets", "ds"]),
    (Kind::Service, &["service", "services", "svc"]),
];

impl Target {
    /// Reads `kind/name`.
    ///
    /// # Errors
    /// A sentence with the kinds that there are.
    pub fn read(text: &str) -> Result<Self, PluginError> {
        let kinds: Vec<&str> = WORDS.iter().map(|(_, words)| words[0]).collect();
        let wrong = |what: &str| {
            PluginError::not_so(format!(
                "{}: {what}; write KIND/NAME, KIND one of {}",
                plain(text),
                kinds.join(", ")
            ))
        };
        let (word, name) = text.split_once('/').ok_or_else(|| wrong("it does not say a kind"))?;
        if name.is_empty() || name.contains('/') {
            return Err(wrong("it does not say one name"));
        }
        let found = WORDS.iter().find(|(_, words)| words.contains(&word.to_lowercase().as_str()));
        let (kind, _) = found.ok_or_else(|| wrong("this kind carries no orders"))?;
        Ok(Self { kind: *kind, name: name.to_string() })
    }

    /// Where it is; `namespace` is that of the command.
    pub fn place(&self, namespace: &str) -> Place {
        let own = Some(namespace);
        match self.kind {
            Kind::Policy => Place::of::<HealthPolicy>(own),
            Kind::ClusterPolicy => Place::of::<ClusterHealthPolicy>(None),
            Kind::Namespace => Place::of::<Namespace>(None),
            Kind::Deployment => Place::of::<Deployment>(own),
            Kind::StatefulSet => Place::of::<StatefulSet>(own),
            Kind::DaemonSet => Place::of::<DaemonSet>(own),
            Kind::Service => Place::of::<Service>(own),
        }
    }

    /// As people write it.
    pub fn words(&self) -> String {
        let found = WORDS.iter().find(|(kind, _)| *kind == self.kind);
        format!("{}/{}", found.map_or("object", |(_, words)| words[0]), plain(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_kubectls_words() {
        for (text, kind) in [
            ("hpol/p", Kind::Policy),
            ("policy/p", Kind::Policy),
            ("ClusterHealthPolicy/p", Kind::ClusterPolicy),
            ("ns/shop", Kind::Namespace),
            ("deploy/inventory", Kind::Deployment),
            ("svc/inventory", Kind::Service),
        ] {
            assert_eq!(Target::read(text).unwrap().kind, kind, "{text}");
        }
    }

    #[test]
    fn what_carries_no_orders_is_refused_with_what_does() {
        for text in ["inventory", "pod/x", "policy/", "ns/a/b", "\u{1b}[31m/x"] {
            let error = Target::read(text).unwrap_err().to_string();
            assert!(error.contains("write KIND/NAME") && !error.contains('\u{1b}'), "{error}");
        }
    }
}
