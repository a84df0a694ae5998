//! JSON Patches of one object: what changes, and what must still be true of it.
//!
//! Owns their form. Values go out as they were written, so that no number of a person's flag is
//! turned into a float and back.

use serde::Serialize;
use serde_json::value::RawValue;

/// One operation.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    Test { path: String, value: Box<RawValue> },
    Add { path: String, value: Box<RawValue> },
    Replace { path: String, value: Box<RawValue> },
    Remove { path: String },
}

/// A path to a member: `["metadata", "uid"]` is `/metadata/uid`.
pub fn path(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// A text as a JSON value.
pub fn text(value: &str) -> Box<RawValue> {
    raw(serde_json::Value::from(value).to_string())
}

/// JSON text as a value.
pub fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("it was printed as JSON")
}

/// `ops`, done only if the object is still this very one, and unchanged since `version`.
pub fn guarded(uid: &str, version: &str, ops: Vec<Op>) -> Vec<Op> {
    let test = |name: &str, value: &str| Op::Test { path: path(&["metadata", name]), value: text(value) };
    [test("uid", uid), test("resourceVersion", version)].into_iter().chain(ops).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tests_first_and_keeps_values_as_written() {
        let key = path(&["spec", "flags", "a/b~c"]);
        let ops = vec![
            Op::Replace { path: key.clone(), value: raw("{\"x\":1.10}".to_string()) },
            Op::Remove { path: key },
        ];
        let printed = serde_json::to_string(&guarded("u", "7", ops)).unwrap();
        assert_eq!(
            printed,
            concat!(
                r#"[{"op":"test","path":"/metadata/uid","value":"u"},"#,
                r#"{"op":"test","path":"/metadata/resourceVersion","value":"7"},"#,
                r#"{"op":"replace","path":"/spec/flags/a~1b~0c","value":{"x":1.10}},"#,
                r#"{"op":"remove","path":"/spec/flags/a~1b~0c"}]"#
            )
        );
    }
}
