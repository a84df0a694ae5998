//! MetricSources: the fence and the identity that every query of a policy gets from them.

use super::problems::Problems;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::problem::Problem;
use crate::domain::policy::signal::Identity;
use crate::edge::crd::kind::metric_source::{MetricSourceSpec, SourceIdentity};
use regex::Regex;
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
}

impl Default for SourceFacts {
    fn default() -> Self {
        Self {
            matchers: Vec::new(),
            identity: labels(None, None),
            allow_unfenced: false,
            lag: LAG,
            traces: None,
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
    };
    problems.finish(Some(facts))
}

fn traces(problems: &mut Problems, spec: &MetricSourceSpec) -> Option<LinkTemplate> {
    let text = &spec.tracing.as_ref()?.url_template;
    problems.take("spec.tracing.urlTemplate", text, LinkTemplate::parse(text, &["traceId"]))
}

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
