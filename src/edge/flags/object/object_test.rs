//! Flags in objects: what a cut and a restore make of a whole object, without an API server.

use super::body::Body;
use super::config_map::LABEL;
use super::note::Note;
use super::overlay::Change;
use super::patch::Op;
use super::shape::{CONFIG_MAP, OPEN_FEATURE, Shape, There};
use crate::domain::model::flag::{FlagState, FlagTarget, ObjectName, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::reason::Code;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use crate::edge::kube::client::MANAGER;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

const FLAG: &str = r#"{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}"#;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn target(shape: &Shape) -> FlagTarget {
    FlagTarget {
        provider: "flags".into(),
        store: shape.store().into(),
        endpoint: String::new(),
        project: shape.project(),
        object: Some(ObjectName { namespace: "shop".into(), name: "flags".into() }),
        key: "check".into(),
    }
}

fn shapes() -> [Shape; 3] {
    [Shape::FeatureFlag, Shape::Document("flags.json".into()), Shape::Value]
}

/// An object of this shape with the flag `check` (or its plain value) in it.
fn object(shape: &Shape, flag: &Value) -> Value {
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

fn flag() -> Value {
    serde_json::from_str(FLAG).unwrap()
}

fn body(object: &Value) -> Body {
    Body::read(object.to_string()).unwrap()
}

fn there(object: &Value) -> There {
    There { own: Some(body(object)), base: None }
}

/// How many operations a change has; None if there is none.
fn count(change: Option<Change>) -> Option<usize> {
    change.map(|change| ops(change).len())
}

fn ops(change: Change) -> Vec<Op> {
    match change {
        Change::Patch(ops) => ops,
        Change::Make => panic!("the object is there"),
    }
}

fn asked(hold: Option<&FlagHold>) -> Asked<'_> {
    Asked { key: "check", fallback: "off", hold, installation: "here", now: at(1_790_000_000) }
}

fn see(shape: &Shape, object: &Value, hold: Option<&FlagHold>) -> FlagState {
    shape.look(&there(object), &target(shape), &asked(hold)).unwrap().unwrap()
}

fn hold(shape: &Shape, object: &Value) -> FlagHold {
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
fn patched(object: &Value, ops: &[Op]) -> Value {
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

fn cut(shape: &Shape, object: &Value, hold: &FlagHold) -> Value {
    let expected = see(shape, object, Some(hold)).document;
    patched(object, &ops(shape.cut(&there(object), hold, &expected).unwrap().unwrap()))
}

fn restored(shape: &Shape, object: &Value, hold: &FlagHold) -> Value {
    let expected = see(shape, object, Some(hold)).document;
    patched(object, &ops(shape.restore(&there(object), hold, &expected).unwrap().unwrap()))
}

/// Without an empty map of annotations, which the API server drops.
fn settled(mut object: Value) -> Value {
    if object["metadata"]["annotations"] == json!({}) {
        object["metadata"].as_object_mut().unwrap().remove("annotations");
    }
    object
}

fn is_cut(standing: &Standing) -> bool {
    matches!(standing, Standing::Cut { fallback, .. } if fallback == "off")
}

#[test]
fn a_cut_and_a_restore_leave_every_object_as_it_was() {
    for shape in shapes() {
        let before = object(&shape, &flag());
        let held = hold(&shape, &before);
        let state = see(&shape, &before, None);
        assert_eq!((&state.standing, state.uid.as_deref()), (&Standing::Free, Some("u")), "{shape:?}");
        let after = cut(&shape, &before, &held);
        let seen = see(&shape, &after, Some(&held));
        assert!(is_cut(&seen.standing), "{shape:?} {seen:?}");
        assert_eq!(count(shape.cut(&there(&after), &held, &seen.document).unwrap()), None);
        assert_eq!(shape.original(&seen.document, &held).unwrap(), held.pre_image);
        assert_eq!(settled(restored(&shape, &after, &held)), before, "{shape:?}");
        assert_eq!(count(shape.restore(&there(&before), &held, &held.pre_image).unwrap()), None);
    }
}

#[test]
fn a_plain_value_says_on_the_object_who_cut_it() {
    let before = object(&Shape::Value, &flag());
    let after = cut(&Shape::Value, &before, &hold(&Shape::Value, &before));
    assert_eq!(after["data"], json!({"check": "off", "other": "on"}));
    let notes = Note::all(&body(&after));
    assert_eq!(notes.len(), 1);
    let (name, note) = &notes[0];
    assert_eq!(*name, target(&Shape::Value).hold_name());
    assert_eq!((note.installation.as_str(), note.original.as_deref()), ("here", Some("on")));
    assert_eq!(note.expires, "never");
}

#[test]
fn definitions_that_drop_metadata_of_flags_do_not_lose_the_cut() {
    let shape = Shape::FeatureFlag;
    let before = object(&shape, &flag());
    let held = hold(&shape, &before);
    let mut after = cut(&shape, &before, &held);
    let check = after.pointer_mut("/spec/flagSpec/flags/check").unwrap();
    assert!(check.as_object_mut().unwrap().remove("metadata").is_some(), "the cut is marked");
    let seen = see(&shape, &after, Some(&held));
    assert!(is_cut(&seen.standing), "{seen:?}");
    let found = shape.orphans(&body(&after), "here", |_| target(&shape)).unwrap().0;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].uid.as_deref(), Some("u"));
    assert_eq!(settled(restored(&shape, &after, &found[0])), before);
    assert_eq!(settled(restored(&shape, &after, &held)), before);

    // Another end than the note tells of is not ours.
    after["spec"]["flagSpec"]["flags"]["check"]["targeting"]["if"][0]["<"][1] = json!(1_900_000_000);
    let seen = see(&shape, &after, Some(&held));
    assert!(matches!(seen.standing, Standing::Foreign(_)), "{seen:?}");
    assert_eq!(shape.orphans(&body(&after), "here", |_| target(&shape)).unwrap().0, []);
}

#[test]
fn only_a_config_map_with_the_label_is_cut_and_every_one_is_restored() {
    for shape in [Shape::Document("flags.json".into()), Shape::Value] {
        let before = object(&shape, &flag());
        let held = hold(&shape, &before);
        let mut after = cut(&shape, &before, &held);
        let mut closed = before.clone();
        closed["metadata"]["labels"] = json!({"team": "a"});
        let Standing::Refused(reason) = see(&shape, &closed, None).standing else { panic!("{shape:?}") };
        assert_eq!(reason.code, Code::FlagRefused);
        let fix = "kubectl label configmap -n shop flags flyball.dev/flags=true";
        assert!(reason.message.contains(fix), "{reason}");
        let refused = shape.cut(&there(&closed), &held, &held.pre_image);
        assert!(matches!(refused, Err(Fault::Refused(_))), "{refused:?}");
        after["metadata"]["labels"] = json!({});
        let back = restored(&shape, &after, &held);
        assert_eq!(back["data"], before["data"], "{shape:?}");

        let mut fixed = before.clone();
        fixed["immutable"] = json!(true);
        let Standing::Refused(reason) = see(&shape, &fixed, None).standing else { panic!("{shape:?}") };
        assert!(reason.message.contains("immutable"), "{reason}");
    }
}

#[test]
fn what_is_not_there_is_absent_and_what_is_no_document_is_malformed() {
    let away = |shape: &Shape, object: Value| shape.look(&there(&object), &target(shape), &asked(None));
    let mut map = object(&Shape::Value, &flag());
    map["data"] = json!({"other": "on"});
    assert!(matches!(away(&Shape::Value, map.clone()), Ok(None)));
    assert!(matches!(away(&Shape::Document("flags.json".into()), map.clone()), Ok(None)));
    map["data"] = json!({"flags.json": "{"});
    assert!(matches!(away(&Shape::Document("flags.json".into()), map), Err(Fault::Malformed(_))));
    let mut flags = object(&Shape::FeatureFlag, &flag());
    flags["spec"] = json!({"flagSpec": {}});
    assert!(matches!(away(&Shape::FeatureFlag, flags.clone()), Ok(None)));
    flags["spec"] = json!({});
    let Err(Fault::Malformed(why)) = away(&Shape::FeatureFlag, flags) else { panic!("no flagSpec") };
    assert!(why.contains("spec.flagSpec"), "{why}");
}

#[test]
fn an_object_that_is_being_deleted_is_not_cut() {
    for shape in shapes() {
        let mut before = object(&shape, &flag());
        let held = hold(&shape, &before);
        before["metadata"]["deletionTimestamp"] = json!("2026-11-25T00:00:00Z");
        let refused = shape.cut(&there(&before), &held, &held.pre_image);
        assert!(matches!(refused, Err(Fault::Refused(_))), "{shape:?} {refused:?}");
    }
}

fn written_by(mut object: Value, manager: &str) -> Value {
    let fields = json!({"f:data": {"f:check": {}}});
    object["metadata"]["managedFields"] = json!([{"manager": manager, "operation": "Update",
        "apiVersion": "v1", "time": "2026-11-25T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}]);
    object
}

#[test]
fn a_plain_value_that_somebody_else_set_to_the_fallback_is_theirs() {
    let shape = Shape::Value;
    let before = object(&shape, &flag());
    let held = hold(&shape, &before);
    let after = cut(&shape, &before, &held);
    let orphans = |object: &Value| shape.orphans(&body(object), "here", |_| target(&shape)).unwrap().0.len();
    for (object, ours) in [
        (after.clone(), true),
        (written_by(after.clone(), MANAGER), true),
        (written_by(after, "kubectl"), false),
    ] {
        assert_eq!(is_cut(&see(&shape, &object, Some(&held)).standing), ours, "{object}");
        assert_eq!(orphans(&object), usize::from(ours));
        let unheld = see(&shape, &object, None).standing;
        assert_eq!(matches!(unheld, Standing::Refused(_)), ours, "{unheld:?}");
    }
}

#[test]
fn an_orphan_too_long_for_its_note_is_told_and_left() {
    let shape = Shape::Value;
    let mut before = object(&shape, &flag());
    before["data"]["check"] = json!("x".repeat(5000));
    let after = cut(&shape, &before, &hold(&shape, &before));
    let (holds, lost) = shape.orphans(&body(&after), "here", |_| target(&shape)).unwrap();
    assert_eq!(holds, []);
    assert!(lost[0].contains("key check") && lost[0].contains("by hand"), "{lost:?}");
    assert_eq!(shape.orphans(&body(&after), "elsewhere", |_| target(&shape)).unwrap(), (vec![], vec![]));
}

#[test]
fn who_edits_a_held_flag_is_named() {
    let shape = Shape::FeatureFlag;
    let before = object(&shape, &flag());
    let held = hold(&shape, &before);
    let mut edited = cut(&shape, &before, &held);
    edited["spec"]["flagSpec"]["flags"]["check"]["defaultVariant"] = json!("off");
    let fields = json!({"f:spec": {"f:flagSpec": {"f:flags": {"f:check": {"f:defaultVariant": {}}}}}});
    edited["metadata"]["managedFields"] = json!([{"manager": "kubectl-edit", "operation": "Update",
        "apiVersion": "v1", "time": "2026-11-25T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}]);
    edited["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!("shop:flags");
    let seen = see(&shape, &edited, Some(&held));
    assert!(matches!(&seen.standing, Standing::CutAndEdited(what) if what.contains("defaultVariant")));
    assert_eq!(seen.editor.unwrap().name, "kubectl-edit");
    assert_eq!(seen.owner.as_deref(), Some("Argo CD"));
}

#[test]
fn a_target_says_which_shape_it_has() {
    for shape in shapes() {
        assert_eq!(Shape::of(&target(&shape)), Some(shape.clone()));
    }
    assert_eq!(Shape::of(&FlagTarget { store: "file".into(), ..target(&Shape::Value) }), None);
    let names: std::collections::BTreeSet<String> =
        shapes().iter().map(|shape| target(shape).hold_name()).collect();
    assert_eq!(names.len(), 3, "one key in three places is three flags");
    assert_eq!((OPEN_FEATURE, CONFIG_MAP), ("openFeature", "configMap"));
}

/// Any JSON that the API server keeps as it is.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z$/~]{1,4}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// A rule has one operator to an object.
fn thin(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().take(1).map(|(name, value)| (name, thin(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(thin).collect(),
        other => other,
    }
}

fn any_object() -> impl Strategy<Value = Value> {
    let members = || prop::collection::btree_map("[a-z$]{1,4}", json_value(), 0..3);
    (members(), prop::option::of(members()), json_value(), json_value(), any::<bool>()).prop_map(
        |(targeting, metadata, on, beside, annotated)| {
            let mut flag = json!({"state": "ENABLED", "variants": {"on": on, "off": false},
                "defaultVariant": "on", "targeting": thin(json!(targeting))});
            if let Some(metadata) = metadata {
                flag["metadata"] = json!(metadata);
            }
            let mut object = object(&Shape::FeatureFlag, &flag);
            object["spec"]["flagSpec"]["$evaluators"] = beside;
            if annotated {
                object["metadata"]["annotations"] = json!({"a/b": "c"});
            }
            object
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_but_our_flag_and_our_note_changes(before in any_object(), end in prop::option::of(1i64..4_000_000_000)) {
        let shape = Shape::FeatureFlag;
        let held = FlagHold { deadline: end.map(at), ..hold(&shape, &before) };
        let after = cut(&shape, &before, &held);
        prop_assert!(is_cut(&see(&shape, &after, Some(&held)).standing));
        let mut bare = after.clone();
        bare["spec"]["flagSpec"]["flags"]["check"] = before["spec"]["flagSpec"]["flags"]["check"].clone();
        let note = format!("flyball.dev/{}", held.target.hold_name());
        bare["metadata"]["annotations"].as_object_mut().unwrap().remove(&note);
        prop_assert_eq!(settled(bare), before.clone());
        prop_assert_eq!(settled(restored(&shape, &after, &held)), before);
    }

    #[test]
    fn a_dropped_metadata_never_loses_the_original(before in any_object()) {
        let shape = Shape::FeatureFlag;
        let drop_metadata = |mut object: Value| {
            object["spec"]["flagSpec"]["flags"]["check"].as_object_mut().unwrap().remove("metadata");
            object
        };
        let before = drop_metadata(before);
        let held = hold(&shape, &before);
        let after = drop_metadata(cut(&shape, &before, &held));
        prop_assert!(is_cut(&see(&shape, &after, Some(&held)).standing));
        prop_assert_eq!(settled(drop_metadata(restored(&shape, &after, &held))), before);
    }

    #[test]
    fn no_object_makes_it_panic(object in json_value(), metadata in json_value()) {
        let mut object = object;
        if object.is_object() {
            object["metadata"] = metadata;
        }
        if let Ok(body) = Body::read(object.to_string()) {
            for shape in shapes() {
                let held = FlagHold { target: target(&shape), ..hold(&Shape::Value, &self::object(&Shape::Value, &flag())) };
                let there = There { own: Some(body.clone()), base: None };
                let _ = shape.look(&there, &target(&shape), &asked(Some(&held)));
                let _ = shape.cut(&there, &held, "on");
                let _ = shape.restore(&there, &held, "off");
                let _ = shape.orphans(&body, "here", |_| target(&shape));
            }
        }
    }
}
