//! Where one flag stands in the text of a flagd document, and how text is put in its place.
//!
//! Owns offsets and indentation. Must not understand the flag: every byte outside it stays.

use super::tree::{Layout, members};
use serde_json::value::RawValue;
use std::ops::Range;

/// The byte order mark, which some editors put first and JSON parsers refuse.
pub const BOM: &str = "\u{feff}";

/// The bytes of the flag `key` in `text`; None if a sound document has no such flag.
///
/// # Errors
/// A sentence: no JSON object, no `flags`, or one of the two names stands there twice, so that
/// readers differ in which one counts.
pub fn find(text: &str, key: &str) -> Result<Option<Range<usize>>, String> {
    let flags = flags(text)?;
    let mut hits = flags.iter().filter(|(name, _)| name == key);
    let Some((_, hit)) = hits.next() else { return Ok(None) };
    if hits.next().is_some() {
        return Err(format!("the document has the flag {key:?} twice; keep one"));
    }
    let start = hit.get().as_ptr() as usize - text.as_ptr() as usize;
    Ok(Some(start..start + hit.get().len()))
}

/// The keys of all flags in `text`.
///
/// # Errors
/// As [`find`].
pub fn keys(text: &str) -> Result<Vec<String>, String> {
    Ok(flags(text)?.into_iter().map(|(name, _)| name).collect())
}

fn flags(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    if body.trim().is_empty() {
        return Err("the document is empty; write {\"flags\": {}} at least".to_string());
    }
    let top = members(body).map_err(|e| format!("the document is not JSON: {e}"))?;
    let mut hits = top.iter().filter(|(name, _)| name == "flags");
    let Some((_, flags)) = hits.next() else {
        return Err("the document has no `flags`; flagd expects {\"flags\": {...}}".to_string());
    };
    if hits.next().is_some() {
        return Err("the document has `flags` twice; keep one".to_string());
    }
    members(flags.get()).map_err(|_| "`flags` is not an object of flags by key".to_string())
}

/// `text` with `node` where `spot` was.
pub fn splice(text: &str, spot: Range<usize>, node: &str) -> String {
    [&text[..spot.start], node, &text[spot.end..]].concat()
}

/// How the flag at `spot` is laid out, or how one with more lines would be.
pub fn layout(text: &str, spot: &Range<usize>) -> Layout {
    let node = &text[spot.clone()];
    let line = &text[text[..spot.start].rfind('\n').map_or(0, |at| at + 1)..spot.start];
    let line = line.strip_prefix(BOM).unwrap_or(line);
    let base = indentation(line);
    let begins_line = line[base.len()..].starts_with('"');
    if !node.contains('\n') && !begins_line {
        return Layout::Compact;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Layout::Lines { end, base: base.to_string(), step: step(node, base) }
}

/// One step of indentation: as in the flag itself, else half of its depth (a flag lies two deep).
fn step(node: &str, base: &str) -> String {
    let inner = node.lines().nth(1).map(indentation).and_then(|i| i.strip_prefix(base));
    match inner {
        Some(step) if !step.is_empty() => step.to_string(),
        _ if base.contains('\t') => "\t".to_string(),
        _ if base.len() >= 2 => " ".repeat(base.len() / 2),
        _ => "  ".to_string(),
    }
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_found_where_it_stands() {
        for text in [
            r#"{"flags":{"a":{"x":1},"b":{"y":2}}}"#,
            "\u{feff}{\r\n \"$schema\": \"b\",\r\n \"flags\" : { \"b\" : {\"y\":2} }\r\n}\r\n",
            r#"{"flags":{"c":1,"c":2,"\u0062":{"y":2}}}"#,
        ] {
            let spot = find(text, "b").unwrap().unwrap();
            assert_eq!(&text[spot], r#"{"y":2}"#);
            assert_eq!(find(text, "none").unwrap(), None);
        }
    }

    #[test]
    fn a_document_that_is_no_flag_document_says_why() {
        for (text, why) in [
            ("", "empty"),
            (" \n", "empty"),
            ("[]", "not JSON: invalid type: sequence, expected a JSON object"),
            ("{\"flags\":{}", "not JSON: EOF"),
            ("{\"flag\":{}}", "no `flags`"),
            ("{\"flags\":[]}", "not an object of flags"),
            ("{\"flags\":{},\"flags\":{}}", "`flags` twice"),
            ("{\"flags\":{\"a\":{},\"a\":{}}}", "flag \"a\" twice"),
        ] {
            let error = find(text, "a").unwrap_err();
            assert!(error.contains(why), "{error} / {why}");
        }
    }

    #[test]
    fn the_layout_is_the_one_found() {
        let lines = |end, base: &str, step: &str| Layout::Lines { end, base: base.into(), step: step.into() };
        for (text, expected) in [
            ("{\"flags\":{\"a\":{}}}\n", Layout::Compact),
            ("{\n  \"flags\": {\n    \"a\": {}\n  }\n}\n", lines("\n", "    ", "  ")),
            ("{\r\n\t\"flags\": {\r\n\t\t\"a\": {}\r\n\t}\r\n}\r\n", lines("\r\n", "\t\t", "\t")),
            ("{\"flags\": {\n \"a\": {\n    \"x\": 1\n }}}", lines("\n", " ", "   ")),
            ("{\"flags\": {\"a\": {\n\"x\": 1}}}", lines("\n", "", "  ")),
            ("{\"flags\": {\n\"b\": {}, \"a\": {}}}", lines("\n", "", "  ")),
        ] {
            let spot = find(text, "a").unwrap().unwrap();
            assert_eq!(layout(text, &spot), expected, "{text}");
        }
    }
}
