//! What holds for every object that the API server keeps as it is.

use super::body::Body;
use super::case_test::*;
use super::shape::{Shape, There};
use crate::domain::model::hold::FlagHold;
use proptest::prelude::*;
use serde_json::{Value, json};

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
