//! `apiVersion`, `kind` and `metadata`, which no CRD's schema describes.
//!
//! Checks names and labels as apimachinery does. Which kind it is, is not asked here.

use crate::domain::model::problem::Problem;
use serde_json::{Map, Value};

/// What is wrong with the head of an object. A document that is no map is not judged here.
pub fn check(document: &Value) -> Vec<Problem> {
    let Some(map) = document.as_object() else { return Vec::new() };
    let mut out = Vec::new();
    for field in ["apiVersion", "kind"] {
        match map.get(field) {
            Some(Value::String(text)) if !text.is_empty() => {}
            Some(Value::String(_)) | None => {
                out.push(Problem::new(field, "", "Required value", format!("add `{field}`")));
            }
            Some(other) => out.push(not_string(field, other)),
        }
    }
    match map.get("metadata") {
        Some(Value::Object(meta)) => metadata(meta, &mut out),
        None | Some(Value::Null) => {
            let fix = "add `metadata` with a `name`";
            out.push(Problem::new(
                "metadata.name",
                "",
                "Required value: name or generateName is required",
                fix,
            ));
        }
        Some(other) => {
            let message = "Invalid value: metadata must be of type object";
            out.push(Problem::new("metadata", other, message, "write a map with a `name`"));
        }
    }
    out
}

fn metadata(meta: &Map<String, Value>, out: &mut Vec<Problem>) {
    match meta.get("name") {
        Some(Value::String(name)) => out.extend(named("metadata.name", name, 253, true)),
        Some(Value::Null) | None if meta.get("generateName").is_some_and(Value::is_string) => {}
        Some(Value::Null) | None => {
            let message = "Required value: name or generateName is required";
            out.push(Problem::new("metadata.name", "", message, "add a `name`"));
        }
        Some(other) => out.push(not_string("metadata.name", other)),
    }
    match meta.get("namespace") {
        Some(Value::String(name)) => out.extend(named("metadata.namespace", name, 63, false)),
        Some(Value::Null) | None => {}
        Some(other) => out.push(not_string("metadata.namespace", other)),
    }
    for field in ["labels", "annotations"] {
        let path = format!("metadata.{field}");
        match meta.get(field) {
            Some(Value::Object(map)) => strings(&path, map, field == "labels", out),
            Some(Value::Null) | None => {}
            Some(other) => {
                let message = format!("Invalid value: {path} must be a map of strings");
                out.push(Problem::new(path, other, message, "write `key: \"value\"` lines"));
            }
        }
    }
}

/// A DNS-1123 subdomain, or a label where dots are not allowed.
fn named(field: &str, name: &str, longest: usize, dots: bool) -> Option<Problem> {
    let part = |part: &str| {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        part.bytes().all(|b| inner(b) || b == b'-')
            && part.bytes().next().is_some_and(inner)
            && part.bytes().next_back().is_some_and(inner)
    };
    let well = if dots { name.split('.').all(part) } else { part(name) };
    if well && name.len() <= longest {
        return None;
    }
    let what = if dots { "subdomain" } else { "label" };
    let allowed = if dots { "`a-z`, `0-9`, `-` and `.`" } else { "`a-z`, `0-9` and `-`" };
    Some(Problem::new(
        field,
        name,
        format!("Invalid value: not a lowercase RFC 1123 {what}"),
        format!("use at most {longest} of {allowed}, beginning and ending with a letter or digit"),
    ))
}

fn strings(path: &str, map: &Map<String, Value>, labels: bool, out: &mut Vec<Problem>) {
    for (key, value) in map {
        let field = format!("{path}[{key}]");
        if !is_qualified(key) {
            let fix = "write `name` or `prefix.example/name`, the name at most 63 of letters, digits, `-`, `_`, `.`";
            out.push(Problem::new(&field, key, "Invalid value: not a qualified name", fix));
        }
        match value {
            Value::String(text) if labels && !(text.is_empty() || is_name(text)) => {
                let fix = "use at most 63 of letters, digits, `-`, `_`, `.`, beginning and ending with a letter or digit";
                out.push(Problem::new(field, text, "Invalid value: not a label value", fix));
            }
            Value::String(_) => {}
            other => out.push(not_string(&field, other)),
        }
    }
}

fn is_qualified(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => named("", prefix, 253, true).is_none() && is_name(name),
        None => is_name(key),
    }
}

fn is_name(text: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    text.len() <= 63
        && edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn not_string(field: &str, value: &Value) -> Problem {
    let word = match value {
        Value::Bool(true) => "\"on\" (an unquoted on, yes, y or true is a boolean)".to_string(),
        Value::Bool(false) => "\"off\" (an unquoted off, no, n or false is a boolean)".to_string(),
        Value::Number(number) => format!("\"{number}\""),
        _ => return Problem::new(field, value, "Invalid value: must be a string", "write a string"),
    };
    Problem::new(field, value, "Invalid value: must be a string", format!("quote it: {word}"))
}
