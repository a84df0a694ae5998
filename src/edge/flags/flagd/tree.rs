//! JSON as it was written: order of members, numbers and strings keep their text.
//!
//! Owns parsing a flag into a tree and printing it. A number is never turned into a float and
//! back, so nothing that we do not mean to change changes. Must not know what a flag is.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Deepest nesting that is read.
pub const DEPTH_MAX: usize = 100;
/// Largest single flag that is read, in bytes.
pub const TREE_MAX: usize = 1024 * 1024;

/// A JSON value. No object in it has a member twice.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    /// String, number, true, false or null, as written.
    Scalar(String),
}

/// How a tree is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Everything on one line.
    Compact,
    /// One member a line: line end, indentation of the line the tree begins on, and one step.
    Lines { end: &'static str, base: String, step: String },
}

/// The members of a JSON object as they stand in `text`, doubled ones included.
///
/// # Errors
/// Not JSON, or not an object, as the parser says it.
pub fn members(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    serde_json::from_str::<Members<'_>>(text).map(|members| members.0)
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;
        impl<'de> Visitor<'de> for Walk {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut found = Vec::new();
                while let Some(member) = map.next_entry()? {
                    found.push(member);
                }
                Ok(Members(found))
            }
        }
        deserializer.deserialize_map(Walk)
    }
}

impl Tree {
    /// Reads a JSON value.
    ///
    /// # Errors
    /// A sentence: not JSON, a member twice, too large, nested too deep.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TREE_MAX {
            return Err(format!("it is larger than {TREE_MAX} bytes"));
        }
        // Strings and numbers are decoded once, so that later steps cannot meet one that is not.
        serde_json::from_str::<Value>(text).map_err(|e| e.to_string())?;
        Self::at(text.trim(), DEPTH_MAX)
    }

    fn at(text: &str, depth: usize) -> Result<Self, String> {
        let depth = depth.checked_sub(1).ok_or_else(|| format!("it nests deeper than {DEPTH_MAX}"))?;
        match text.as_bytes().first() {
            Some(b'{') => {
                let members = members(text).map_err(|e| e.to_string())?;
                let mut names = HashSet::new();
                if let Some((twice, _)) = members.iter().find(|(name, _)| !names.insert(name.as_str())) {
                    return Err(format!("it has the member {twice:?} twice; keep one"));
                }
                let tree = |(name, raw): (String, &RawValue)| Ok((name, Self::at(raw.get(), depth)?));
                members.into_iter().map(tree).collect::<Result<_, String>>().map(Self::Object)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|e| e.to_string())?;
                let trees = items.into_iter().map(|raw| Self::at(raw.get(), depth));
                trees.collect::<Result<_, String>>().map(Self::Array)
            }
            _ => Ok(Self::Scalar(text.to_string())),
        }
    }

    /// A string.
    pub fn string(text: &str) -> Self {
        Self::Scalar(Value::from(text).to_string())
    }

    /// An object.
    pub fn object<const N: usize>(members: [(&str, Tree); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, tree)| (name.to_string(), tree)).collect())
    }

    /// The member `name`, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Tree> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, tree)| tree),
            _ => None,
        }
    }

    /// Sets the member `name` in its place, or as the last one. Nothing on what is no object.
    pub fn set(&mut self, name: &str, tree: Tree) {
        let Self::Object(members) = self else { return };
        match members.iter_mut().find(|(n, _)| n == name) {
            Some((_, there)) => *there = tree,
            None => members.push((name.to_string(), tree)),
        }
    }

    /// Takes the member `name` out.
    pub fn remove(&mut self, name: &str) {
        if let Self::Object(members) = self {
            members.retain(|(n, _)| n != name);
        }
    }

    /// The members, if this is an object.
    pub fn members(&self) -> Option<&[(String, Tree)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Scalar(raw) => serde_json::from_str(raw).ok(),
            _ => None,
        }
    }

    /// Whether this is null or an object without members.
    pub fn is_void(&self) -> bool {
        match self {
            Self::Object(members) => members.is_empty(),
            Self::Scalar(raw) => raw == "null",
            Self::Array(_) => false,
        }
    }

    /// How deep it nests; a scalar is 1.
    pub fn depth(&self) -> usize {
        match self {
            Self::Object(members) => 1 + members.iter().map(|(_, t)| t.depth()).max().unwrap_or(0),
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Scalar(_) => 1,
        }
    }

    /// Whether both say the same: order of members, white space, escapes and the way a number is
    /// written do not count.
    pub fn same(&self, other: &Tree) -> bool {
        self == other || self.meaning() == other.meaning()
    }

    /// A value that is equal for trees that say the same.
    fn meaning(&self) -> Value {
        match self {
            Self::Object(members) => {
                let pairs = members.iter().map(|(name, tree)| (name.clone(), tree.meaning()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            Self::Array(items) => Value::Array(items.iter().map(Self::meaning).collect()),
            Self::Scalar(raw) => match raw.as_bytes().first() {
                Some(b'-' | b'0'..=b'9') => Value::from(format!("number {}", number(raw))),
                Some(b'"') => Value::from(format!("string {}", self.text().unwrap_or_default())),
                _ => Value::from(raw.as_str()),
            },
        }
    }

    /// A text that is equal for trees that say the same.
    pub fn canonical(&self) -> String {
        fn sorted(value: &Value) -> Value {
            match value {
                Value::Object(members) => {
                    let members: BTreeMap<&String, Value> =
                        members.iter().map(|(name, value)| (name, sorted(value))).collect();
                    Value::Object(members.into_iter().map(|(name, value)| (name.clone(), value)).collect())
                }
                Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
                scalar => scalar.clone(),
            }
        }
        sorted(&self.meaning()).to_string()
    }

    /// The tree as JSON text.
    pub fn print(&self, layout: &Layout) -> String {
        let mut out = String::new();
        self.write(&mut out, layout, 1);
        out
    }

    fn write(&self, out: &mut String, layout: &Layout, level: usize) {
        let lines = matches!(layout, Layout::Lines { .. });
        match self {
            Self::Object(members) if !members.is_empty() => {
                write_list(out, ['{', '}'], (layout, level), members, |out, (name, tree)| {
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push_str(if lines { ": " } else { ":" });
                    tree.write(out, layout, level + 1);
                });
            }
            Self::Array(items) if !items.is_empty() => {
                write_list(out, ['[', ']'], (layout, level), items, |out, tree| {
                    tree.write(out, layout, level + 1);
                });
            }
            Self::Object(_) => out.push_str("{}"),
            Self::Array(_) => out.push_str("[]"),
            Self::Scalar(raw) => out.push_str(raw),
        }
    }
}

/// A number in one spelling: 1, 1.0 and 10e-1 are the same one. The JSON parser's own floats are
/// not used, because they may be off in the last digit.
fn number(raw: &str) -> String {
    match (raw.parse::<i128>(), raw.parse::<f64>()) {
        (Ok(whole), _) => whole.to_string(),
        (_, Ok(float)) if float.fract() == 0.0 && float.abs() < 9e15 => (float as i64).to_string(),
        (_, Ok(float)) => format!("{float:e}"),
        _ => raw.to_string(),
    }
}

fn write_list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    (layout, level): (&Layout, usize),
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        layout.begin_line(out, level);
        write(out, item);
    }
    layout.begin_line(out, level - 1);
    out.push(close);
}

impl Layout {
    fn begin_line(&self, out: &mut String, level: usize) {
        if let Self::Lines { end, base, step } = self {
            out.push_str(end);
            out.push_str(base);
            out.push_str(&step.repeat(level));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_keep_their_text() {
        let text = r#"{"a":1.10,"b":123456789012345678901234567890,"c":"\u00e9\/","d":[-0.0,1e5,{}]}"#;
        assert_eq!(Tree::parse(text).unwrap().print(&Layout::Compact), text);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (text, why) in [
            (r#"{"a":1,"a":2}"#, "twice"),
            (r#"{"x":{"a":1,"\u0061":2}}"#, "twice"),
            ("{", "EOF"),
            (r#""\ud800""#, "escape"),
            ("1e999", "range"),
            (&"[".repeat(60_000), "recursion"),
            (&format!("{}{}", "[".repeat(110), "]".repeat(110)), "deeper than 100"),
            (&format!("\"{}\"", "x".repeat(TREE_MAX)), "larger than"),
        ] {
            let error = Tree::parse(text).unwrap_err();
            assert!(error.contains(why), "{error} / {why}");
        }
    }

    #[test]
    fn order_and_escapes_do_not_make_a_difference_but_types_do() {
        let tree = |text| Tree::parse(text).unwrap();
        assert!(tree(r#"{"a":1,"b":"\u0061"}"#).same(&tree("{ \"b\": \"a\",\n\"a\":1 }")));
        assert!(!tree("[1,2]").same(&tree("[2,1]")));
        assert!(tree("[1,100]").same(&tree("[1.0,1e2]")));
        assert!(!tree("118297840.76220097").same(&tree("118297840.76220095")));
        assert!(!tree("12345678901234567891").same(&tree("12345678901234567892")));
        assert!(!tree("1").same(&tree("\"1\"")));
        assert!(!tree("\"number 1\"").same(&tree("1")));
        assert!(!tree("{}").same(&tree("null")));
        let canonical = |text| tree(text).canonical();
        assert_eq!(
            canonical(r#"{"a":[1.0,{"x":1,"y":2}],"b":"\u0061"}"#),
            canonical(r#"{"b":"a","a":[1,{"y":2,"x":1}]}"#)
        );
        assert_ne!(canonical("[1,2]"), canonical("[2,1]"));
        assert_ne!(canonical("\"number 1\""), canonical("1"));
    }

    #[test]
    fn lines_are_laid_out_from_the_base() {
        let layout = Layout::Lines { end: "\r\n", base: "\t".into(), step: "\t".into() };
        let text = Tree::parse(r#"{"a":[1,{}],"b":{}}"#).unwrap().print(&layout);
        assert_eq!(text, "{\r\n\t\t\"a\": [\r\n\t\t\t1,\r\n\t\t\t{}\r\n\t\t],\r\n\t\t\"b\": {}\r\n\t}");
    }
}
