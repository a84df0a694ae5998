//! Whom a policy is about: its namespaces, other values for single services, and what people
//! ordered by annotations.

use super::problems::Problems;
use crate::domain::model::problem::Problem;
use crate::domain::model::rail::Pause;
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::{Namespaces, Orders, Policy, Tuning, Variant};
use crate::edge::crd::field::selector::{LabelSelector, Labels};
use crate::edge::crd::kind::policy::spec::Override;
use std::collections::BTreeMap;

/// Annotation that pauses a policy, a namespace or a workload.
pub const PAUSED: &str = "flyball.dev/paused";
/// Annotation that ends a latch or a lock-out of a tier.
pub const UNLATCH: &str = "flyball.dev/unlatch";
pub const RESET: &str = "flyball.dev/reset-baseline";

/// The namespaces that a selector chooses. `known` is every namespace with its labels; None where
/// no cluster can be asked: then only selectors by name have a meaning.
pub fn namespaces(
    problems: &mut Problems,
    selector: &LabelSelector,
    known: Option<&BTreeMap<String, Labels>>,
) -> Namespaces {
    if selector.is_everything() {
        return Namespaces::All;
    }
    if let Some(known) = known {
        let chosen = known.iter().filter(|(_, labels)| selector.selects(labels));
        return Namespaces::These(chosen.map(|(name, _)| name.clone()).collect());
    }
    match selector.names() {
        Some(names) => Namespaces::These(names.into_iter().collect()),
        None => {
            let message = "without a cluster there are no labels to select by";
            let fix = "select by kubernetes.io/metadata.name, or write {} for every namespace";
            problems.add(Problem::new("spec.namespaceSelector", "", message, fix));
            Namespaces::These(Default::default())
        }
    }
}

/// The same policy once more for each override, with its values put in.
pub fn variants(problems: &mut Problems, policy: &Policy, overrides: &[Override]) -> Vec<Variant> {
    let read = overrides.iter().enumerate().map(|(i, written)| {
        let tunings = tunings(problems, &format!("spec.overrides[{i}].signals"), written, &policy.signals);
        Variant { services: written.services.clone(), policy: Box::new(policy.tuned(&tunings)) }
    });
    read.collect()
}

fn tunings(problems: &mut Problems, field: &str, written: &Override, signals: &[Signal]) -> Vec<Tuning> {
    let read = written.signals.iter().enumerate().filter_map(|(i, tuning)| {
        let found = signals.iter().position(|signal| signal.name == tuning.name);
        if found.is_none() {
            let known: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
            let fix = format!("name one of: {}", known.join(", "));
            let at = format!("{field}[{i}].name");
            problems.add(Problem::new(at, &tuning.name, "no such signal is declared", fix));
        }
        found.map(|signal| Tuning { signal, limit: tuning.limit, weight: tuning.weight })
    });
    read.collect()
}

/// What people ordered. A value that cannot be read pauses everything: whoever wrote it meant to
/// stop something.
pub fn orders(annotations: Option<&BTreeMap<String, String>>) -> Orders {
    let of = |name: &str| annotations.and_then(|all| all.get(name)).map(|text| text.trim());
    Orders {
        pause: of(PAUSED).map_or(Pause::default(), pause),
        unlatch: of(UNLATCH).map(str::to_string),
        reset_baseline: of(RESET).map(str::to_string),
    }
}

/// What one `flyball.dev/paused` says, whatever it is on.
pub fn pause(text: &str) -> Pause {
    Pause::parse(text).unwrap_or(Pause { act: true, restore: true })
}
