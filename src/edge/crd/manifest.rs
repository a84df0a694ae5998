//! From the text of a manifest to objects of our kinds, each with everything that is wrong with it.
//!
//! Runs the steps that need no other object: YAML, structure and CEL rules, the typed form. What
//! depends on other objects is `accept`'s. One bad document never hides the others.

use crate::domain::model::problem::Problem;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::DecisionApproval;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::issue_tracker::IssueTracker;
use crate::edge::crd::kind::metric_source::MetricSource;
use crate::edge::crd::kind::notifier::Notifier;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::crd::schema::{API_VERSION, KINDS, kind_named};
use crate::edge::crd::structure;
use crate::edge::yaml;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// The group of all our kinds, with the slash that ends it.
const GROUP: &str = "flyball.dev/";

/// An object of one of our kinds, or word of one that is not ours.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a few live at a time, while files are read")]
pub enum Object {
    HealthPolicy(HealthPolicy),
    ClusterHealthPolicy(ClusterHealthPolicy),
    ServiceHealth(ServiceHealth),
    Decision(Decision),
    DecisionApproval(DecisionApproval),
    FlagHold(FlagHold),
    MetricSource(MetricSource),
    FlagProvider(FlagProvider),
    IssueTracker(IssueTracker),
    Notifier(Notifier),
    Governor(Governor),
    /// A kind of somebody else's; nothing was checked.
    Other,
}

/// One document of a manifest.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its ordinal in the text, from 1; items of a `List` share that of the list.
    pub index: usize,
    /// The line it begins on, from 1.
    pub line: usize,
    /// What it says it is; empty where it does not say.
    pub kind: String,
    /// `metadata.name`; empty where there is none.
    pub name: String,
    /// The document as read, without defaults; null where it is no YAML.
    pub document: Value,
    /// The object, or everything that is wrong with the document.
    pub object: Result<Object, Vec<Problem>>,
}

/// Reads every document of a manifest. `origin` names the text in problems that have no field.
pub fn read(origin: &str, text: &str) -> Vec<Entry> {
    let documents = match yaml::read(text) {
        Ok(documents) => documents,
        Err(why) => return vec![unread(origin, 1, 1, why)],
    };
    let numbered = documents.into_iter().enumerate().map(|(at, document)| (at + 1, document));
    numbered.flat_map(|(index, document)| entries(origin, index, document)).collect()
}

fn entries(origin: &str, index: usize, document: yaml::Document) -> Vec<Entry> {
    let yaml::Document { line, value, spelled } = document;
    let value = match value {
        Ok(value) => value,
        Err(why) => return vec![unread(origin, index, line, why)],
    };
    let list = value.get("kind") == Some(&"List".into()) && value.get("apiVersion") == Some(&"v1".into());
    let Some(items) = value.get("items").and_then(Value::as_array).filter(|_| list) else {
        return vec![entry(index, line, value, "", &spelled)];
    };
    let items = items.iter().enumerate();
    items.map(|(at, item)| entry(index, line, item.clone(), &format!("items[{at}]"), &spelled)).collect()
}

fn unread(origin: &str, index: usize, line: usize, why: String) -> Entry {
    let problem = Problem::new("", "", format!("{origin}: document {index} cannot be read: {why}"), "");
    let (kind, name) = (String::new(), String::new());
    Entry { index, line, kind, name, document: Value::Null, object: Err(vec![problem]) }
}

/// `prefix`: where the object stands in its document.
fn entry(
    index: usize,
    line: usize,
    document: Value,
    prefix: &str,
    spelled: &BTreeMap<String, String>,
) -> Entry {
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string();
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    let object = object(&text("/apiVersion"), &kind, &document).map_err(|problems| {
        let placed = problems.into_iter().map(|problem| problem.under(prefix));
        placed.map(|problem| as_spelled(problem, spelled)).collect()
    });
    Entry { index, line, kind, name, document, object }
}

fn object(version: &str, kind: &str, document: &Value) -> Result<Object, Vec<Problem>> {
    let one = |field: &str, value: &str, message: &str, fix: String| {
        Err(vec![Problem::new(field, value, message, fix)])
    };
    if !document.is_object() {
        return one(
            "",
            &document.to_string(),
            "no Kubernetes object",
            "write a map with `apiVersion` and `kind`".into(),
        );
    }
    let says = |field: &str| document.get(field).is_some();
    if !["apiVersion", "kind", "metadata", "spec"].into_iter().any(says) {
        // Values, flags and the like lie next to manifests.
        return Ok(Object::Other);
    }
    let missing = [("apiVersion", version), ("kind", kind)].into_iter().find(|(_, value)| value.is_empty());
    if let Some((field, _)) = missing {
        return one(
            field,
            "",
            "Required value: it says which kind of object this is",
            format!("add `{field}`"),
        );
    }
    if !version.starts_with(GROUP) {
        return Ok(Object::Other);
    }
    if version != API_VERSION {
        return one("apiVersion", version, "no such version", format!("write {API_VERSION}"));
    }
    let Some(known) = kind_named(kind) else {
        let kinds: Vec<_> = KINDS.iter().map(|known| known.name.as_str()).collect();
        return one("kind", kind, "no such kind", format!("write one of {}", kinds.join(", ")));
    };
    let problems = structure::check(&known.schema, document);
    if !problems.is_empty() {
        return Err(problems);
    }
    typed(kind, structure::with_defaults(&known.schema, document))
}

fn typed(kind: &str, document: Value) -> Result<Object, Vec<Problem>> {
    match kind {
        "HealthPolicy" => to(document, Object::HealthPolicy),
        "ClusterHealthPolicy" => to(document, Object::ClusterHealthPolicy),
        "ServiceHealth" => to(document, Object::ServiceHealth),
        "Decision" => to(document, Object::Decision),
        "DecisionApproval" => to(document, Object::DecisionApproval),
        "FlagHold" => to(document, Object::FlagHold),
        "MetricSource" => to(document, Object::MetricSource),
        "FlagProvider" => to(document, Object::FlagProvider),
        "IssueTracker" => to(document, Object::IssueTracker),
        "Notifier" => to(document, Object::Notifier),
        "Governor" => to(document, Object::Governor),
        _ => Ok(Object::Other),
    }
}

fn to<T: DeserializeOwned>(document: Value, wrap: fn(T) -> Object) -> Result<Object, Vec<Problem>> {
    serde_json::from_value(document).map(wrap).map_err(|error| {
        let fix = "correct the field that the message names";
        vec![Problem::new("", "", format!("it fits the schema and yet cannot be read: {error}"), fix)]
    })
}

/// Where a word became a boolean, the fix quotes the word that was written.
fn as_spelled(mut problem: Problem, spelled: &BTreeMap<String, String>) -> Problem {
    if let (true, Some(word)) = (problem.fix.starts_with("quote it"), spelled.get(&dotted(&problem.field))) {
        problem.fix = format!("quote it: \"{word}\" (unquoted, YAML takes {word} for a boolean)");
    }
    problem
}

/// A path with the keys of maps behind dots, as the YAML reader writes them: `labels[a]` as `labels.a`.
fn dotted(field: &str) -> String {
    let mut out = String::new();
    for (at, part) in field.split('[').enumerate() {
        let inside = part.split_once(']').filter(|_| at > 0);
        match inside {
            Some((key, rest)) if key.parse::<usize>().is_err() => out.push_str(&format!(".{key}{rest}")),
            Some(_) => out.push_str(&format!("[{part}")),
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {name: a, namespace: shop}\n\
        spec:\n  signals: [{name: goroutines, query: \"sum by (namespace, service) (go_goroutines)\"}]\n";

    fn problems(text: &str) -> Vec<Problem> {
        read("a.yaml", text).into_iter().filter_map(|entry| entry.object.err()).flatten().collect()
    }

    #[test]
    fn the_smallest_policy_and_what_ships_is_read() {
        let entries = read("a.yaml", POLICY);
        assert!(matches!(entries[0].object, Ok(Object::HealthPolicy(_))), "{:?}", entries[0].object);
        let shipped = [
            include_str!("../../../policies/demo/inventory.yaml"),
            include_str!("../../../policies/governor.yaml"),
        ];
        for text in shipped {
            assert_eq!(problems(text), []);
        }
    }

    #[test]
    fn an_unquoted_fallback_is_answered_with_the_word_that_was_written() {
        let tier = "  tiers:\n  - name: t\n    level: Degrade\n    when: {any: [{signal: goroutines, above: {value: 1, for: 1m}}]}\n    \
            actions: [{name: cut, flag: {providerRef: {name: flags}, key: \"{{service}}-x\", fallback: no}}]\n";
        let found = problems(&format!("{POLICY}{tier}"));
        let field = "spec.tiers[0].actions[0].flag.fallback";
        assert_eq!(found[0].field, field);
        assert_eq!(
            found[0].message,
            format!("Invalid value: \"boolean\": {field} in body must be of type string: \"boolean\"")
        );
        assert!(found[0].fix.starts_with("quote it: \"no\""), "{}", found[0].fix);
        assert_eq!(problems(&format!("{POLICY}{}", tier.replace("fallback: no", "fallback: \"no\""))), []);
    }

    #[test]
    fn labels_are_answered_with_the_word_too() {
        let found = problems(&POLICY.replace("namespace: shop", "namespace: shop, labels: {team: yes}"));
        assert_eq!(found[0].field, "metadata.labels[team]");
        assert!(found[0].fix.starts_with("quote it: \"yes\""), "{}", found[0].fix);
    }

    #[test]
    fn documents_are_judged_one_by_one() {
        let text = format!(
            "a: [\n---\n{POLICY}---\napiVersion: v1\nkind: Service\n---\n- 1\n---\nkind: X\n---\n\
            apiVersion: flyball.dev/v1\nkind: Governor\n---\napiVersion: flyball.dev/v1alpha1\nkind: HealthPolices\n"
        );
        let entries = read("a.yaml", &text);
        let said: Vec<_> =
            entries.iter().map(|e| (e.index, e.object.as_ref().err().map(|p| p[0].field.clone()))).collect();
        let field = |name: &str| Some(name.to_string());
        let want = [
            (1, field("")),
            (2, None),
            (3, None),
            (4, field("")),
            (5, field("apiVersion")),
            (6, field("apiVersion")),
            (7, field("kind")),
        ];
        assert_eq!(said, want);
        assert!(matches!(entries[2].object, Ok(Object::Other)));
    }

    #[test]
    fn a_map_that_is_no_object_is_left_alone_and_a_forgotten_kind_is_not() {
        let entries = read("flags.json", "{\"flags\": {\"a\": {\"state\": \"ENABLED\"}}}");
        assert!(matches!(entries[0].object, Ok(Object::Other)));
        assert_eq!(problems("metadata: {name: a}\nspec: {}\n")[0].field, "apiVersion");
    }

    #[test]
    fn items_of_a_list_are_objects() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n\
            - {apiVersion: flyball.dev/v1alpha1, kind: Governor, metadata: {name: default, labels: {a: on}}, spec: {bogus: 1}}\n";
        let entries = read("a.yaml", text);
        assert_eq!(entries.len(), 2);
        let fields: Vec<_> = problems(text).into_iter().map(|problem| problem.field).collect();
        assert!(fields.contains(&"items[1].spec.bogus".to_string()), "{fields:?}");
    }
}
