//! The CEL rules of a schema (`x-kubernetes-validations`), run as the API server runs them.
//!
//! The rule's message is the problem. A rule that cannot be run here is reported as such: silence
//! would read as consent. Must be given a document whose structure is sound.

use crate::domain::model::problem::{Problem, shorten};
use kube_cel::{ErrorKind, ValidationError, Validator, compile_schema};
use serde_json::Value;

/// Whether the schema has rules at all.
pub fn any(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.contains_key("x-kubernetes-validations") || map.values().any(any),
        Value::Array(items) => items.iter().any(any),
        _ => false,
    }
}

/// What the rules say against a document, which has its defaults already.
pub fn check(schema: &Value, document: &Value) -> Vec<Problem> {
    // Compiled once, not once per item of a list; what it finds comes in no order of its own.
    let Err(errors) = Validator::new().validate_compiled(&compile_schema(schema), document, None) else {
        return Vec::new();
    };
    let mut problems: Vec<_> = errors.into_vec().into_iter().map(|error| problem(error, document)).collect();
    problems.sort();
    problems
}

fn problem(error: ValidationError, document: &Value) -> Problem {
    let value = found(document, &error.field_path).map(brief).unwrap_or_default();
    if error.kind == ErrorKind::ValidationFailure {
        return Problem::new(error.field_path, value, error.message, "");
    }
    let rule = shorten(&error.rule, 200);
    Problem::new(
        error.field_path,
        value,
        format!("cannot evaluate the rule `{rule}` here: {}", error.message),
        "ask the API server: kubectl apply --dry-run=server",
    )
}

/// Scalars only: of a map or a list the message says what matters.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => String::new(),
        other => other.to_string(),
    }
}

/// What stands at a path such as `spec.tiers[0].name`.
fn found<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    path.split(['.', '[']).filter(|step| !step.is_empty()).try_fold(document, |at, step| {
        match step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok()) {
            Some(index) => at.get(index),
            None => at.get(step),
        }
    })
}
