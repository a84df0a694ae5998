//! YAML as kubectl reads it, and what is written read back as it was.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn one(text: &str) -> Value {
    let documents = read(text).unwrap();
    assert_eq!(documents.len(), 1, "{text}");
    documents[0].value.clone().unwrap()
}

#[test]
fn plain_scalars_are_those_of_kubectl() {
    for (text, expected) in [
        ("off", json!(false)),
        ("\"off\"", json!("off")),
        ("'off'", json!("off")),
        ("!!str off", json!("off")),
        ("off   # a comment", json!(false)),
        ("offline", json!("offline")),
        ("y", json!(true)),
        ("No", json!(false)),
        ("~", Value::Null),
        ("Null", Value::Null),
        ("010", json!(8)),
        ("08", json!(8)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("0b11", json!(3)),
        ("1_000", json!(1000)),
        ("1_000.5", json!(1000.5)),
        ("1e3", json!(1000)),
        ("1.0", json!(1)),
        (".5", json!(0.5)),
        ("-12", json!(-12)),
        ("0.15", json!(0.15)),
        ("1.2.3", json!("1.2.3")),
        ("30s", json!("30s")),
        ("1:30", json!("1:30")),
        ("2026-11-10", json!("2026-11-10")),
        ("18446744073709551615", json!(18446744073709551615_u64)),
    ] {
        assert_eq!(one(&format!("a: {text}\n"))["a"], expected, "{text}");
        assert_eq!(one(&format!("# 库存\na: [{text}\n  , b]\n"))["a"][0], expected, "{text} in a list");
    }
}

#[test]
fn the_spelling_of_booleans_is_kept_for_the_fix() {
    let documents = read("# 中文 !x\non: 1\nspec:\n  list: [{fallback: off}, {fallback: true}]\n").unwrap();
    assert_eq!(documents[0].value.clone().unwrap()["true"], 1);
    assert_eq!(documents[0].spelled, [("spec.list[0].fallback".to_string(), "off".to_string())].into());
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let documents = read("a: 1\n---\nb: [1\n---\n# only a comment\n--- {c: 3}\n...\n").unwrap();
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0].value, Ok(json!({"a": 1})));
    let error = documents[1].value.clone().unwrap_err();
    assert!(error.starts_with("line "), "{error}");
    assert_eq!(documents[2].value, Ok(json!({"c": 3})));
    assert_eq!(documents[2].line, 6);
}

#[test]
fn what_kubectl_would_hide_is_refused() {
    for (text, expected) in [
        ("a: 1\nb: 2\na: 3\n", "given twice"),
        ("a: {x: 1, x: 2}", "given twice"),
        ("yes: 1\ntrue: 2\n", "given twice"),
        ("a: .nan", "no place in JSON"),
        ("a: !secret x", "without a tag"),
        ("a: *nowhere", "unknown anchor"),
        ("~: 1", "no plain word"),
        ("{{service}}: 1", "a key is no plain word"),
    ] {
        let error = read(text).unwrap()[0].value.clone().unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn anchors_and_merge_keys_work_and_cannot_explode() {
    let merged = one("base: &b {x: 1, y: 2}\nall: {<<: *b, y: 3}\n");
    assert_eq!(merged["all"], json!({"x": 1, "true": 3}));
    let text = "b: &b {x: 1, z: 1}\nlater: {x: 2, <<: *b}\nlist: {<<: [{x: 5}, {x: 6}]}\nboth: {<<: {x: 1}, <<: {z: 1}}\n";
    let merged = one(text);
    assert_eq!(merged["later"], json!({"x": 1, "z": 1}), "as kubectl has it");
    assert_eq!(merged["list"], json!({"x": 5}));
    assert_eq!(merged["both"], json!({"x": 1, "z": 1}));
    let mut bomb = format!("a0: &a0 \"{}\"\n", "x".repeat(100_000));
    for i in 1..9 {
        let refs = vec![format!("*a{}", i - 1); 9].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    assert!(read(&bomb).unwrap()[0].value.is_err());
    assert!(read(&"[".repeat(100_000)).unwrap()[0].value.is_err());
    assert!(read(&"x".repeat(TEXT_MAX + 1)).is_err());
}

#[test]
fn what_people_read_is_not_quoted_needlessly() {
    let text =
        to_string(&json!({"fallback": "off", "interval": "30s", "at": "2026-11-10T16:00:00Z", "no": 3}));
    assert_eq!(text.unwrap(), "fallback: 'off'\ninterval: 30s\nat: '2026-11-10T16:00:00Z'\n'no': 3\n");
}

fn json_value() -> impl Strategy<Value = Value> {
    let words = proptest::sample::select(vec![
        "off", "y", "NO", "~", "null", "<<", "=", "010", "0x1f", "1_0", "1:30", "1e3", "-", "---", "...",
        "!a", "&a", "*a", "a: b", "a #b", "'", "\"", "\n", " a", "a ", "\ta", "a\n\nb", "\n a\n", "%x", "@",
        "`", "\u{e000}", "库存", "\u{85}", "\u{2028}", "\u{feff}", "a\r\nb", "\0",
    ]);
    let text = prop_oneof![words.prop_map(str::to_string), "\\PC{0,12}", "[-+.0-9a-zA-Z_:]{0,6}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(|x| Value::from((x * 8.0).floor() / 8.0 + 0.0625)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(value in json_value()) {
        let value = json!({ "root": value });
        let text = to_string(&value).unwrap();
        let documents = read(&text).unwrap();
        prop_assert_eq!(documents.len(), 1, "{}", text);
        prop_assert_eq!(documents[0].value.clone(), Ok(value), "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|[-:\\[\\]{},#&*!|>'\"%@` \n\t]){0,60}") {
        let _ = read(&text);
    }
}
