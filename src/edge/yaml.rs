//! YAML text in and out: the one file that names the YAML crate.
//!
//! Owns reading text as kubectl does: YAML 1.1 plain scalars by the rules of go-yaml v2 (an
//! unquoted `off` is a boolean), one JSON value per document, bounded in size, duplicate keys
//! refused. Must not know what a document means.

mod scalar;

use self::scalar::{is_ambiguous, number, plain};
use serde::Serialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
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

#[cfg(test)]
mod tests;
