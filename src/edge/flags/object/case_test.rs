//! An object with a flag in it, and what a cut and a restore make of it: for the tests.

use super::body::Body;
use super::config_map::LABEL;
use super::overlay::Change;
use super::patch::Op;
use super::shape::{Shape, There};
use crate::domain::model::flag::{FlagState, FlagTarget, ObjectName, Standing};
use crate::domain::model::hold::FlagHold;
use crate::edge::flags::asked::Asked;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub const FLAG: &str = r#"{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}"#;

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

pub fn target(shape: &Shape) -> FlagTarget {
    FlagTarget {
        provider: "flags".into(),
        store: shape.store().into(),
        endpoint: String::new(),
        project: shape.project(),
        object: Some(ObjectName { namespace: "shop".into(), name: "flags".into() }),
        key: "check".into(),
    }
}

pub fn shapes() -> [Shape; 3] {
    [Shape::FeatureFlag, Shape::Document("flags.json".into()), Shape::Value]
}

/// An object of this shape with the flag `check` (or its plain value) in it.
pub fn object(shape: &Shape, flag: &Value) -> Value {
    let document = json!({"flags": {"other": {"x": 1}, "check": flag}});
    let mut object = json!({
        "metadata": {"name": "flags", "namespace": "shop", "uid": "u", "resourceVersion": "7",
            "labels": {LABEL.0: LABEL.1, "team": "a"}},
    });
    match shape {
        Shape::FeatureFlag | Shape::Overlay => object["spec"] = json!({"flagSpec": document, "more": [1.5]}),
        Shape::Document(key) => object["data"] = json!({key: format!("{document:#}\n"), "b": "c"}),
        Shape::Value => object["data"] = json!({"check": "on", "other": "on"}),
    }
    object
}

pub fn flag() -> Value {
    serde_json::from_str(FLAG).unwrap()
}

pub fn body(object: &Value) -> Body {
    Body::read(object.to_string()).unwrap()
}

pub fn there(object: &Value) -> There {
    There { own: Some(body(object)), base: None }
}

/// How many operations a change has; None if there is none.
pub fn count(change: Option<Change>) -> Option<usize> {
    change.map(|change| ops(change).len())
}

pub fn ops(change: Change) -> Vec<Op> {
    match change {
        Change::Patch(ops) => ops,
        Change::Make => panic!("the object is there"),
    }
}

pub fn asked(hold: Option<&FlagHold>) -> Asked<'_> {
    Asked { key: "check", fallback: "off", hold, installation: "here", now: at(1_790_000_000) }
}

pub fn see(shape: &Shape, object: &Value, hold: Option<&FlagHold>) -> FlagState {
    shape.look(&there(object), &target(shape), &asked(hold)).unwrap().unwrap()
}

pub fn hold(shape: &Shape, object: &Value) -> FlagHold {
    FlagHold {
        target: target(shape),
        installation: "here".into(),
        pre_image: see(shape, object, None).document,
        uid: Some("u".into()),
        fallback: "off".into(),
        deadline: Some(at(1_800_000_000)),
        claims: Vec::new(),
        created: Some(at(1_790_000_000)),
    }
}

/// The object after `ops`, as the API server applies them.
pub fn patched(object: &Value, ops: &[Op]) -> Value {
    let mut object = object.clone();
    for op in ops {
        let (path, value) = match op {
            Op::Add { path, value } | Op::Replace { path, value } => (path, Some(value)),
            Op::Remove { path } => (path, None),
            Op::Test { .. } => panic!("tests are added by the store"),
        };
        let (parent, name) = path.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        let members = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if matches!(op, Op::Replace { .. } | Op::Remove { .. }) {
            assert!(members.contains_key(&name), "{path} is not there");
        }
        match value {
            Some(value) => drop(members.insert(name, serde_json::from_str(value.get()).unwrap())),
            None => drop(members.remove(&name)),
        }
    }
    object
}

pub fn cut(shape: &Shape, object: &Value, hold: &FlagHold) -> Value {
    let expected = see(shape, object, Some(hold)).document;
    patched(object, &ops(shape.cut(&there(object), hold, &expected).unwrap().unwrap()))
}

pub fn restored(shape: &Shape, object: &Value, hold: &FlagHold) -> Value {
    let expected = see(shape, object, Some(hold)).document;
    patched(object, &ops(shape.restore(&there(object), hold, &expected).unwrap().unwrap()))
}

/// Without an empty map of annotations, which the API server drops.
pub fn settled(mut object: Value) -> Value {
    if object["metadata"]["annotations"] == json!({}) {
        object["metadata"].as_object_mut().unwrap().remove("annotations");
    }
    object
}

pub fn is_cut(standing: &Standing) -> bool {
    matches!(standing, Standing::Cut { fallback, .. } if fallback == "off")
}
