//! Signals: their queries fenced, their identity and baseline settled.

use super::problems::Problems;
use super::source::{self, SourceFacts};
use crate::domain::model::baseline::{BaselineSpec, Season, Worse};
use crate::domain::model::problem::Problem;
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{Activity, EvidenceQuery, Identity, OnMissing, Signal};
use crate::edge::crd::kind::policy::signal::{
    BaselineFields, Evidence, FacingWord, IdentitySpec, OnMissingWord, SeasonWord, SignalSpec, WorseWord,
};
use std::time::Duration;

/// What all signals of a policy share.
pub struct Around<'a> {
    pub source: &'a SourceFacts,
    /// The policy's namespace, which is a fence; None for a ClusterHealthPolicy.
    pub namespace: Option<&'a str>,
    pub interval: Duration,
    pub timezone: chrono_tz::Tz,
}

/// Reads one signal.
pub fn signal(problems: &mut Problems, field: &str, spec: &SignalSpec, around: &Around) -> Option<Signal> {
    let identity = identity(problems, &format!("{field}.identity"), spec.identity.as_ref(), around)?;
    let query = query(problems, &format!("{field}.query"), &spec.query, &identity, around);
    let activity = spec.activity.as_ref().map(|activity| {
        let asked = query_of_activity(problems, field, &activity.query, &identity, around);
        asked.map(|query| Activity { query, min: activity.min })
    });
    let on_missing = match spec.on_missing {
        Some(OnMissingWord::Zero) => OnMissing::Zero,
        _ => OnMissing::Unknown,
    };
    if on_missing == OnMissing::Zero && spec.activity.is_none() {
        let fix = "add activity: {query, min}, so that missing while active means 0";
        problems.add(Problem::new(format!("{field}.onMissing"), "Zero", "it needs an activity", fix));
    }
    let worse = match spec.worse {
        Some(WorseWord::Lower) => Worse::Lower,
        Some(WorseWord::Either) => Worse::Either,
        Some(WorseWord::Higher) | None => Worse::Higher,
    };
    let max_age = problems.duration(&format!("{field}.maxAge"), spec.max_age.as_ref(), around.interval * 3);
    let baseline = baseline(problems, field, spec.baseline.as_ref(), worse, around);
    let evidence = evidence(problems, field, &spec.evidence, &identity, around);
    Some(Signal {
        name: spec.name.clone(),
        query: query?,
        activity: match activity {
            Some(None) => return None,
            Some(found) => found,
            None => None,
        },
        on_missing,
        identity,
        worse,
        user_facing: spec.facing == Some(FacingWord::User),
        weight: spec.weight.unwrap_or(1.0),
        limit: spec.limit,
        unit: spec.unit.clone().unwrap_or_default(),
        max_age,
        baseline,
        evidence,
    })
}

fn query_of_activity(
    problems: &mut Problems,
    field: &str,
    text: &str,
    identity: &Identity,
    around: &Around,
) -> Option<Query> {
    query(problems, &format!("{field}.activity.query"), text, identity, around)
}

/// Evidence is fenced as the signal itself: it must not show what the policy may not see.
fn evidence(
    problems: &mut Problems,
    field: &str,
    specs: &[Evidence],
    identity: &Identity,
    around: &Around,
) -> Vec<EvidenceQuery> {
    let one = |(i, spec): (usize, &Evidence)| {
        let field = format!("{field}.evidence[{i}].query");
        let query = query(problems, &field, &spec.query, identity, around)?;
        Some(EvidenceQuery { name: spec.name.clone(), query, unit: spec.unit.clone().unwrap_or_default() })
    };
    specs.iter().enumerate().filter_map(one).collect()
}

/// The expression with the source's matchers and the namespace fence in every selector.
fn query(
    problems: &mut Problems,
    field: &str,
    text: &str,
    identity: &Identity,
    around: &Around,
) -> Option<Query> {
    let query = problems.take(field, text, Query::parse(text))?;
    let mut matchers = around.source.matchers.clone();
    if let (Some(namespace), Identity::Labels { namespace: label, .. }) = (around.namespace, identity) {
        matchers.push((label.clone(), namespace.to_string()));
    }
    Some(query.with_matchers(&matchers))
}

fn identity(
    problems: &mut Problems,
    field: &str,
    spec: Option<&IdentitySpec>,
    around: &Around,
) -> Option<Identity> {
    let found = match spec {
        None => around.source.identity.clone(),
        Some(IdentitySpec { from_label: Some(label), pattern: Some(text), .. }) => {
            source::pattern(problems, &format!("{field}.pattern"), label, text)?
        }
        Some(IdentitySpec { namespace: Some(namespace), service_label, .. }) => Identity::Fixed {
            service: service_label.clone().unwrap_or_else(|| "service".to_string()),
            namespace: namespace.clone(),
        },
        Some(own) => source::labels(own.service_label.as_deref(), own.namespace_label.as_deref()),
    };
    let fenced = matches!(found, Identity::Labels { .. });
    if around.namespace.is_some() && !fenced && !around.source.allow_unfenced {
        let message = "no matcher can keep it inside the policy's namespace";
        let fix = "use labels, a ClusterHealthPolicy, or identity.allowUnfenced on the MetricSource";
        problems.add(Problem::new(field, "", message, fix));
        return None;
    }
    Some(found)
}

fn baseline(
    problems: &mut Problems,
    field: &str,
    spec: Option<&BaselineFields>,
    worse: Worse,
    around: &Around,
) -> BaselineSpec {
    let own = spec.cloned().unwrap_or_default();
    let deviation = own.min_deviation.unwrap_or_default();
    let usual = BaselineSpec::defaults(worse, around.interval);
    BaselineSpec {
        season: match own.season {
            Some(SeasonWord::None) => Season::None,
            Some(SeasonWord::Day) => Season::Day,
            Some(SeasonWord::Week) => Season::Week,
            None => usual.season,
        },
        timezone: around.timezone,
        confidence_percent: own.confidence_percent.unwrap_or(usual.confidence_percent),
        min_deviation_absolute: deviation.absolute.unwrap_or(usual.min_deviation_absolute),
        min_deviation_percent: deviation.percent.unwrap_or(usual.min_deviation_percent),
        warmup: problems.duration(&format!("{field}.baseline.warmup"), own.warmup.as_ref(), usual.warmup),
        ..usual
    }
}
