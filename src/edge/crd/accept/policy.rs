//! A whole policy of either kind.

use super::problems::Problems;
use super::reach;
use super::signal::{Around, signal};
use super::source::SourceFacts;
use super::tier::tier;
use super::when::Scope;
use super::window;
use crate::domain::model::id::{PolicyKey, digest};
use crate::domain::model::news::Notice;
use crate::domain::model::problem::Problem;
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::{Namespaces, Policy, ScoreSpec, Services, Tier};
use crate::edge::crd::field::selector::Labels;
use crate::edge::crd::field::stamp;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy, PolicyBody};
use kube::ResourceExt;
use kube::core::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(1);
const FORGET: Duration = Duration::from_secs(24 * 3600);
/// Most readings that decisions may look back on: what one history request may return.
const WINDOW_MAX: usize = 11_000;

/// Accepts a HealthPolicy, or says everything that is wrong with it. A policy that comes from a
/// file has no uid and no generation: they follow from its name and its spec.
///
/// # Errors
/// Every problem found.
pub fn policy(
    object: &HealthPolicy,
    sources: &BTreeMap<String, SourceFacts>,
) -> Result<Policy, Vec<Problem>> {
    let mut problems = Problems::default();
    let namespace = object.namespace().unwrap_or_else(|| "default".to_string());
    let whose = Whose {
        kind: "HealthPolicy",
        metadata: &object.metadata,
        key: PolicyKey { namespace: Some(namespace.clone()), name: object.name_any() },
        namespaces: Namespaces::These([namespace].into()),
        spec: serde_json::to_string(&object.spec).unwrap_or_default(),
    };
    let found = accepted(&mut problems, whose, &object.spec.body, sources);
    problems.finish(found)
}

/// Accepts a ClusterHealthPolicy. `namespaces` are all there are, with their labels; None where no
/// cluster can be asked.
///
/// # Errors
/// Every problem found.
pub fn cluster_policy(
    object: &ClusterHealthPolicy,
    sources: &BTreeMap<String, SourceFacts>,
    namespaces: Option<&BTreeMap<String, Labels>>,
) -> Result<Policy, Vec<Problem>> {
    let mut problems = Problems::default();
    let chosen = reach::namespaces(&mut problems, &object.spec.namespace_selector, namespaces);
    let whose = Whose {
        kind: "ClusterHealthPolicy",
        metadata: &object.metadata,
        key: PolicyKey { namespace: None, name: object.name_any() },
        namespaces: chosen,
        spec: serde_json::to_string(&object.spec).unwrap_or_default(),
    };
    let found = accepted(&mut problems, whose, &object.spec.body, sources);
    problems.finish(found)
}

/// What the two kinds differ in.
struct Whose<'a> {
    kind: &'static str,
    metadata: &'a ObjectMeta,
    key: PolicyKey,
    namespaces: Namespaces,
    /// The spec as text, from which a generation follows where the object has none.
    spec: String,
}

impl Whose<'_> {
    fn uid(&self) -> String {
        let namespace = self.key.namespace.as_deref().unwrap_or("");
        let own = self.metadata.uid.clone();
        own.unwrap_or_else(|| digest(&[self.kind, namespace, &self.key.name], 32))
    }

    /// The object's generation; from a file, a number that changes with the spec.
    fn generation(&self) -> i64 {
        let own = self.metadata.generation;
        own.unwrap_or_else(|| i64::from_str_radix(&digest(&[&self.spec], 15), 16).unwrap_or(0))
    }
}

fn accepted(
    problems: &mut Problems,
    whose: Whose,
    body: &PolicyBody,
    sources: &BTreeMap<String, SourceFacts>,
) -> Option<Policy> {
    let reference = body.source_ref.as_ref().map_or("default", |source| source.name.as_str());
    let source = sources.get(reference).cloned().unwrap_or_else(|| {
        let fix = format!("create a MetricSource named {reference}, or name another");
        problems.add(Problem::new("spec.sourceRef.name", reference, "there is no such MetricSource", fix));
        SourceFacts::default()
    });
    let interval = interval(problems, body);
    let timezone = timezone(problems, body);
    let around = Around { source: &source, namespace: whose.key.namespace.as_deref(), interval, timezone };
    let signals = signals(problems, body, &around);
    let tiers = signals.as_ref().and_then(|signals| tiers(problems, body, signals, interval));
    let windows = window::windows(problems, "spec.windows", &body.windows, timezone);
    let (signals, tiers) = signals.zip(tiers)?;
    let mut policy = Policy {
        uid: whose.uid(),
        generation: whose.generation(),
        created: whose.metadata.creation_timestamp.as_ref().and_then(stamp::chrono),
        source: reference.to_string(),
        interval,
        timezone,
        services: services(problems, body),
        signals,
        score: score(body),
        tiers,
        windows,
        orders: reach::orders(whose.metadata.annotations.as_ref()),
        notices: body.notifications.iter().map(Notice::from).collect(),
        variants: Vec::new(),
        key: whose.key,
        namespaces: whose.namespaces,
        withheld: BTreeSet::new(),
    };
    policy.variants = reach::variants(problems, &policy, &body.overrides);
    bounded(problems, &policy);
    Some(policy)
}

fn interval(problems: &mut Problems, body: &PolicyBody) -> Duration {
    let interval = problems.duration("spec.interval", body.interval.as_ref(), INTERVAL);
    if interval < SHORTEST {
        let shown = body.interval.as_ref().map_or("", |text| text.0.as_str());
        problems.add(Problem::new("spec.interval", shown, "it is shorter than 1s", "write 1s or more"));
    }
    interval.max(SHORTEST)
}

fn timezone(problems: &mut Problems, body: &PolicyBody) -> chrono_tz::Tz {
    let Some(name) = &body.timezone else { return chrono_tz::UTC };
    name.parse().unwrap_or_else(|_| {
        let fix = "write an IANA name such as Europe/Berlin or Asia/Shanghai";
        problems.add(Problem::new("spec.timezone", name, "no such time zone", fix));
        chrono_tz::UTC
    })
}

fn signals(problems: &mut Problems, body: &PolicyBody, around: &Around) -> Option<Vec<Signal>> {
    let read = body.signals.iter().enumerate();
    let all: Vec<Option<Signal>> =
        read.map(|(i, spec)| signal(problems, &format!("spec.signals[{i}]"), spec, around)).collect();
    all.into_iter().collect()
}

fn tiers(
    problems: &mut Problems,
    body: &PolicyBody,
    signals: &[Signal],
    interval: Duration,
) -> Option<Vec<Tier>> {
    let scope = Scope { signals, interval };
    let read = body.tiers.iter().enumerate();
    let all: Vec<Option<Tier>> =
        read.map(|(i, spec)| tier(problems, &format!("spec.tiers[{i}]"), spec, body.mode, &scope)).collect();
    all.into_iter().collect()
}

fn services(problems: &mut Problems, body: &PolicyBody) -> Services {
    let own = body.services.clone().unwrap_or_default();
    Services {
        forget_after: problems.duration("spec.services.forgetAfter", own.forget_after.as_ref(), FORGET),
        include: own.include,
        exclude: own.exclude,
    }
}

fn score(body: &PolicyBody) -> ScoreSpec {
    let own = body.score.clone().unwrap_or_default();
    ScoreSpec {
        passing: own.passing.unwrap_or(85.0),
        warning: own.warning.unwrap_or(70.0),
        min_known_percent: own.min_known_percent.unwrap_or(50.0),
    }
}

fn bounded(problems: &mut Problems, policy: &Policy) {
    if policy.window() > WINDOW_MAX {
        let message =
            format!("its conditions look back on {} readings, {WINDOW_MAX} at most", policy.window());
        let fix = "lengthen the interval, or shorten `for`, `within` and `recover.for`";
        problems.add(Problem::new("spec.tiers", "", message, fix));
    }
}
