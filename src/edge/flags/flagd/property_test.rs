//! What holds for every flag and every document.

use super::*;
use crate::domain::model::flag::FlagTarget;
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Exact ones: the parser these tests compare with may be off in the last digit.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        "[a-z\"\\\\\u{e9}\n$ ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z$\"]{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-z$]{1,4}", json_value()), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// Anything that has the form of a rule: objects in it have one member at most.
fn rule() -> impl Strategy<Value = Value> {
    fn thin(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                Value::Object(members.into_iter().take(1).map(|(name, value)| (name, thin(value))).collect())
            }
            Value::Array(items) => items.into_iter().map(thin).collect(),
            other => other,
        }
    }
    object().prop_map(thin)
}

/// A flag that can be cut to `off`, members in any order.
fn flag() -> impl Strategy<Value = Value> {
    let metadata = prop_oneof![Just(None), Just(Some(Value::Null)), object().prop_map(Some)];
    let targeting = prop_oneof![Just(None), Just(Some(Value::Null)), rule().prop_map(Some)];
    (json_value(), json_value(), metadata, targeting, any::<[u8; 6]>(), json_value()).prop_map(
        |(on, off, metadata, targeting, order, extra)| {
            let mut members = vec![
                ("state", json!("ENABLED")),
                ("variants", json!({"on": on, "off": off})),
                ("defaultVariant", json!("on")),
                ("x", extra),
            ];
            members.extend(metadata.map(|m| ("metadata", m)));
            members.extend(targeting.map(|t| ("targeting", t)));
            let mut keyed: Vec<_> = order.into_iter().zip(members).collect();
            keyed.sort_by_key(|(order, _)| *order);
            Value::Object(keyed.into_iter().map(|(_, (name, value))| (name.to_string(), value)).collect())
        },
    )
}

/// The text before the flag, the flag's text, and the text after it.
fn document() -> impl Strategy<Value = (String, String, String)> {
    (flag(), json_value(), any::<bool>(), any::<bool>(), 0..4usize).prop_map(
        |(flag, other, pretty, bom, spaces)| {
            let print = |v: &Value| if pretty { format!("{v:#}") } else { v.to_string() };
            let space = if pretty { "\r\n" } else { " " }.repeat(spaces);
            let bom = if bom { "\u{feff}" } else { "" };
            let before = format!(
                "{bom}{space}{{{space}\"o\":{},\"flags\":{{\"a\":{},{space}\"check\":",
                print(&other),
                print(&other)
            );
            let after = format!("{space},\"z\":{}}}}}{space}", print(&other));
            (before, print(&flag), after)
        },
    )
}

fn hold(pre_image: &str, deadline: Option<i64>) -> FlagHold {
    FlagHold {
        target: FlagTarget {
            provider: "flags".into(),
            store: "file".into(),
            endpoint: "/flags.json".into(),
            project: None,
            object: None,
            key: "check".into(),
        },
        installation: "here".into(),
        pre_image: pre_image.into(),
        uid: None,
        fallback: "off".into(),
        deadline: deadline.and_then(DateTime::from_timestamp_millis),
        claims: Vec::new(),
        created: None,
    }
}

fn deadline() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(0..4_000_000_000_000i64)
}

fn state(text: &str, hold: Option<&FlagHold>) -> FlagState {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let asked = Asked { key: "check", fallback: "off", hold, installation: "here", now };
    look(text, &asked).unwrap().unwrap()
}

fn cut_is_on(standing: &Standing) -> bool {
    matches!(standing, Standing::Cut { .. } | Standing::CutAndEdited(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn cut_then_restore_is_the_same_text_to_the_byte((before, node, after) in document(), end in deadline(), more in deadline()) {
        let text = format!("{before}{node}{after}");
        prop_assert_eq!(state(&text, None).standing, Standing::Free);
        let held = hold(&node, end);
        let cut_text = cut(&text, &held, &node).unwrap().unwrap();
        prop_assert!(cut_text.starts_with(&before) && cut_text.ends_with(&after));
        serde_json::from_str::<Value>(cut_text.trim_start_matches('\u{feff}')).unwrap();
        let seen = state(&cut_text, Some(&held));
        prop_assert_eq!(&seen.standing, &Standing::Cut { fallback: "off".into(), until: wrapper::written(held.deadline) });
        prop_assert_eq!(original(&seen.document, &held).unwrap(), node.clone());
        prop_assert_eq!(restore(&cut_text, &held, &seen.document).unwrap().unwrap(), text.clone());

        let longer = hold(&node, more);
        let extended = cut(&cut_text, &longer, &seen.document).unwrap().unwrap_or(cut_text);
        let seen = state(&extended, Some(&longer));
        prop_assert_eq!(&seen.standing, &Standing::Cut { fallback: "off".into(), until: wrapper::written(longer.deadline) });
        prop_assert_eq!(restore(&extended, &longer, &seen.document).unwrap().unwrap(), text);
    }

    #[test]
    fn an_edit_inside_the_wrapper_survives((before, node, after) in document(), end in deadline(), rule in object()) {
        let held = hold(&node, end);
        let text = cut(&format!("{before}{node}{after}"), &held, &node).unwrap().unwrap();
        let seen = state(&text, Some(&held));
        let mut edited: Value = serde_json::from_str(&seen.document).unwrap();
        let parts = edited["targeting"]["if"].as_array_mut().unwrap();
        parts.truncate(2);
        parts.push(rule.clone());
        let text = format!("{before}{edited}{after}");
        let seen = state(&text, Some(&held));
        prop_assert!(matches!(seen.standing, Standing::Cut { .. }), "{:?}", seen.standing);
        let told = original(&seen.document, &held).unwrap();
        let restored = restore(&text, &held, &seen.document).unwrap().unwrap();
        let found: Value = serde_json::from_str(&state(&restored, None).document).unwrap();
        prop_assert_eq!(&found["targeting"], &rule);
        prop_assert_eq!(found, serde_json::from_str::<Value>(&told).unwrap());
        let held = FlagHold { pre_image: told, ..held };
        prop_assert_eq!(state(&restored, Some(&held)).standing, Standing::Free);
    }

    #[test]
    fn an_edit_anywhere_is_kept_or_nothing_is_written((before, node, after) in document(), end in deadline(), place in any::<prop::sample::Index>(), value in json_value()) {
        let held = hold(&node, end);
        let cut_text = cut(&format!("{before}{node}{after}"), &held, &node).unwrap().unwrap();
        let mut edited: Value = serde_json::from_str(&state(&cut_text, Some(&held)).document).unwrap();
        let members = edited.as_object_mut().unwrap();
        let name = members.keys().nth(place.index(members.len())).unwrap().clone();
        members.insert(name.clone(), value.clone());
        let text = format!("{before}{edited}{after}");
        let seen = state(&text, Some(&held));
        match restore(&text, &held, &seen.document) {
            Ok(None) => prop_assert_eq!(seen.standing, Standing::Free),
            Err(error) => {
                prop_assert!(matches!(error, Fault::Conflict(_)), "{error:?}");
                prop_assert!(matches!(seen.standing, Standing::Foreign(_)));
            }
            Ok(Some(restored)) => {
                prop_assert!(cut_is_on(&seen.standing));
                prop_assert!(restored.starts_with(&before) && restored.ends_with(&after));
                let found: Value = serde_json::from_str(&state(&restored, None).document).unwrap();
                if name != "targeting" && name != "metadata" {
                    prop_assert_eq!(&found[&name], &value);
                }
            }
        }
    }

    #[test]
    fn every_text_has_a_standing(node in prop_oneof![json_value().prop_map(|v| v.to_string()), flag().prop_map(|v| v.to_string()), ".{0,40}"], pre_image in prop_oneof![flag().prop_map(|v| v.to_string()), ".{0,20}"], end in deadline()) {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let held = hold(&pre_image, end);
        for hold in [None, Some(&held)] {
            let asked = Asked { key: "check", fallback: "off", hold, installation: "here", now };
            let standing = standing::classify(&node, &asked);
            prop_assert!(!cut_is_on(&standing), "nothing of ours is on it: {standing:?}");
        }
    }

    #[test]
    fn no_text_makes_an_editor_panic(text in ".{0,60}", key in "[a-z]{0,2}") {
        let held = FlagHold { target: FlagTarget { key: key.clone(), ..hold("{}", None).target }, ..hold("{}", None) };
        let _ = cut(&text, &held, &text);
        let _ = restore(&text, &held, &text);
        let _ = crate::edge::flags::format::Format::detect(&text);
        let _ = crate::edge::flags::key_value::cut(&text, &held, &text);
    }
}
