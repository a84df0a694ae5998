//! Every field is described and bounded, and the committed definitions are these.

use super::*;
use crate::edge::crd::field::duration::PATTERN;

/// Calls `look` with the path and the schema of every property, at any depth.
fn each(path: &str, schema: &Value, look: &mut dyn FnMut(&str, &Value)) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            let path = format!("{path}.{name}");
            look(&path, property);
            each(&path, property, look);
        }
    }
    for (nested, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(nested) = schema.get(nested) {
            each(&format!("{path}{suffix}"), nested, look);
        }
    }
}

fn complaints(look: impl Fn(&str, &Value) -> Option<&'static str>) -> Vec<String> {
    let mut found = Vec::new();
    for kind in KINDS.iter() {
        each("", &kind.schema, &mut |path, schema| {
            if !path.starts_with(".metadata")
                && let Some(what) = look(path, schema)
            {
                found.push(format!("{}{path}: {what}", kind.name));
            }
        });
    }
    found
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema.get(key).and_then(Value::as_str).unwrap_or("")
}

#[test]
fn every_field_says_what_it_means_with_unit_and_default() {
    let found = complaints(|path, schema| {
        let description = text(schema, "description");
        let is_number = matches!(text(schema, "type"), "integer" | "number");
        let is_duration = text(schema, "pattern") == PATTERN;
        let in_spec = path.starts_with(".spec");
        let settles = ["Default:", "Required"].iter().any(|word| description.contains(word));
        match () {
            () if description.trim().is_empty() => Some("no description"),
            () if is_number && !description.contains("Unit:") => Some("no unit"),
            () if is_duration && !description.contains("duration") => {
                Some("does not say that it is a duration")
            }
            () if in_spec && (is_number || is_duration) && !settles && !is_written_by_us(path) => {
                Some("neither a default nor required")
            }
            () => None,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

/// Fields of the kinds that only the governor writes.
fn is_written_by_us(path: &str) -> bool {
    path == ".spec.ordinal"
}

#[test]
fn every_field_a_person_may_leave_out_says_what_holds_then() {
    for kind in [
        "HealthPolicy",
        "ClusterHealthPolicy",
        "MetricSource",
        "FlagProvider",
        "IssueTracker",
        "Notifier",
        "Governor",
    ] {
        let schema = &kind_named(kind).unwrap().schema["properties"]["spec"];
        each("spec", schema, &mut |path, field| {
            let description = text(field, "description");
            let told = ["Default", "Required", "required"].iter().any(|w| description.contains(w));
            let with = description.contains("With `");
            assert!(told || with || is_selector(path), "{kind} {path}: {description}");
        });
    }
}

fn is_selector(path: &str) -> bool {
    path.contains(".matchExpressions[]")
}

#[test]
fn everything_has_a_maximum() {
    let found = complaints(|_, schema| {
        let has = |key: &str| schema.get(key).is_some();
        match text(schema, "type") {
            "string" if !has("maxLength") && !has("enum") => Some("no maxLength"),
            "array" if !has("maxItems") => Some("no maxItems"),
            "array" if !has("x-kubernetes-list-type") => Some("no list type"),
            "integer" | "number" if !has("maximum") && !is_wide(schema) => Some("no maximum"),
            "object" if has("additionalProperties") && !has("maxProperties") => Some("no maxProperties"),
            "object" if !has("properties") && !has("additionalProperties") => Some("no fields"),
            "" => Some("no type"),
            _ => None,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

/// Integers of the API server's own 64 bits, whose bound JSON cannot say exactly.
fn is_wide(schema: &Value) -> bool {
    let description = text(schema, "description");
    text(schema, "type") == "integer" && ["generations", "episodes"].iter().any(|u| description.contains(u))
}

#[test]
fn lists_of_named_things_are_maps_by_name() {
    let found = complaints(|_, schema| {
        let items = schema.get("items")?;
        let named = items.get("properties").is_some_and(|p| p.get("name").is_some());
        let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
        match (named, keys) {
            (true, Some(keys)) if keys.iter().any(|key| key == "name") => None,
            (true, _) => Some("named, and no map by name"),
            (false, _) => None,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_status_may_be_written_bit_by_bit() {
    for kind in KINDS.iter() {
        let required = &kind.schema["properties"]["status"]["required"];
        assert!(required.is_null(), "{}: {required}", kind.name);
    }
}

#[test]
fn no_field_is_nullable_and_enums_are_closed_sets_of_words() {
    let found = complaints(|_, schema| {
        let words = schema.get("enum").and_then(Value::as_array);
        match () {
            () if schema.get("nullable").is_some() => Some("nullable"),
            () if words.is_some_and(|words| !words.iter().all(Value::is_string)) => Some("enum with no word"),
            () => None,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_rule_says_how_to_mend_what_it_refuses() {
    for kind in KINDS.iter() {
        let mut rules = Vec::new();
        let mut collect = |schema: &Value| {
            let found = schema.get("x-kubernetes-validations").and_then(Value::as_array);
            rules.extend(found.into_iter().flatten().cloned());
        };
        collect(&kind.schema);
        each("", &kind.schema, &mut |_, schema| {
            collect(schema);
            schema.get("items").into_iter().for_each(&mut collect);
        });
        for rule in rules {
            let message = rule["messageExpression"].as_str().unwrap_or_default();
            assert!(message.len() > 20, "{}: {}", kind.name, rule["rule"]);
            for costly in ["string(", ".join(", ".filter(", ".format("] {
                assert!(!message.contains(costly), "the API server takes {costly} for unboundedly costly");
            }
        }
    }
}

#[test]
fn kinds_have_their_names_scopes_and_columns() {
    for (kind, namespaced, short, columns, wide) in [
        (
            "HealthPolicy",
            true,
            "hpol",
            "Mode Services Worst Tier Ready Age",
            "Source Interval Reason Message",
        ),
        (
            "ClusterHealthPolicy",
            false,
            "chpol",
            "Mode Services Worst Tier Ready Age",
            "Source Interval Reason Message",
        ),
        ("ServiceHealth", true, "svh", "Score Verdict Tier Worst Signal Age", "Observed"),
        (
            "Decision",
            true,
            "dec",
            "Service Tier Phase Outcome Action Reason Age",
            "Policy Level Deadline Effect Issue",
        ),
        ("DecisionApproval", true, "dap", "Decision Verdict By Age", "Hash"),
        ("FlagHold", true, "fhold", "Provider Key Fallback Deadline Age", "Object In"),
        ("MetricSource", false, "msrc", "URL Ready Age", "Reason Message"),
        ("FlagProvider", false, "fprov", "Ready Age", "Reason Message"),
        ("IssueTracker", false, "itrk", "Ready Age", "Reason Message"),
        ("Notifier", false, "ntf", "Ready Age", "Reason Message"),
        ("Governor", false, "gov", "Paused Release All Breaker Open Ready Age", "Reason Message"),
    ] {
        let found = kind_named(kind).unwrap();
        let names = &found.definition["spec"]["names"];
        assert_eq!(found.namespaced, namespaced, "{kind}");
        assert_eq!(names["shortNames"], serde_json::json!([short]));
        assert_eq!(names["categories"], serde_json::json!(["flyball"]));
        let listed = found.definition["spec"]["versions"][0]["additionalPrinterColumns"].as_array().unwrap();
        let named = |on_demand: bool| {
            let shown = listed.iter().filter(|column| (column["priority"] == 1) == on_demand);
            shown.map(|column| column["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((named(false).as_str(), named(true).as_str()), (columns, wide), "{kind}");
    }
}

#[test]
fn every_column_shows_a_field_that_exists() {
    for kind in KINDS.iter() {
        let columns = kind.definition["spec"]["versions"][0]["additionalPrinterColumns"].as_array();
        let columns = columns.unwrap_or_else(|| panic!("{} has no columns", kind.name));
        for column in columns {
            let path = text(column, "jsonPath");
            let mut schema = &kind.schema;
            // What follows a filter is a field of a condition.
            let plain = path.split('[').next().unwrap_or_default();
            for part in plain.split('.').skip(1).filter(|_| !path.starts_with(".metadata")) {
                schema = &schema["properties"][part];
            }
            assert!(schema.is_object(), "{}: column {path}", kind.name);
        }
    }
}
