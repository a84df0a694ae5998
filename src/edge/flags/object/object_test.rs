//! Flags in objects: what a cut and a restore make of a whole object, without an API server.

use super::case_test::*;
use super::note::Note;
use super::shape::{CONFIG_MAP, OPEN_FEATURE, Shape};
use crate::domain::model::flag::{FlagTarget, Standing};
use crate::domain::model::reason::Code;
use crate::edge::flags::error::Fault;
use crate::edge::kube::client::MANAGER;
use serde_json::{Value, json};

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
