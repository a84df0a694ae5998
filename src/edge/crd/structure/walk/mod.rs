//! The walk over a document along its schema: fields, types, required, lists and maps.
//!
//! Words its complaints as the API server does, each with the fix. Limits on single values and the
//! sentences of fixes are its children. Runs no CEL and applies no defaults.

pub mod fix;
pub mod limit;

use crate::domain::model::problem::Problem;
use serde_json::{Map, Value};

/// Fields that every object has and no CRD's schema describes.
const HEAD: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// What a walk has found so far.
#[derive(Debug, Default)]
pub struct Walk {
    /// The problems, in the order of the document.
    pub problems: Vec<Problem>,
    /// Whether CEL rules can be run over it: types, required fields and sizes are right.
    pub sound: bool,
}

impl Walk {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self { problems: Vec::new(), sound: true }
    }

    /// Walks a whole object; its head (`apiVersion`, `kind`, `metadata`) is left to others.
    pub fn document(&mut self, schema: &Value, document: &Value) {
        self.node(schema, document, "", true);
    }

    /// `whole`: the schema describes all of the value, not one branch of `anyOf` and the like.
    fn node(&mut self, schema: &Value, value: &Value, path: &str, whole: bool) {
        if value.is_null() && flag(schema, "nullable") {
            return;
        }
        if let Some(want) = wanted(schema).filter(|want| !fits(want, value)) {
            let (field, found) = (if path.is_empty() { "(root)" } else { path }, kind(value));
            let message =
                format!("Invalid value: {found:?}: {field} in body must be of type {want}: {found:?}");
            self.stop(path, value, message, fix::of_type(schema, want, value));
            return;
        }
        self.choice(schema, value, path);
        for found in limit::check(schema, value, path) {
            self.sound &= !found.blocks;
            self.problems.push(found.problem);
        }
        match value {
            Value::Object(map) => self.object(schema, map, path, whole),
            Value::Array(items) => self.list(schema, items, path, whole),
            _ => {}
        }
        self.branches(schema, value, path);
    }

    fn object(&mut self, schema: &Value, map: &Map<String, Value>, path: &str, whole: bool) {
        for name in texts(schema, "required") {
            if !map.contains_key(name) && !is_head(path, name) {
                self.stop(&under(path, name), &Value::Null, "Required value", format!("add `{name}`"));
            }
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        let more = schema.get("additionalProperties");
        let open = flag(schema, "x-kubernetes-preserve-unknown-fields")
            || more == Some(&Value::Bool(true))
            || (schema.get("type").is_none() && fields.is_none());
        let embedded = flag(schema, "x-kubernetes-embedded-resource");
        for (name, value) in map {
            if is_head(path, name) || (embedded && HEAD.contains(&name.as_str())) {
                continue;
            }
            match (fields.and_then(|all| all.get(name)), more.filter(|m| m.is_object())) {
                (Some(field), _) => self.node(field, value, &under(path, name), whole),
                (None, Some(field)) => self.node(field, value, &format!("{path}[{name}]"), whole),
                (None, None) if open || !whole => {}
                (None, None) => self.unknown(fields, name, value, path),
            }
        }
    }

    fn unknown(&mut self, fields: Option<&Map<String, Value>>, name: &str, value: &Value, path: &str) {
        let field = under(path, name);
        let known: Vec<&str> = fields.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let message = format!("unknown field {field:?}");
        self.problems.push(Problem::new(field, text(value), message, fix::of_name(name, &known)));
    }

    fn list(&mut self, schema: &Value, items: &[Value], path: &str, whole: bool) {
        let mut seen: Vec<Value> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let path = format!("{path}[{at}]");
            if let Some(identity) = identity(schema, item) {
                if seen.contains(&identity) {
                    let message = format!("Duplicate value: {identity}");
                    let fix = "keep one of the two, or rename one";
                    self.problems.push(Problem::new(&path, text(&identity), message, fix));
                }
                seen.push(identity);
            }
            if let Some(schema) = schema.get("items") {
                self.node(schema, item, &path, whole);
            }
        }
    }

    fn choice(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(allowed) = schema.get("enum").and_then(Value::as_array) else { return };
        if !allowed.contains(value) {
            let list: Vec<_> = allowed.iter().map(Value::to_string).collect();
            let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
            let words: Vec<_> = allowed.iter().map(text).collect();
            self.stop(path, value, message, fix::of_choice(&text(value), &words));
        }
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`, which say more about a value, never add fields to it.
    fn branches(&mut self, schema: &Value, value: &Value, path: &str) {
        let list = |word: &str| schema.get(word).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let holds = |branch: &Value| {
            let mut walk = Walk::new();
            walk.node(branch, value, path, false);
            walk.problems.is_empty()
        };
        for branch in list("allOf") {
            self.node(branch, value, path, false);
        }
        let (any, one) = (list("anyOf"), list("oneOf"));
        let broken = if !any.is_empty() && !any.iter().any(holds) {
            "at least one schema (anyOf)"
        } else if !one.is_empty() && one.iter().filter(|branch| holds(branch)).count() != 1 {
            "one and only one schema (oneOf)"
        } else if schema.get("not").is_some_and(holds) {
            "none of the schemas that are ruled out (not)"
        } else {
            return;
        };
        let message = format!("Invalid value: {path} in body must validate {broken}");
        let names = [any, one].concat();
        self.problems.push(Problem::new(path, text(value), message, fix::of_branches(&names)));
    }

    fn stop(&mut self, path: &str, value: &Value, message: impl Into<String>, fix: String) {
        self.sound = false;
        let value = if value.is_null() { String::new() } else { text(value) };
        self.problems.push(Problem::new(path, value, message, fix));
    }
}

/// What makes an item the same as another: the whole of it in a set, its keys in a map.
fn identity(schema: &Value, item: &Value) -> Option<Value> {
    match schema.get("x-kubernetes-list-type")?.as_str()? {
        "set" => Some(item.clone()),
        "map" => {
            let keys = texts(schema, "x-kubernetes-list-map-keys");
            let found: Map<String, Value> =
                keys.filter_map(|key| Some((key.to_string(), item.get(key)?.clone()))).collect();
            (!found.is_empty()).then_some(Value::Object(found))
        }
        _ => None,
    }
}

/// The type a schema asks for, if it asks for one.
fn wanted(schema: &Value) -> Option<&str> {
    if flag(schema, "x-kubernetes-int-or-string") {
        return Some("integer or string");
    }
    schema.get("type").and_then(Value::as_str)
}

fn fits(want: &str, value: &Value) -> bool {
    match want {
        "integer or string" => fits("integer", value) || fits("string", value),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => kind(value) == want,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_head(path: &str, name: &str) -> bool {
    path.is_empty() && HEAD.contains(&name)
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

fn texts<'s>(schema: &'s Value, name: &str) -> impl Iterator<Item = &'s str> {
    schema.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// A value as a person wrote it: strings without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
