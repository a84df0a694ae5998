//! A JSON schema of draft 4, as far as Atlassian's schema of documents uses it.

use serde_json::Value;

/// Words that are understood or say nothing of validity; another one would be overlooked.
const KNOWN: [&str; 17] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "allOf",
    "enum",
    "$ref",
    "minItems",
    "maxItems",
    "minLength",
    "minimum",
    "maximum",
    "pattern",
    "description",
    "title",
];

/// What is wrong with `value`; None: nothing.
pub fn wrong(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target =
            root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is not there"));
        return wrong(root, target, value);
    }
    let unknown = |word: &&String| !KNOWN.contains(&word.as_str());
    let odd = schema.as_object().and_then(|schema| schema.keys().find(unknown));
    assert!(odd.is_none(), "a word of the schema is not understood: {odd:?}");
    let all = schema["allOf"].as_array().into_iter().flatten().find_map(|one| wrong(root, one, value));
    let any = schema["anyOf"].as_array().and_then(|all| none_of(root, all, value));
    all.or(any).or_else(|| itself(schema, value)).or_else(|| inside(root, schema, value))
}

fn none_of(root: &Value, all: &[Value], value: &Value) -> Option<String> {
    let why: Vec<String> = all.iter().filter_map(|one| wrong(root, one, value)).collect();
    (why.len() == all.len()).then(|| format!("{value} is none of what may be there"))
}

fn itself(schema: &Value, value: &Value) -> Option<String> {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("type {other} is not understood"),
        None => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
    let (items, number) = (value.as_array().map(Vec::len), value.as_f64());
    let most = |word: &str| schema[word].as_u64().map(|bound| bound as usize);
    let size = items.is_none_or(|len| {
        most("minItems").is_none_or(|least| len >= least) && most("maxItems").is_none_or(|most| len <= most)
    });
    let length = value.as_str().is_none_or(|text| most("minLength").is_none_or(|least| text.len() >= least));
    let range = number.is_none_or(|number| {
        schema["minimum"].as_f64().is_none_or(|least| number >= least)
            && schema["maximum"].as_f64().is_none_or(|most| number <= most)
    });
    let good = fits && listed && size && length && range;
    (!good).then(|| format!("{value} is not {schema}"))
}

fn inside(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let lacks = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = lacks
        .filter(|name| value.is_object() && value.get(name).is_none())
        .map(|name| format!("{name} is missing"));
    let field = |(name, value): (&String, &Value)| match schema["properties"].get(name) {
        Some(schema) => wrong(root, schema, value),
        None if schema["additionalProperties"] == false => Some(format!("{name} may not be there")),
        None => None,
    };
    let fields = value.as_object().into_iter().flatten().filter_map(field);
    let items = value.as_array().into_iter().flatten().filter_map(|item| wrong(root, &schema["items"], item));
    missing.chain(fields).chain(items).next()
}
