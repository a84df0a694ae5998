//! Defaulting and null pruning, in the order of the API server.
//!
//! Source: apiextensions-apiserver, structural/defaulting (`Default`, then
//! `PruneNonNullableNullsWithoutDefaults`). Recursion follows the schema, so its depth is bounded.

use serde_json::{Map, Value};

/// Gives missing and null fields their default, then goes on inside what is there.
pub fn fill(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, field) in properties(schema).into_iter().flatten() {
                let missing = map.get(name).is_none_or(|found| is_wrong_null(field, found));
                if let (true, Some(default)) = (missing, field.get("default")) {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, inner) in map.iter_mut() {
                let Some(field) = field(schema, name) else { continue };
                if let (true, Some(default)) = (is_wrong_null(field, inner), field.get("default")) {
                    *inner = default.clone();
                }
                fill(field, inner);
            }
        }
        Value::Array(items) => {
            if let Some(item) = schema.get("items") {
                items.iter_mut().for_each(|inner| fill(item, inner));
            }
        }
        _ => {}
    }
}

/// Takes out the nulls of fields that may not be null.
pub fn prune(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, inner| field(schema, name).is_none_or(|f| !is_wrong_null(f, inner)));
            for (name, inner) in map.iter_mut() {
                if let Some(field) = field(schema, name) {
                    prune(field, inner);
                }
            }
        }
        Value::Array(items) => {
            if let Some(item) = schema.get("items") {
                items.iter_mut().for_each(|inner| prune(item, inner));
            }
        }
        _ => {}
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn field<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    let own = properties(schema).and_then(|all| all.get(name));
    own.or_else(|| schema.get("additionalProperties").filter(|more| more.is_object()))
}

fn is_wrong_null(schema: &Value, value: &Value) -> bool {
    value.is_null() && schema.get("nullable") != Some(&Value::Bool(true))
}
