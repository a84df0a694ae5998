//! The draft: what of a shipped policy fits what was found. Pure.

use super::ask::Inventory;
use super::identity::{CANDIDATES, relabelled};
use super::library::Shipped;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One policy in the making.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The shipped policy that it comes from.
    pub from: &'static str,
    pub object: Value,
    /// Labels that say whose a row is, where signals do not say.
    pub identity: (&'static str, &'static str),
    /// Signals that are left out, each with the metrics that are missing.
    pub missing: BTreeMap<String, Vec<String>>,
    /// Tiers that are left out because a signal of theirs is.
    pub tiers: Vec<String>,
}

/// The drafts of every shipped policy whose own metrics are there. `namespace`: for its services alone; None: for
/// every namespace.
pub fn drafts(all: &[Shipped], found: &Inventory, namespace: Option<&str>) -> Vec<Draft> {
    let fits = |shipped: &&Shipped| shipped.own(all).iter().any(|metric| found.series.contains_key(metric));
    all.iter().filter(fits).filter_map(|shipped| draft(shipped, found, namespace)).collect()
}

/// None: not one of its signals is whole.
fn draft(shipped: &Shipped, found: &Inventory, namespace: Option<&str>) -> Option<Draft> {
    let identity = identity(shipped, found);
    let lacks = |metrics: &BTreeSet<String>| -> Vec<String> {
        metrics.iter().filter(|metric| !found.series.contains_key(*metric)).cloned().collect()
    };
    let lacking = shipped.metrics.iter().map(|(signal, metrics)| (signal.clone(), lacks(metrics)));
    let missing: BTreeMap<String, Vec<String>> = lacking.filter(|(_, lacks)| !lacks.is_empty()).collect();
    let mut spec = shipped.object["spec"].clone();
    let signals = spec["signals"].as_array_mut()?;
    signals.retain(|signal| signal["name"].as_str().is_some_and(|name| !missing.contains_key(name)));
    if signals.is_empty() {
        return None;
    }
    signals.iter_mut().for_each(|signal| relabel(signal, identity));
    let tiers = keep_tiers(&mut spec, &missing);
    spec["mode"] = json!("Observe");
    Some(Draft {
        from: shipped.name,
        object: object(shipped.name, spec, namespace),
        identity,
        missing,
        tiers,
    })
}

/// The pair of labels that most of the policy's series carry.
fn identity(shipped: &Shipped, found: &Inventory) -> (&'static str, &'static str) {
    let metrics: BTreeSet<&String> = shipped.metrics.values().flatten().collect();
    let carried = |labelled: &BTreeMap<String, u64>| -> u64 {
        metrics.iter().filter_map(|metric| labelled.get(*metric)).sum()
    };
    let counts = found.labelled.iter().map(carried);
    // The likeliest pair wins among equals: `max_by_key` takes the last one.
    let best = CANDIDATES.into_iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    best.filter(|(_, count)| *count > 0).map_or(CANDIDATES[0], |(pair, _)| pair)
}

fn relabel(signal: &mut Value, identity: (&str, &str)) {
    if signal["identity"].is_object() || identity == CANDIDATES[0] {
        return;
    }
    if let Some(query) = signal["query"].as_str().map(|query| relabelled(query, identity)) {
        signal["query"] = json!(query);
    }
    if let Some(query) = signal["activity"]["query"].as_str().map(|query| relabelled(query, identity)) {
        signal["activity"]["query"] = json!(query);
    }
    let (namespace, service) = identity;
    signal["identity"] = json!({"serviceLabel": service, "namespaceLabel": namespace});
}

/// Leaves out tiers that test what is missing, and the actions of all: which flag to cut is a person's to say.
fn keep_tiers(spec: &mut Value, missing: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let Some(tiers) = spec["tiers"].as_array_mut() else { return Vec::new() };
    let whole = |tier: &Value| named(tier).iter().all(|signal| !missing.contains_key(signal));
    let name = |tier: &Value| tier["name"].as_str().unwrap_or_default().to_string();
    let left_out: Vec<String> = tiers.iter().filter(|tier| !whole(tier)).map(name).collect();
    tiers.retain(whole);
    for tier in tiers.iter_mut().filter_map(Value::as_object_mut) {
        tier.remove("actions");
        tier.remove("mode");
    }
    if tiers.is_empty()
        && let Some(spec) = spec.as_object_mut()
    {
        spec.remove("tiers");
    }
    left_out
}

/// Every signal that a value names, at any depth.
fn named(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("signal").and_then(Value::as_str).map(str::to_string);
            own.into_iter().chain(fields.values().flat_map(named)).collect()
        }
        Value::Array(all) => all.iter().flat_map(named).collect(),
        _ => BTreeSet::new(),
    }
}

/// The object with what belongs together in the order that people write it.
fn object(name: &str, mut spec: Value, namespace: Option<&str>) -> Value {
    let kind = if namespace.is_some() { "HealthPolicy" } else { "ClusterHealthPolicy" };
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    let mut ordered = json!({"mode": "Observe"});
    if namespace.is_none() {
        ordered["namespaceSelector"] = json!({});
    }
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("namespaceSelector");
        fields.remove("mode");
    }
    for (field, value) in spec.as_object().into_iter().flatten() {
        ordered[field] = value.clone();
    }
    json!({"apiVersion": "flyball.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": ordered})
}

#[cfg(test)]
mod tests {
    use super::super::library::library;
    use super::*;
    use crate::edge::crd::accept::policy::{cluster_policy, policy};
    use crate::edge::crd::accept::source::SourceFacts;

    /// Metrics, each with a series that carries the pair of labels at `pair`.
    fn found(metrics: &[&str], pair: usize) -> Inventory {
        let series: BTreeMap<String, u64> = metrics.iter().map(|metric| (metric.to_string(), 2)).collect();
        let mut labelled = vec![BTreeMap::new(); CANDIDATES.len()];
        labelled[pair] = series.clone();
        Inventory { series, labelled }
    }

    #[test]
    fn what_is_there_is_drafted_and_what_is_not_is_named() {
        let found = found(&["go_goroutines", "go_gc_duration_seconds", "process_cpu_seconds_total"], 0);
        let drafts = drafts(&library(), &found, Some("shop"));
        let [draft] = &drafts[..] else { panic!("{drafts:?}") };
        assert_eq!(draft.from, "go");
        assert_eq!(draft.missing["error-rate"], ["http_requests_total"]);
        assert_eq!(draft.tiers, ["cut"], "it tests the error rate");
        let object = serde_json::from_value(draft.object.clone()).unwrap();
        let sources = BTreeMap::from([("default".to_string(), SourceFacts::default())]);
        let accepted = policy(&object, &sources).unwrap();
        let names: Vec<&str> = accepted.signals.iter().map(|signal| signal.name.as_str()).collect();
        assert_eq!(names, ["goroutines", "gc-pause", "cpu"]);
        assert!(accepted.tiers.iter().all(|tier| tier.actions.is_empty()));
    }

    #[test]
    fn labels_that_are_called_otherwise_are_found_and_written_into_every_query() {
        let drafts = drafts(&library(), &found(&["go_goroutines"], 5), None);
        assert_eq!(drafts[0].identity, ("kubernetes_namespace", "app"));
        let query = drafts[0].object["spec"]["signals"][0]["query"].as_str().unwrap();
        assert_eq!(query, "sum by (kubernetes_namespace, app) (go_goroutines)");
        let identity = &drafts[0].object["spec"]["signals"][0]["identity"];
        assert_eq!(*identity, json!({"serviceLabel": "app", "namespaceLabel": "kubernetes_namespace"}));
    }

    #[test]
    fn every_whole_library_policy_makes_an_accepted_draft() {
        let all = library();
        let metrics: Vec<&str> =
            all.iter().flat_map(|s| s.metrics.values().flatten()).map(String::as_str).collect();
        let drafts = drafts(&all, &found(&metrics, 0), None);
        assert_eq!(drafts.len(), all.len());
        let sources = BTreeMap::from([("default".to_string(), SourceFacts::default())]);
        for draft in drafts {
            assert!(draft.missing.is_empty() && draft.tiers.is_empty(), "{draft:?}");
            let object = serde_json::from_value(draft.object.clone()).unwrap();
            let accepted = cluster_policy(&object, &sources, None);
            assert!(accepted.is_ok(), "{}: {:?}", draft.from, accepted.unwrap_err());
        }
    }

    #[test]
    fn nothing_is_drafted_from_what_every_program_has() {
        assert!(drafts(&library(), &found(&["process_cpu_seconds_total"], 0), None).is_empty());
        assert!(drafts(&library(), &Inventory::default(), None).is_empty());
    }
}
