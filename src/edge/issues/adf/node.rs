//! Nodes: how one is made, what may lie in what, and which text it shows.

use serde_json::{Value, json};

/// A node with content.
pub fn node(kind: &str, content: Vec<Value>) -> Value {
    json!({"type": kind, "content": content})
}

/// A node with attributes and content.
pub fn with(kind: &str, attributes: Value, content: Vec<Value>) -> Value {
    json!({"type": kind, "attrs": attributes, "content": content})
}

/// Text with marks; None: an empty text is no node.
pub fn text(text: &str, marks: &[Value]) -> Option<Value> {
    match (text.is_empty(), marks.is_empty()) {
        (true, _) => None,
        (false, true) => Some(json!({"type": "text", "text": text})),
        (false, false) => Some(json!({"type": "text", "text": text, "marks": marks})),
    }
}

/// The kind of a node.
pub fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

/// What a node shows, without its marks.
pub fn plain(node: &Value) -> String {
    match kind(node) {
        "text" => node["text"].as_str().unwrap_or_default().to_string(),
        "hardBreak" => " ".to_string(),
        _ => node["content"].as_array().into_iter().flatten().map(plain).collect(),
    }
}

/// What of `block` may lie in a node of this kind: itself, or what shows the same.
pub fn fitting(parent: &str, block: Value) -> Vec<Value> {
    let narrow = matches!(parent, "listItem" | "blockquote");
    match kind(&block) {
        "heading" if narrow => vec![node("paragraph", children(block))],
        "rule" if parent != "doc" && parent != "panel" => Vec::new(),
        "blockquote" if parent != "doc" && !parent.starts_with("table") => children(block),
        "table" if parent != "doc" => rows(&block),
        _ => vec![block],
    }
}

fn children(mut node: Value) -> Vec<Value> {
    match node["content"].take() {
        Value::Array(content) => content,
        _ => Vec::new(),
    }
}

/// A table where none may be: a paragraph for each of its rows.
fn rows(table: &Value) -> Vec<Value> {
    let cells = |row: &Value| -> String {
        let cells: Vec<String> = row["content"].as_array().into_iter().flatten().map(plain).collect();
        cells.join(" | ")
    };
    let rows = table["content"].as_array().into_iter().flatten();
    rows.map(|row| node("paragraph", text(&cells(row), &[]).into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_lie_somewhere_shows_the_same_as_what_may() {
        let line = |shown: &str| node("paragraph", text(shown, &[]).into_iter().collect());
        let heading = with("heading", json!({"level": 2}), text("a", &[]).into_iter().collect());
        assert_eq!(fitting("listItem", heading.clone()), [line("a")]);
        assert_eq!(fitting("doc", heading.clone()), [heading]);
        assert_eq!(
            fitting("listItem", node("blockquote", vec![line("a"), line("b")])),
            [line("a"), line("b")]
        );
        let cell = |shown: &str| with("tableCell", json!({}), vec![line(shown)]);
        let table = node("table", vec![node("tableRow", vec![cell("a"), cell("b")])]);
        assert_eq!(fitting("listItem", table), [line("a | b")]);
        assert_eq!(fitting("listItem", json!({"type": "rule"})), Vec::<Value>::new());
    }
}
