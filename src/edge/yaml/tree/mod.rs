//! From the events of the YAML parser to one JSON value: keys, anchors, merges, tags.
//!
//! Refuses what would lose something silently (duplicate keys) and what could grow without bound
//! (depth, copies by aliases). The meaning of plain scalars is the child's.

pub mod scalar;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 100;

/// What is wrong with a document, and where.
#[derive(Debug)]
pub struct Fault {
    /// Line in the text that was read, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
    /// The text is no YAML at all (it may still be JSON).
    pub syntax: bool,
}

impl Fault {
    /// A fault of meaning, not of syntax.
    pub fn new(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self { line, column, message: message.into(), syntax: false }
    }

    fn at(mark: &Marker, message: impl Into<String>) -> Self {
        Self::new(mark.line(), mark.col() + 1, message)
    }
}

/// Reads a text of one document; `None` if there is nothing in it but comments.
///
/// `copies` is what anchors and aliases may still copy, in bytes; it is lowered by what they do.
///
/// # Errors
/// The first fault found.
pub fn read(text: &str, copies: &mut usize) -> Result<Option<Value>, Fault> {
    let mut tree = Tree { root: None, open: Vec::new(), anchors: HashMap::new(), copies };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault {
            syntax: true,
            ..Fault::at(error.marker(), format!("not YAML: {}", error.info()))
        })?;
        tree.take(event, &span.start)?;
    }
    Ok(tree.root)
}

struct Tree<'c> {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    copies: &'c mut usize,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    body: Body,
}

enum Body {
    List(Vec<Value>),
    Map { map: Map<String, Value>, key: Option<Key>, own: HashSet<String> },
}

enum Key {
    Name(String),
    Merge,
}

impl Tree<'_> {
    fn take(&mut self, event: Event<'_>, mark: &Marker) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Fault::at(mark, "a second document begins here; write `---` on a line of its own"))
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag, mark),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or_else(|| Fault::at(mark, "the anchor's value contains itself"))?;
                self.charge(&value, mark)?;
                self.value(value, false, mark)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, Body::List(Vec::new()), mark),
            Event::MappingStart(anchor, _) => {
                let body = Body::Map { map: Map::new(), key: None, own: HashSet::new() };
                self.begin(anchor, body, mark)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(mark),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        mark: &Marker,
    ) -> Result<(), Fault> {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        let value = match &tag {
            Some(tag) => tagged(&format!("{}{}", tag.handle, tag.suffix), text),
            None if plain => scalar::resolve(text).ok_or_else(|| not_json(text)),
            None => Ok(Value::String(text.to_string())),
        };
        let value = value.map_err(|message| Fault::at(mark, message))?;
        self.keep(anchor, &value, mark)?;
        self.value(value, plain && text == "<<", mark)
    }

    fn begin(&mut self, anchor: usize, body: Body, mark: &Marker) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::at(mark, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if let Some(Open { body: Body::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(Fault::at(mark, "a list or a map cannot be a key; write a string"));
        }
        self.open.push(Open { anchor, body });
        Ok(())
    }

    fn end(&mut self, mark: &Marker) -> Result<(), Fault> {
        let Some(Open { anchor, body }) = self.open.pop() else { return Ok(()) };
        let value = match body {
            Body::List(items) => Value::Array(items),
            Body::Map { map, .. } => Value::Object(map),
        };
        self.keep(anchor, &value, mark)?;
        self.value(value, false, mark)
    }

    /// A whole value has come: it is the document, an item, a key or what stands at a key.
    fn value(&mut self, value: Value, merge: bool, mark: &Marker) -> Result<(), Fault> {
        match self.open.last_mut().map(|open| &mut open.body) {
            None => self.root = Some(value),
            Some(Body::List(items)) => items.push(value),
            Some(Body::Map { map, key, own }) => match key.take() {
                None if merge => *key = Some(Key::Merge),
                None => {
                    let name = scalar::key(&value)
                        .ok_or_else(|| Fault::at(mark, "null, a list or a map cannot be a key; quote it"))?;
                    if !own.insert(name.clone()) {
                        return Err(Fault::at(mark, duplicate(&name)));
                    }
                    *key = Some(Key::Name(name));
                }
                Some(Key::Name(name)) => {
                    map.insert(name, value);
                }
                Some(Key::Merge) => merge_into(map, value).map_err(|m| Fault::at(mark, m))?,
            },
        }
        Ok(())
    }

    fn keep(&mut self, anchor: usize, value: &Value, mark: &Marker) -> Result<(), Fault> {
        if anchor > 0 {
            self.charge(value, mark)?;
            self.anchors.insert(anchor, value.clone());
        }
        Ok(())
    }

    /// Pays for one copy of `value`.
    fn charge(&mut self, value: &Value, mark: &Marker) -> Result<(), Fault> {
        if pay(value, self.copies) {
            return Ok(());
        }
        Err(Fault::at(mark, "anchors and aliases make too much of this text; write it out"))
    }
}

/// Lowers `left` by the size of `value`; false as soon as that is too much.
fn pay(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::String(text) => 64 + text.len(),
        _ => 64,
    };
    *left = left.saturating_sub(own);
    *left > 0
        && match value {
            Value::Array(items) => items.iter().all(|item| pay(item, left)),
            Value::Object(map) => map.iter().all(|(key, item)| {
                *left = left.saturating_sub(64 + key.len());
                pay(item, left)
            }),
            _ => true,
        }
}

/// Merges as kubectl does: in the order of the text, the first map of a list last.
fn merge_into(map: &mut Map<String, Value>, value: Value) -> Result<(), &'static str> {
    const WANTED: &str = "`<<` takes a map or a list of maps";
    let sources = match value {
        Value::Array(items) => items,
        other => vec![other],
    };
    for source in sources.into_iter().rev() {
        match source {
            Value::Object(more) => map.extend(more),
            _ => return Err(WANTED),
        }
    }
    Ok(())
}

fn tagged(tag: &str, text: &str) -> Result<Value, String> {
    let Some(core) = tag.strip_prefix("tag:yaml.org,2002:") else {
        return Ok(Value::String(text.to_string()));
    };
    let value = scalar::resolve(text).ok_or_else(|| not_json(text));
    let fits = match (core, &value) {
        ("int", Ok(Value::Number(number))) => !number.is_f64(),
        ("float", Ok(Value::Number(_)) | Err(_)) => true,
        ("bool", Ok(Value::Bool(_))) | ("null", Ok(Value::Null)) => true,
        ("int" | "float" | "bool" | "null", _) => false,
        ("binary", _) => return Err("`!!binary` is not read; write the text itself".to_string()),
        _ => return Ok(Value::String(text.to_string())),
    };
    if fits { value } else { Err(format!("cannot decode `{text}` as a !!{core}")) }
}

fn not_json(text: &str) -> String {
    format!("`{text}` is no JSON number; write a finite one, or quote it")
}

fn duplicate(name: &str) -> String {
    let hint = match name {
        "true" => " (an unquoted y, yes or on is the boolean true; quote it if a word is meant)",
        "false" => " (an unquoted n, no or off is the boolean false; quote it if a word is meant)",
        _ => "",
    };
    format!("the key `{name}` stands twice in this map; keep one{hint}")
}
