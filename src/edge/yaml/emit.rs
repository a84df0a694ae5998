//! Writes a JSON value as block YAML that every YAML 1.1 and 1.2 reader reads back the same.
//!
//! A string is left plain only where no reader can take it for anything else; everything doubtful
//! is quoted, text of several lines becomes a literal block. Must not know what the values mean.

use serde_json::{Map, Value};

/// Longest key on one line, in bytes: readers refuse a simple key beyond 1024 characters.
const MAX_SIMPLE_KEY: usize = 200;

/// The text of `value`, with a line feed at its end.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => object(map, 0, &mut out),
        Value::Array(items) if !items.is_empty() => array(items, 0, &mut out),
        other => {
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
    out
}

/// Entries of a map, each on its line; the caller has written the first line's indent.
fn object(map: &Map<String, Value>, indent: usize, out: &mut String) {
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            pad(indent, out);
        }
        let key = string(key);
        if key.len() > MAX_SIMPLE_KEY {
            out.push_str(&format!("? {key}\n"));
            pad(indent, out);
            out.push(':');
        } else {
            out.push_str(&format!("{key}:"));
        }
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                pad(indent + 2, out);
                object(inner, indent + 2, out);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                pad(indent, out);
                array(items, indent, out);
            }
            other => leaf(other, indent + 2, out),
        }
    }
}

/// Items of a list, each behind its dash; the caller has written the first line's indent.
fn array(items: &[Value], indent: usize, out: &mut String) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pad(indent, out);
        }
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                object(map, indent + 2, out);
            }
            Value::Array(inner) if !inner.is_empty() => {
                out.push(' ');
                array(inner, indent + 2, out);
            }
            other => leaf(other, indent + 2, out),
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// What ends a line, after `key:` or `-`.
fn leaf(value: &Value, indent: usize, out: &mut String) {
    out.push(' ');
    match value {
        Value::String(text) if is_block(text) => block(text, indent, out),
        other => {
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        other => other.to_string(),
    }
}

/// Whether `text` can stand as a literal block without indentation indicator.
fn is_block(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    body.contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.chars().all(|c| c == '\n' || is_printable(c))
}

fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            pad(indent, out);
        }
        out.push_str(line);
        out.push('\n');
    }
}

fn string(text: &str) -> String {
    if is_plain(text) { text.to_string() } else { quoted(text) }
}

/// Whether no reader takes the unquoted text for anything but this string.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let last = text.chars().next_back().unwrap_or(first);
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    // No number of any base ends in a unit, so `90s` and `1h30m` need no quotes.
    let duration = first.is_ascii_digit()
        && matches!(last, 's' | 'm' | 'h')
        && text.chars().all(|c| c.is_ascii_alphanumeric());
    if duration {
        return true;
    }
    let words = text.split(' ').all(|word| {
        word.trim_end_matches(',').chars().all(safe) && word.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    first.is_ascii_alphabetic() && safe(last) && words && !is_word(text)
}

/// Booleans and null of any reader, in any letter case.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A double-quoted scalar: the escapes of JSON, and those YAML wants beyond.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Characters that YAML lets stand for themselves and that break no line.
fn is_printable(c: char) -> bool {
    matches!(u32::from(c), 0x20..=0x7e | 0xa0..=0x2027 | 0x202a..=0xd7ff | 0xe000..=0xfefe | 0xff00..=0xfffd)
        || (u32::from(c) > 0xffff && u32::from(c) & 0xfffe != 0xfffe)
}
