use super::*;
use proptest::prelude::*;
use serde_json::json;

fn one(text: &str) -> Result<Value, String> {
    from_str(text).map_err(|error| error.to_string())
}

#[test]
fn unquoted_words_are_booleans_and_quoted_ones_stay_strings() {
    let text = "a: off\nb: \"off\"\nc: 'on'\nd: |\n  yes\ne: !!str no\nf: >-\n  off\non: 1\n";
    let read = one(text).unwrap();
    let want = json!({"a": false, "b": "off", "c": "on", "d": "yes\n", "e": "no", "f": "off", "true": 1});
    assert_eq!(read, want);
}

#[test]
fn a_broken_document_does_not_lose_the_others() {
    let text = "# head\n---\na: 1\n---\n# only a comment\n--- # named\nb: [1\nc: }\n---\n\nd: 4\n";
    let all = documents(text);
    let lines: Vec<_> = all.iter().map(|d| (d.index, d.line)).collect();
    assert_eq!(lines, [(1, 3), (2, 7), (3, 11)]);
    assert_eq!(all[0].value.as_ref().unwrap(), &json!({"a": 1}));
    assert_eq!(all[2].value.as_ref().unwrap(), &json!({"d": 4}));
    let error = all[1].value.as_ref().unwrap_err().to_string();
    assert!(error.starts_with("document 2, line "), "{error}");
}

#[test]
fn errors_name_document_line_and_column() {
    let table = [
        ("a: 1\n---\nb: {x: 1, x: 2}\n", "document 2, line 3, column 11: the key `x` stands twice"),
        ("on: 1\nyes: 2\n", "document 1, line 2, column 1: the key `true` stands twice"),
        ("a: .nan\n", "document 1, line 1, column 4: `.nan` is no JSON number"),
        ("a: &a [*a]\n", "document 1, line 1, column 8: the anchor's value contains itself"),
        ("? [a]\n: 1\n", "document 1, line 1, column 3: a list or a map cannot be a key"),
        ("~: 1\n", "document 1, line 1, column 1: null, a list or a map cannot be a key"),
        ("<<: 5\n", "document 1, line 1, column 5: `<<` takes a map"),
        ("a: !!int x\n", "document 1, line 1, column 4: cannot decode `x` as a !!int"),
        ("a: 1\n--- {b: 2}\n", "document 2, line 2, column 5: kubectl takes no text after `---`"),
        ("a: 1\n...\nb: 2\n", "document 1, line 3, column 1: "),
        ("a:\n\t- b\n", "document 1, line 2"),
        ("a: *nowhere\n", "document 1, line 1"),
    ];
    for (text, want) in table {
        let errors: Vec<_> = documents(text).into_iter().filter_map(|d| d.value.err()).collect();
        let error = errors[0].to_string();
        assert!(error.starts_with(want), "{text:?}: {error}");
    }
}

#[test]
fn merge_keys_follow_kubectl() {
    let text = "x: &x {a: 1, b: 1}\nlater: {a: 2, <<: *x}\nbefore: {<<: *x, a: 2}\n\
                list: {<<: [{a: 5}, {a: 6}]}\nboth: {<<: {a: 1}, <<: {b: 1}}\nplain: {\"<<\": 1}\n";
    let read = one(text).unwrap();
    assert_eq!(read["later"], json!({"a": 1, "b": 1}));
    assert_eq!(read["before"], json!({"a": 2, "b": 1}));
    assert_eq!(read["list"], json!({"a": 5}));
    assert_eq!(read["both"], json!({"a": 1, "b": 1}));
    assert_eq!(read["plain"], json!({"<<": 1}));
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for n in 1..30 {
        let alias = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![alias; 9].join(", ")));
    }
    let error = one(&text).unwrap_err();
    assert!(error.contains("anchors and aliases make too much"), "{error}");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 99].join(", "));
    assert!(one(&long).unwrap_err().contains("too much"));
    let nested = format!("{}x{}", "&a [".repeat(90), "]".repeat(90));
    assert!(one(&nested).is_ok(), "anchors alone are no bomb");
}

#[test]
fn size_and_depth_are_bounded() {
    assert!(matches!(from_str::<Value>(&" ".repeat(MAX_BYTES + 1)), Err(YamlError::Size { .. })));
    assert!(one(&"[".repeat(1 << 20)).unwrap_err().contains("recursion limit"));
    assert!(one(&format!("{}{}", "[".repeat(101), "]".repeat(101))).unwrap_err().contains("nested deeper"));
    assert!(one(&"- ".repeat(1 << 16)).unwrap_err().contains("nested deeper"));
}

#[test]
fn json_and_windows_line_ends_and_a_byte_order_mark_are_read() {
    assert_eq!(one("\u{feff}a: 1\r\nb:\r\n- x\r\n").unwrap(), json!({"a": 1, "b": ["x"]}));
    let two = documents("{\"a\":\t1}\n{\"b\": 2}");
    assert_eq!(two.len(), 2);
    assert_eq!((two[1].index, two[1].line), (2, 2));
    assert_eq!(two[1].value.as_ref().unwrap(), &json!({"b": 2}));
    assert!(one("{\"a\": 1, \"a\": 2}").unwrap_err().contains("stands twice"));
}

#[test]
fn one_document_is_wanted_and_it_must_fit() {
    assert!(matches!(from_str::<Value>("# nothing\n"), Err(YamlError::Count { found: 0 })));
    assert!(matches!(from_str::<Value>("a: 1\n---\nb: 2\n"), Err(YamlError::Count { found: 2 })));
    let wrong = from_str::<std::collections::BTreeMap<String, u8>>("\na: x\n").unwrap_err();
    assert!(wrong.to_string().contains("line 2"), "{wrong}");
}

#[test]
fn strings_that_look_like_something_else_come_out_quoted() {
    for text in [
        "off",
        "on",
        "yes",
        "No",
        "y",
        "N",
        "1e3",
        "0x1F",
        "010",
        "1_000",
        "~",
        "",
        "null",
        "1:30",
        "=",
        "<<",
        "2026-01-01",
        ".5",
        "-",
        "- a",
        "a: b",
        "a #b",
        " a",
        "a ",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x",
        "{a}",
        "[a]",
        "a\n",
        "\n",
        "\ta",
        "a\u{85}b",
        "\u{feff}",
        "\u{2028}",
        "a\r\nb",
        "0o7",
        "---",
        "...",
        "?",
        "'",
        "\"",
    ] {
        let written = to_string(&json!({"k": text, text: [text]})).unwrap();
        assert!(!written.contains(&format!("k: {text}\n")), "{written}");
        assert_eq!(one(&written).unwrap(), json!({"k": text, text: [text]}), "{written}");
    }
}

#[test]
fn what_people_write_plain_comes_out_plain() {
    let value = json!({"kind": "HealthPolicy", "interval": "90s", "for": "1h30m", "services": ["order-api"],
        "text": "two words, plain", "note": "a\n  b\n\nc\n", "none": {}, "empty": [], "deep": [[1, {"a": null}]]});
    let want = "kind: HealthPolicy\ninterval: 90s\nfor: 1h30m\nservices:\n- order-api\ntext: two words, plain\n\
                note: |\n  a\n    b\n\n  c\nnone: {}\nempty: []\ndeep:\n- - 1\n  - a: null\n";
    assert_eq!(to_string(&value).unwrap(), want);
    assert_eq!(one(want).unwrap(), value);
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-z0-9_.:#, -]{0,12}",
        "[ \n\t|>x-]{0,10}",
        "[xX0-9a-fobe_+.-]{0,8}",
        "x{0,1300}"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(|f| Value::from(f.floor() + 0.5)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_reads_back_the_same(value in any_value()) {
        let written = to_string(&value).unwrap();
        prop_assert_eq!(one(&written), Ok(value), "{}", written);
    }

    #[test]
    fn no_text_panics(text in any::<String>(), yaml in "[-a:&*<>|{},\\[\\]!'\"#%? \n\t.0-9]{0,60}") {
        documents(&text);
        documents(&yaml);
    }
}
