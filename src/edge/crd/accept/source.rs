//! MetricSources: the fence and the identity that every query of a policy gets from them.

use super::allow::access;
use super::problems::Problems;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::{Access, Request};
use crate::domain::model::selector::Labels;
use crate::domain::policy::signal::Identity;
use crate::domain::policy::spec::{Namespaces, Policy};
use crate::edge::crd::kind::metric_source::{MetricSourceSpec, SourceIdentity};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Time for scrapes to arrive before an instant is asked for, unless the source says otherwise.
pub const LAG: Duration = Duration::from_secs(5);

/// What policies need to know of their source.
#[derive(Debug, Clone)]
pub struct SourceFacts {
    /// Matchers forced into every selector: (label, value).
    pub matchers: Vec<(String, String)>,
    pub identity: Identity,
    /// A namespaced policy may use an identity that no matcher can fence.
    pub allow_unfenced: bool,
    pub lag: Duration,
    /// Where traces can be looked at.
    pub traces: Option<LinkTemplate>,
    /// Which namespaces' services it may be asked about.
    pub access: Access,
}

impl Default for SourceFacts {
    fn default() -> Self {
        Self {
            matchers: Vec::new(),
            identity: labels(None, None),
            allow_unfenced: false,
            lag: LAG,
            traces: None,
            access: Access::Everyone,
        }
    }
}

/// Reads the part of a MetricSource that policies depend on.
///
/// # Errors
/// Every problem found.
pub fn source(spec: &MetricSourceSpec) -> Result<SourceFacts, Vec<Problem>> {
    let mut problems = Problems::default();
    let own = spec.identity.clone().unwrap_or_default();
    let identity = identity(&mut problems, &own);
    let facts = SourceFacts {
        matchers: spec.matchers.iter().map(|(label, value)| (label.clone(), value.clone())).collect(),
        identity: identity.unwrap_or_else(|| labels(None, None)),
        allow_unfenced: own.allow_unfenced.unwrap_or(false),
        lag: problems.duration("spec.lag", spec.lag.as_ref(), LAG),
        traces: traces(&mut problems, spec),
        access: match &spec.allow {
            None => Access::Everyone,
            rules => access(&mut problems, rules.as_deref()),
        },
    };
    problems.finish(Some(facts))
}

fn traces(problems: &mut Problems, spec: &MetricSourceSpec) -> Option<LinkTemplate> {
    let text = &spec.tracing.as_ref()?.url_template;
    problems.take("spec.tracing.urlTemplate", text, LinkTemplate::parse(text, &["traceId"]))
}

/// The policy, held to the namespaces that its source allows; `namespaces` are all there are, with their
/// labels. Without `allow` that is every namespace: the enforced matchers are the fence.
///
/// # Errors
/// None of its namespaces is allowed.
pub fn fenced(
    policy: Policy,
    sources: &BTreeMap<String, SourceFacts>,
    namespaces: &BTreeMap<String, Labels>,
) -> Result<Policy, Vec<Problem>> {
    let Some(SourceFacts { access: access @ Access::Rules(_), .. }) = sources.get(&policy.source) else {
        return Ok(policy);
    };
    let chosen: BTreeSet<String> = match &policy.namespaces {
        Namespaces::All => namespaces.keys().cloned().collect(),
        Namespaces::These(names) => names.clone(),
    };
    let asks = |namespace: &String| {
        let service = ServiceKey::new(namespace, "");
        let (name, policy, labels) = (policy.source.as_str(), &policy.key, namespaces.get(namespace));
        access.permits(&Request { kind: KIND, name, policy, service: &service, labels, item: None })
    };
    let (allowed, withheld): (BTreeSet<String>, BTreeSet<String>) =
        chosen.into_iter().partition(|namespace| asks(namespace).is_ok());
    if let (true, Some(first)) = (allowed.is_empty(), withheld.first()) {
        let why = asks(first).err().map(|reason| reason.message).unwrap_or_default();
        let (message, fix) = why.split_once("; ").unwrap_or((&why, "name another source"));
        return Err(vec![Problem::new("spec.sourceRef.name", &policy.source, message, fix)]);
    }
    Ok(Policy { namespaces: Namespaces::These(allowed), withheld, ..policy })
}

/// The kind of object that declares a source.
pub const KIND: &str = "MetricSource";

fn identity(problems: &mut Problems, own: &SourceIdentity) -> Option<Identity> {
    match (&own.from_label, &own.pattern) {
        (Some(label), Some(text)) => pattern(problems, "spec.identity.pattern", label, text),
        _ => Some(labels(own.service_label.as_deref(), own.namespace_label.as_deref())),
    }
}

/// Identity by labels, with the names that prometheus-operator gives them.
pub fn labels(service: Option<&str>, namespace: Option<&str>) -> Identity {
    Identity::Labels {
        service: service.unwrap_or("service").to_string(),
        namespace: namespace.unwrap_or("namespace").to_string(),
    }
}

/// Identity by a pattern over one label; it must name both parts.
pub fn pattern(problems: &mut Problems, field: &str, label: &str, text: &str) -> Option<Identity> {
    let pattern = match Regex::new(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            let why = error.to_string().lines().last().unwrap_or("it is not a pattern").trim().to_string();
            problems.add(Problem::new(field, text, why, "write a regular expression (RE2 syntax)"));
            return None;
        }
    };
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if ["service", "namespace"].iter().any(|name| !names.contains(name)) {
        let fix = "name both parts: (?P<service>...) and (?P<namespace>...)";
        problems.add(Problem::new(field, text, "it lacks a named group", fix));
        return None;
    }
    Some(Identity::Pattern { label: label.to_string(), pattern })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::crd::accept::policy::{cluster_policy, policy};
    use serde_json::{Value, json};

    fn facts(allow: Value) -> BTreeMap<String, SourceFacts> {
        let spec = json!({"url": "http://prometheus:9090", "allow": allow});
        let facts = source(&serde_json::from_value(spec).unwrap()).unwrap();
        [("default".to_string(), facts)].into()
    }

    fn namespaces() -> BTreeMap<String, Labels> {
        let labels = |team: &str| Labels::from([("team".to_string(), team.to_string())]);
        [("shop", "a"), ("cart", "a"), ("pay", "b")]
            .map(|(name, team)| (name.to_string(), labels(team)))
            .into()
    }

    fn spec() -> Value {
        json!({"signals": [{"name": "errors", "query": "sum by (namespace, service) (errors)"}]})
    }

    fn namespaced(namespace: &str, sources: &BTreeMap<String, SourceFacts>) -> Result<Policy, String> {
        let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "HealthPolicy",
            "metadata": {"name": "p", "namespace": namespace}, "spec": spec()});
        let read = policy(&serde_json::from_value(object).unwrap(), sources).unwrap();
        fenced(read, sources, &namespaces()).map_err(|problems| problems[0].to_string())
    }

    fn over(selector: Value, sources: &BTreeMap<String, SourceFacts>) -> Result<Policy, String> {
        let mut spec = spec();
        spec["namespaceSelector"] = selector;
        let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "ClusterHealthPolicy",
            "metadata": {"name": "p"}, "spec": spec});
        let object = serde_json::from_value(object).unwrap();
        let read = cluster_policy(&object, sources, Some(&namespaces())).unwrap();
        fenced(read, sources, &namespaces()).map_err(|problems| problems[0].to_string())
    }

    fn these(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_allow_a_source_serves_every_namespace() {
        let open = facts(Value::Null);
        assert_eq!(namespaced("pay", &open).unwrap().withheld, these(&[]));
        assert_eq!(over(json!({}), &open).unwrap().namespaces, Namespaces::All);
    }

    #[test]
    fn a_policy_governs_the_namespaces_that_its_source_allows_and_no_other() {
        let team = facts(json!([{"namespaceSelector": {"matchLabels": {"team": "a"}}, "keys": ["ignored"]}]));
        assert!(namespaced("shop", &team).is_ok());
        let refused = namespaced("pay", &team).unwrap_err();
        assert!(refused.contains("spec.sourceRef.name") && refused.contains("\"default\""), "{refused}");
        assert!(
            refused.contains("does not allow namespace pay") && refused.contains("spec.allow"),
            "{refused}"
        );
        let all = over(json!({}), &team).unwrap();
        assert_eq!(all.namespaces, Namespaces::These(these(&["cart", "shop"])));
        assert_eq!(all.withheld, these(&["pay"]));
        assert!(over(json!({"matchLabels": {"team": "b"}}), &team).is_err());
        let nobody = facts(json!([]));
        assert!(namespaced("shop", &nobody).unwrap_err().contains("does not allow namespace shop"));
        let none = over(json!({"matchLabels": {"team": "c"}}), &team).unwrap();
        assert_eq!(none.namespaces, Namespaces::These(these(&[])), "it chooses nobody yet");
    }
}
