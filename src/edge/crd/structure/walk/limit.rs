//! Limits on one value: sizes, bounds, patterns, formats.
//!
//! Says of each breach whether it keeps CEL rules from being run (a size they rely on). A pattern
//! that asks for a duration is answered by the parser of durations.

use crate::domain::model::problem::{Problem, shorten};
use crate::domain::policy::duration;
use serde_json::Value;

/// A limit that a value breaks.
#[derive(Debug)]
pub struct Breach {
    /// What is wrong.
    pub problem: Problem,
    /// Whether CEL rules must not be run over the document.
    pub blocks: bool,
}

/// The limits of `schema` that `value` breaks.
pub fn check(schema: &Value, value: &Value, path: &str) -> Vec<Breach> {
    match value {
        Value::String(text) => string(schema, text, path),
        Value::Number(_) => number(schema, value, path),
        Value::Array(items) => size(schema, items.len(), path, ["minItems", "maxItems"], "items"),
        Value::Object(map) => size(schema, map.len(), path, ["minProperties", "maxProperties"], "properties"),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

fn size(schema: &Value, found: usize, path: &str, words: [&str; 2], what: &str) -> Vec<Breach> {
    let [least, most] = words.map(|word| schema.get(word).and_then(Value::as_u64));
    let found = found as u64;
    let mut out = Vec::new();
    if let Some(least) = least.filter(|least| found < *least) {
        let message = format!("Invalid value: {found}: {path} in body should have at least {least} {what}");
        out.push(breach(path, &found, message, format!("add {} more", least - found), false));
    }
    if let Some(most) = most.filter(|most| found > *most) {
        let message = format!("Too many: {found}: must have at most {most} {what}");
        out.push(breach(path, &found, message, format!("remove {}", found - most), true));
    }
    out
}

fn string(schema: &Value, text: &str, path: &str) -> Vec<Breach> {
    let limit = |word: &str| schema.get(word).and_then(Value::as_u64);
    let length = text.chars().count() as u64;
    let mut out = Vec::new();
    if let Some(least) = limit("minLength").filter(|least| length < *least) {
        let message =
            format!("Invalid value: {text:?}: {path} in body should be at least {least} chars long");
        let fix = if length == 0 {
            "write a text here".to_string()
        } else {
            format!("add {} characters", least - length)
        };
        out.push(breach(path, &text, message, fix, false));
    }
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        let message = format!("Too long: may not be more than {most} characters");
        out.push(breach(path, &text, message, format!("shorten it by {}", length - most), true));
    }
    out.extend(pattern(schema, text, path));
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if let Some(example) = is_not(format, text) {
        let shown = shorten(text, 60);
        let message = format!("Invalid value: {shown:?}: {path} in body must be of type {format}: {shown:?}");
        out.push(breach(path, &text, message, format!("write such as {example}"), false));
    }
    out
}

fn pattern(schema: &Value, text: &str, path: &str) -> Option<Breach> {
    let pattern = schema.get("pattern")?.as_str()?;
    let Ok(regex) = regex::Regex::new(pattern) else {
        let fix = "ask the API server: kubectl apply --dry-run=server";
        return Some(breach(
            path,
            &text,
            format!("cannot evaluate the pattern `{pattern}` here"),
            fix,
            false,
        ));
    };
    if regex.is_match(text) {
        return None;
    }
    let durations = ["90s", "24h", "1h30m", "500ms"].iter().all(|good| regex.is_match(good))
        && !["7d", "90", "soon"].iter().any(|wrong| regex.is_match(wrong));
    let fix = match duration::parse(text) {
        Err(sentence) if durations => sentence,
        _ => format!("write a text that matches `{pattern}`"),
    };
    let shown = shorten(text, 60);
    let message = format!("Invalid value: {shown:?}: {path} in body should match '{pattern}'");
    Some(breach(path, &text, message, fix, false))
}

/// An example of the format, if the text is not of it; formats unknown here pass, as on the server.
fn is_not(format: &str, text: &str) -> Option<&'static str> {
    let (good, example) = match format {
        "date-time" => (chrono::DateTime::parse_from_rfc3339(text).is_ok(), "2026-11-11T00:00:00Z"),
        "date" => (text.parse::<chrono::NaiveDate>().is_ok(), "2026-11-11"),
        "ipv4" => (text.parse::<std::net::Ipv4Addr>().is_ok(), "10.0.0.1"),
        "ipv6" => (text.parse::<std::net::Ipv6Addr>().is_ok(), "fd00::1"),
        "uri" => (url::Url::parse(text).is_ok(), "https://prometheus.example:9090"),
        _ => return None,
    };
    (!good).then_some(example)
}

fn number(schema: &Value, value: &Value, path: &str) -> Vec<Breach> {
    let Some(found) = value.as_f64() else { return Vec::new() };
    let limit = |word: &str| schema.get(word).and_then(Value::as_f64);
    let strict = |word: &str| schema.get(word) == Some(&Value::Bool(true));
    let mut say = Vec::new();
    match (limit("minimum"), strict("exclusiveMinimum")) {
        (Some(least), true) if found <= least => say.push(("greater than", least)),
        (Some(least), false) if found < least => say.push(("greater than or equal to", least)),
        _ => {}
    }
    match (limit("maximum"), strict("exclusiveMaximum")) {
        (Some(most), true) if found >= most => say.push(("less than", most)),
        (Some(most), false) if found > most => say.push(("less than or equal to", most)),
        _ => {}
    }
    let uneven = |unit: f64| (found / unit - (found / unit).round()).abs() > 1e-9;
    if let Some(unit) = limit("multipleOf").filter(|unit| *unit > 0.0 && uneven(*unit)) {
        say.push(("a multiple of", unit));
    }
    let range = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN as f64, i64::MAX as f64)),
        _ => None,
    };
    match range {
        Some((least, _)) if found < least => say.push(("greater than or equal to", least)),
        Some((_, most)) if found > most => say.push(("less than or equal to", most)),
        _ => {}
    }
    let sentence = |(how, limit): (&str, f64)| {
        let message = format!("Invalid value: {value}: {path} in body should be {how} {limit}");
        breach(path, value, message, format!("write a number {how} {limit}"), false)
    };
    say.into_iter().map(sentence).collect()
}

fn breach(
    path: &str,
    value: &impl std::fmt::Display,
    message: String,
    fix: impl Into<String>,
    blocks: bool,
) -> Breach {
    Breach { problem: Problem::new(path, value, message, fix), blocks }
}
