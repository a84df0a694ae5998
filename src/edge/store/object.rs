//! An object and its text: what the API server would add, keep and refuse.
//!
//! Pure. The version of an object is a hash of its text and is not written into it: an edit by
//! hand is a new version, too, and cannot be overwritten by somebody who has not seen it.

use super::error::StoreError;
use super::place::{Kind, Place};
use crate::domain::model::id::digest;
use crate::edge::yaml;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// Largest object, in bytes of its text.
pub const OBJECT_MAX: u64 = 1024 * 1024;

/// What must be true of an object for it to be deleted. The default asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct Precondition {
    pub uid: Option<String>,
    pub resource_version: Option<String>,
}

/// The version of the object with this text.
pub fn version(text: &str) -> String {
    digest(&[text], 16)
}

/// The object in a file's text, its version in `metadata.resourceVersion`.
///
/// # Errors
/// [`StoreError::Malformed`]: not YAML, or another object than the path says.
pub fn parse(text: &str, kind: &Kind, place: &Place, path: &Path) -> Result<Value, StoreError> {
    let malformed = |detail: String| StoreError::Malformed { path: path.to_owned(), detail };
    let mut value = yaml::to_value(text).map_err(|e| malformed(e.to_string()))?;
    for (field, found, expected) in [
        ("apiVersion", &value["apiVersion"], Some(kind.api_version.as_str())),
        ("kind", &value["kind"], Some(kind.kind.as_str())),
        ("metadata.name", &value["metadata"]["name"], Some(place.name.as_str())),
        ("metadata.namespace", &value["metadata"]["namespace"], place.namespace.as_deref()),
    ] {
        if found.as_str() != expected {
            let expected = expected.unwrap_or("nothing");
            return Err(malformed(format!("{field} is {found}, but its place says {expected}")));
        }
    }
    value["metadata"]["resourceVersion"] = json!(version(text));
    Ok(value)
}

/// A new object: uid, generation 1 and creation time are ours to give.
pub fn fresh(mut object: Value, kind: &Kind, now: DateTime<Utc>) -> Value {
    named(&mut object, kind);
    let metadata = metadata(&mut object);
    metadata.insert("uid".into(), json!(uid()));
    metadata.insert("generation".into(), json!(1));
    let created = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    metadata.insert("creationTimestamp".into(), json!(created));
    object
}

/// `object` in the place of `stored`: identity stays, and the generation counts changes of spec.
///
/// # Errors
/// [`StoreError::Conflict`]: another incarnation.
pub fn next(mut object: Value, stored: &Value, kind: &Kind, place: &Place) -> Result<Value, StoreError> {
    let had = &stored["metadata"];
    let uid = object["metadata"]["uid"].clone();
    if !uid.is_null() && uid != had["uid"] {
        let detail = "it was deleted and created again";
        return Err(StoreError::Conflict { object: place.describe(kind), detail });
    }
    let changed = object.get("spec") != stored.get("spec");
    let generation = had["generation"].as_i64().unwrap_or(1);
    named(&mut object, kind);
    let metadata = metadata(&mut object);
    for field in ["uid", "creationTimestamp"] {
        metadata.insert(field.into(), had[field].clone());
    }
    metadata.insert("generation".into(), json!(generation.saturating_add(i64::from(changed))));
    metadata.retain(|_, value| !value.is_null());
    Ok(object)
}

/// Whether both are the same object, versions apart.
pub fn same(a: &Value, b: &Value) -> bool {
    let bare = |object: &Value| {
        let mut object = object.clone();
        unversioned(metadata(&mut object));
        object
    };
    equal(&bare(a), &bare(b))
}

/// Whether two values say the same; YAML writes a number without a fraction as a whole one.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// The text of an object, checked to read back as what was meant.
///
/// # Errors
/// [`StoreError::Unwritable`].
pub fn text(mut object: Value, kind: &Kind, place: &Place) -> Result<String, StoreError> {
    let unwritable = |detail: String| StoreError::Unwritable { object: place.describe(kind), detail };
    unversioned(metadata(&mut object));
    let text = yaml::to_string(&object).map_err(|e| unwritable(e.to_string()))?;
    if text.len() as u64 > OBJECT_MAX {
        return Err(unwritable(format!("it has {} bytes, of which {OBJECT_MAX} are allowed", text.len())));
    }
    let back = yaml::to_value(&text).map_err(|e| unwritable(format!("it would not read back: {e}")))?;
    match equal(&back, &object) {
        true => Ok(text),
        false => Err(unwritable("it would read back as something else".to_string())),
    }
}

/// Takes out what is not written: the version is the text's own, and nobody manages fields here.
fn unversioned(metadata: &mut Map<String, Value>) {
    metadata.remove("resourceVersion");
    metadata.remove("managedFields");
}

fn named(object: &mut Value, kind: &Kind) {
    if let Value::Object(members) = object {
        members.insert("apiVersion".into(), json!(kind.api_version));
        members.insert("kind".into(), json!(kind.kind));
    }
}

/// The metadata of an object, made if it has none.
fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    object["metadata"].as_object_mut().expect("it was made an object just above")
}

/// A random UUID, version 4. The hasher's keys come from the system's random source.
fn uid() -> String {
    let random = |salt: u8| RandomState::new().hash_one(salt);
    let (high, low) = (random(0), random(1));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn uids_differ_and_look_like_uuids() {
        let uids: HashSet<String> = (0..1000).map(|_| uid()).collect();
        assert_eq!(uids.len(), 1000);
        let shape: Vec<usize> = uids.iter().next().unwrap().split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12]);
    }
}
