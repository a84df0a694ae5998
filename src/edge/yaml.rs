//! YAML text in and out: the one file that names the YAML crate.
//!
//! Owns reading text as kubectl does: YAML 1.1 plain scalars by the rules of go-yaml v2 (an
//! unquoted `off` is a boolean), one JSON value per document, bounded in size, duplicate keys
//! refused. Must not know what a document means.

use serde::Serialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Largest text that is read, in bytes.
pub const TEXT_MAX: usize = 8 * 1024 * 1024;

/// Most values and bytes of strings that one document may expand to: an anchor that is used
/// over and over cannot grow beyond it.
const EXPANSION_MAX: usize = 16 * 1024 * 1024;

/// One document of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Line of the text on which the document begins, from 1.
    pub line: usize,
    /// What it says, or a sentence with line and column on why it cannot be read.
    pub value: Result<Value, String>,
    /// Booleans that were written otherwise than `true` and `false`, by the path of the field.
    pub spelled: BTreeMap<String, String>,
}

/// The documents of `text`; those without content are left out. A document that cannot be read
/// does not hide the others.
///
/// # Errors
/// The text is larger than [`TEXT_MAX`].
pub fn read(text: &str) -> Result<Vec<Document>, String> {
    if text.len() > TEXT_MAX {
        return Err(format!("it is larger than {} MiB; split it", TEXT_MAX / 1024 / 1024));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(split(text).into_iter().filter_map(|(line, chunk)| document(line, &chunk)).collect())
}

/// What a text of one document says; null if it has no content.
///
/// # Errors
/// A sentence: it cannot be read, or there is more than one document.
pub fn to_value(text: &str) -> Result<Value, String> {
    let mut documents = read(text)?;
    match documents.len() {
        0 => Ok(Value::Null),
        1 => documents.remove(0).value,
        count => Err(format!("it holds {count} documents; keep one")),
    }
}

/// The text of a value, read back as the same by [`read`] and by every YAML 1.1 or 1.2 reader.
///
/// # Errors
/// A sentence: the value has no YAML form, such as a map whose keys are no strings.
pub fn to_string(value: &impl Serialize) -> Result<String, String> {
    let mut value = serde_json::to_value(value).map_err(|e| e.to_string())?;
    let plain = value.to_string();
    let mark = ('\u{e000}'..'\u{f8ff}').find(|mark| !plain.contains(*mark));
    let mark = mark.ok_or_else(|| "it uses every character of the private use area".to_string())?;
    mark_strings(&mut value, mark);
    let text = serde_yaml::to_string(&value).map_err(|e| e.to_string())?;
    Ok(text.replace(mark, "'"))
}

/// Marks strings at both ends that stand plain in the text and that some reader would take for
/// something else; the crate itself quotes only what YAML 1.2 demands.
fn mark_strings(value: &mut Value, mark: char) {
    match value {
        Value::String(text) if is_ambiguous(text) => *text = format!("{mark}{text}{mark}"),
        Value::Array(items) => items.iter_mut().for_each(|item| mark_strings(item, mark)),
        Value::Object(object) => {
            let marked = std::mem::take(object).into_iter().map(|(key, mut value)| {
                mark_strings(&mut value, mark);
                (if is_ambiguous(&key) { format!("{mark}{key}{mark}") } else { key }, value)
            });
            *object = marked.collect();
        }
        _ => {}
    }
}

/// Words that YAML 1.1 takes for booleans, null, numbers, times or merge keys.
fn is_ambiguous(text: &str) -> bool {
    let timely = |c: char| c.is_ascii_digit() || "-+.:_TtZz".contains(c);
    let number_like = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let temporal = number_like && text.chars().all(timely) && text.chars().any(|c| c.is_ascii_digit());
    matches!(text, "<<" | "=") || temporal || (!text.is_empty() && plain(text) != *text)
}

/// Splits at lines that begin a document (`---`) or end one (`...`), keeping line numbers.
fn split(text: &str) -> Vec<(usize, String)> {
    let mut chunks = vec![(1, String::new())];
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let begins = marker(line, "---");
        let rest = begins.or_else(|| marker(line, "..."));
        if rest.is_some() {
            chunks.push((index + 1, String::new()));
        }
        let blank = chunks.last().is_none_or(|(_, chunk)| chunk.trim().is_empty());
        if let Some((_, chunk)) = chunks.last_mut() {
            match rest {
                Some(rest) => chunk.push_str(&format!("   {rest}")),
                None if line.starts_with('%') && blank => chunk.push('\n'),
                None => chunk.push_str(line),
            }
        }
    }
    chunks
}

fn marker<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(marker)?;
    (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])).then_some(rest)
}

fn document(line: usize, chunk: &str) -> Option<Document> {
    let content = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    if !chunk.lines().any(content) {
        return None;
    }
    let walk = Walk { text: chunk, left: RefCell::new(EXPANSION_MAX), ..Walk::default() };
    let value = Node { walk: &walk, is_key: false }
        .deserialize(serde_yaml::Deserializer::from_str(chunk))
        .map_err(|error| located(&error, line));
    match value {
        Ok(Value::Null) => None,
        value => Some(Document { line, value, spelled: walk.spelled.into_inner() }),
    }
}

/// The crate's message, its position as one in the whole text.
fn located(error: &serde_yaml::Error, first: usize) -> String {
    let text = error.to_string();
    let Some(at) = error.location() else { return text };
    let bare = text.split(" at line ").next().unwrap_or(&text);
    format!("line {}, column {}: {bare}", first + at.line().saturating_sub(1), at.column())
}

/// What is known while one document is walked.
#[derive(Default)]
struct Walk<'t> {
    text: &'t str,
    left: RefCell<usize>,
    path: RefCell<Vec<String>>,
    /// The key that was just read is a plain `<<`.
    merges: Cell<bool>,
    spelled: RefCell<BTreeMap<String, String>>,
}

impl Walk<'_> {
    fn spend<E: de::Error>(&self, cost: usize) -> Result<(), E> {
        let mut left = self.left.borrow_mut();
        *left = left.checked_sub(cost + 1).ok_or_else(|| E::custom("its anchors expand to too much"))?;
        Ok(())
    }

    /// Whether a scalar, borrowed from the text, stands there without quotes and without a tag.
    fn is_plain(&self, scalar: &str) -> bool {
        let start = (scalar.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let Some(before) = self.text.get(..start) else { return false };
        if before.ends_with(['"', '\'']) {
            return false;
        }
        let line = before.rsplit('\n').next().unwrap_or("");
        let mut properties =
            line.split_whitespace().rev().map(|word| word.trim_start_matches(['[', '{', ',']));
        let tag = properties.find(|word| !word.starts_with('&'));
        !tag.is_some_and(|word| word.starts_with('!') && !word.ends_with(':'))
    }

    fn note_spelling(&self, word: &str, value: &Value) {
        if value.is_boolean() && !matches!(word, "true" | "false") {
            let path = self.path.borrow().concat();
            let path = path.strip_prefix('.').unwrap_or(&path).to_string();
            self.spelled.borrow_mut().insert(path, word.to_string());
        }
    }
}

/// Reads one node of a document.
#[derive(Clone, Copy)]
struct Node<'w, 't> {
    walk: &'w Walk<'t>,
    is_key: bool,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a tag")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.walk.spend(0).map(|()| Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.walk.spend(0).map(|()| Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.walk.spend(0).map(|()| value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.walk.spend(0).map(|()| value.into())
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        self.walk.spend(0)?;
        number(value).ok_or_else(|| E::custom(format!("{value} has no place in JSON")))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.walk.spend(value.len())?;
        Ok(Value::String(value.to_string()))
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Value, E> {
        self.walk.spend(value.len())?;
        if !self.walk.is_plain(value) {
            return Ok(Value::String(value.to_string()));
        }
        let resolved = plain(value);
        match self.is_key {
            true => self.walk.merges.set(value == "<<"),
            false => self.walk.note_spelling(value, &resolved),
        }
        Ok(resolved)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.walk.spend(0)?;
        let mut items = Vec::new();
        loop {
            self.walk.path.borrow_mut().push(format!("[{}]", items.len()));
            let item = seq.next_element_seed(Node { is_key: false, ..self })?;
            self.walk.path.borrow_mut().pop();
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.walk.spend(0)?;
        let mut object = Map::new();
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key_seed(Node { is_key: true, ..self })? {
            let merges = self.walk.merges.take();
            let key = key_text(&key).map_err(de::Error::custom)?;
            if !merges && !seen.insert(key.clone()) {
                return Err(de::Error::custom(format!("the key {key:?} is given twice")));
            }
            self.walk.path.borrow_mut().push(format!(".{key}"));
            let value = map.next_value_seed(Node { is_key: false, ..self })?;
            self.walk.path.borrow_mut().pop();
            match merges {
                true => merge(&mut object, value).map_err(de::Error::custom)?,
                false => drop(object.insert(key, value)),
            }
        }
        Ok(Value::Object(object))
    }
}

/// A merge key acts where it stands: over the keys before it, under those after it. (YAML would
/// let every key of the map win; kubectl does not.)
fn merge(object: &mut Map<String, Value>, value: Value) -> Result<(), String> {
    match value {
        Value::Object(other) => {
            object.extend(other);
            Ok(())
        }
        Value::Array(items) => items.into_iter().rev().try_for_each(|item| merge(object, item)),
        _ => Err("`<<` merges a map or a list of maps".to_string()),
    }
}

/// The text of a key: booleans and numbers as JSON writes them.
fn key_text(key: &Value) -> Result<String, String> {
    match key {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(key.to_string()),
        _ => Err("a key is no plain word".to_string()),
    }
}

/// A plain scalar by the rules of go-yaml v2.
fn plain(text: &str) -> Value {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            numeric(&text.replace('_', "")).unwrap_or_else(|| text.into())
        }
        _ => text.into(),
    }
}

/// A number as Go's `ParseInt(text, 0, 64)` and go-yaml's float pattern know them.
fn numeric(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let whole = body.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| u64::from_str_radix(body, radix));
    if let Some(Ok(magnitude)) = whole {
        return match (negative, i64::try_from(magnitude)) {
            (true, Ok(magnitude)) => Some((-magnitude).into()),
            (false, _) => Some(magnitude.into()),
            (true, Err(_)) => number(-(magnitude as f64)),
        };
    }
    is_float(digits).then(|| text.parse().ok().and_then(number)).flatten()
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && digits(exponent)
        && !exponent.is_empty()
        && whole.len() + fraction.len() > 0
}

/// A finite number, whole ones as integers, as Go's JSON writes them.
fn number(value: f64) -> Option<Value> {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return Some((value as i64).into());
    }
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
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
        let documents =
            read("# 中文 !x\non: 1\nspec:\n  list: [{fallback: off}, {fallback: true}]\n").unwrap();
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
            "!a", "&a", "*a", "a: b", "a #b", "'", "\"", "\n", " a", "a ", "\ta", "a\n\nb", "\n a\n", "%x",
            "@", "`", "\u{e000}", "库存", "\u{85}", "\u{2028}", "\u{feff}", "a\r\nb", "\0",
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
}
