//! docs/reference.md is made from the schemas of the kinds. FLYBALL_WRITE_REFERENCE=1 writes it.

use flyball::edge::crd::schema::{KINDS, Kind, kind_named};
use serde_json::Value;
use std::fmt::Write;

const HEAD: &str = "# Every kind and field

<!-- generated from src/edge/crd/kind: the tests fail on drift; FLYBALL_WRITE_REFERENCE=1 cargo test --test docs writes it -->

What `kubectl explain KIND --recursive` tells, to read without a cluster. Group `flyball.dev`, version `v1alpha1`. A field ends in `[]` where
it is a list and in `{}` where it maps names to values. What the fields mean together stands in [concepts](concepts.md) and
[decisions](decisions.md).
";

#[test]
fn the_reference_has_every_field_as_its_schema_has_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
    let text = KINDS.iter().fold(HEAD.to_string(), |text, kind| text + &of(kind));
    if std::env::var_os("FLYBALL_WRITE_REFERENCE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "docs/reference.md differs: run this test with FLYBALL_WRITE_REFERENCE=1");
}

fn of(kind: &Kind) -> String {
    let names = &kind.definition["spec"]["names"];
    let short = names["shortNames"][0].as_str().unwrap_or_default();
    let scope = if kind.namespaced { "namespaced" } else { "cluster-scoped" };
    let mut text = format!("\n## {}\n\n`{short}`, {scope}. {}\n", kind.name, description(&kind.schema));
    if kind.name == "ClusterHealthPolicy" {
        text.push_str("\nAll fields of a HealthPolicy, and:\n");
        return text + &only_its_own(kind);
    }
    for part in ["spec", "status"] {
        let schema = &kind.schema["properties"][part];
        if schema.is_null() {
            continue;
        }
        text.push_str("\n| field | type | what |\n|---|---|---|\n");
        rows(part, schema, &mut text);
    }
    text
}

/// The rows that a HealthPolicy has not.
fn only_its_own(kind: &Kind) -> String {
    let (mut theirs, mut ours) = (String::new(), String::new());
    let plain = kind_named("HealthPolicy").expect("it is one of ours");
    rows("spec", &plain.schema["properties"]["spec"], &mut theirs);
    rows("spec", &kind.schema["properties"]["spec"], &mut ours);
    let new: Vec<&str> = ours.lines().filter(|row| !theirs.lines().any(|their| their == *row)).collect();
    format!("\n| field | type | what |\n|---|---|---|\n{}\n", new.join("\n"))
}

/// One row for each field under `schema`, in order.
fn rows(path: &str, schema: &Value, text: &mut String) {
    let Some(fields) = schema["properties"].as_object() else { return };
    for (name, field) in fields {
        let (suffix, inner) = inside(field);
        let path = format!("{path}.{name}{suffix}");
        let kind = type_of(inner);
        let what = description(if field["description"].is_null() { inner } else { field });
        writeln!(text, "| `{path}` | {kind} | {what} |").unwrap();
        rows(&path, inner, text);
    }
}

/// What a list or map is of, and the mark that says so.
fn inside(schema: &Value) -> (&'static str, &Value) {
    match (&schema["items"], &schema["additionalProperties"]) {
        (items, _) if items.is_object() => ("[]", items),
        (_, values) if values.is_object() => ("{}", values),
        _ => ("", schema),
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or("?"))).collect();
        return words.join(", ");
    }
    schema["type"].as_str().unwrap_or("any").to_string()
}

/// On one line, with nothing in it that would break a table.
fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}
