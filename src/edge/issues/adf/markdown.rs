//! From Markdown to nodes: headings, lists, tables, code, quotes, links and what marks text.
//!
//! HTML is shown as text, but for comments, which are left out. Links lead to the web or to mail and
//! nowhere else.

use super::node::{fitting, node, text, with};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

/// The nodes of a text, in order.
pub fn blocks(markdown: &str) -> Vec<Value> {
    let mut tree = Tree::default();
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
        .for_each(|event| tree.take(event));
    tree.finish()
}

/// Nodes that are not finished yet, the outermost first.
struct Tree {
    open: Vec<Open>,
    marks: Vec<Value>,
    in_head: bool,
}

/// One of them.
struct Open {
    kind: &'static str,
    attributes: Value,
    content: Vec<Value>,
    /// Text that lies between blocks: a paragraph that is not written as one.
    loose: Vec<Value>,
}

impl Open {
    fn new(kind: &'static str, attributes: Value) -> Self {
        Self { kind, attributes, content: Vec::new(), loose: Vec::new() }
    }

    /// Whether it holds text and not blocks.
    fn is_line(&self) -> bool {
        matches!(self.kind, "paragraph" | "heading" | "codeBlock")
    }

    fn settle(&mut self) {
        if !self.loose.is_empty() {
            let loose = std::mem::take(&mut self.loose);
            self.content.push(node("paragraph", loose));
        }
    }

    fn finish(mut self) -> Value {
        self.settle();
        let begins_with_list = self
            .content
            .first()
            .is_some_and(|first| matches!(super::node::kind(first), "bulletList" | "orderedList"));
        let lacks = match self.kind {
            "listItem" => self.content.is_empty() || begins_with_list,
            "tableCell" | "tableHeader" | "blockquote" => self.content.is_empty(),
            _ => false,
        };
        if lacks {
            self.content.insert(0, node("paragraph", Vec::new()));
        }
        match self.attributes {
            Value::Null => node(self.kind, self.content),
            attributes => with(self.kind, attributes, self.content),
        }
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self { open: vec![Open::new("doc", Value::Null)], marks: Vec::new(), in_head: false }
    }
}

impl Tree {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(shown) => self.line(&shown),
            Event::Code(shown) => self.code(&shown),
            Event::Html(html) | Event::InlineHtml(html) if !html.trim_start().starts_with("<!--") => {
                self.line(html.trim_end_matches('\n'));
            }
            Event::SoftBreak => self.line(" "),
            Event::HardBreak => self.put(json!({"type": "hardBreak"})),
            Event::Rule => self.block(json!({"type": "rule"})),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let (kind, attributes) = match tag {
            Tag::Paragraph => ("paragraph", Value::Null),
            Tag::Heading { level, .. } => ("heading", json!({"level": number(level)})),
            Tag::BlockQuote(_) => ("blockquote", Value::Null),
            Tag::CodeBlock(kind) => ("codeBlock", language(&kind)),
            Tag::List(None) => ("bulletList", Value::Null),
            Tag::List(Some(first)) => ("orderedList", json!({"order": first})),
            Tag::Item => ("listItem", Value::Null),
            Tag::Table(_) => ("table", Value::Null),
            Tag::TableHead => {
                self.in_head = true;
                ("tableRow", Value::Null)
            }
            Tag::TableRow => ("tableRow", Value::Null),
            Tag::TableCell if self.in_head => ("tableHeader", json!({})),
            Tag::TableCell => ("tableCell", json!({})),
            Tag::Emphasis => return self.marks.push(json!({"type": "em"})),
            Tag::Strong => return self.marks.push(json!({"type": "strong"})),
            Tag::Strikethrough => return self.marks.push(json!({"type": "strike"})),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                return self.marks.push(link(&dest_url));
            }
            _ => return,
        };
        if let Some(parent) = self.open.last_mut() {
            parent.settle();
        }
        self.open.push(Open::new(kind, attributes));
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image => {
                self.marks.pop();
            }
            TagEnd::HtmlBlock | TagEnd::FootnoteDefinition | TagEnd::MetadataBlock(_) => {}
            TagEnd::DefinitionList | TagEnd::DefinitionListTitle | TagEnd::DefinitionListDefinition => {}
            TagEnd::Superscript | TagEnd::Subscript => {}
            _ => {
                self.in_head &= tag != TagEnd::TableHead;
                if self.open.len() > 1
                    && let Some(done) = self.open.pop()
                {
                    self.block(done.finish());
                }
            }
        }
    }

    fn line(&mut self, shown: &str) {
        let in_code = self.open.last().is_some_and(|open| open.kind == "codeBlock");
        let marks: Vec<Value> =
            self.marks.iter().filter(|mark| !mark.is_null() && !in_code).cloned().collect();
        self.put_text(shown, &marks);
    }

    /// Code bears no other mark than a link.
    fn code(&mut self, shown: &str) {
        let links = self.marks.iter().filter(|mark| mark["type"] == "link").cloned();
        let marks: Vec<Value> = std::iter::once(json!({"type": "code"})).chain(links).collect();
        self.put_text(shown, &marks);
    }

    /// Joined to the text before it, where that looks the same.
    fn put_text(&mut self, shown: &str, marks: &[Value]) {
        let Some(fresh) = text(shown, marks) else { return };
        let Some(open) = self.open.last_mut() else { return };
        let place = if open.is_line() { &mut open.content } else { &mut open.loose };
        match place.last_mut() {
            Some(last) if last["type"] == "text" && last.get("marks") == fresh.get("marks") => {
                let joined = format!("{}{shown}", last["text"].as_str().unwrap_or_default());
                last["text"] = Value::String(joined);
            }
            _ => place.push(fresh),
        }
    }

    fn put(&mut self, inline: Value) {
        if let Some(open) = self.open.last_mut() {
            if open.is_line() { open.content.push(inline) } else { open.loose.push(inline) }
        }
    }

    fn block(&mut self, block: Value) {
        if let Some(parent) = self.open.last_mut() {
            parent.settle();
            parent.content.extend(fitting(parent.kind, block));
        }
    }

    fn finish(mut self) -> Vec<Value> {
        while self.open.len() > 1 {
            if let Some(done) = self.open.pop() {
                self.block(done.finish());
            }
        }
        let mut nodes = self.open.pop().map(|mut root| {
            root.settle();
            root.content
        });
        for node in nodes.iter_mut().flatten().filter(|node| node["type"] == "codeBlock") {
            trim_code(node);
        }
        nodes.unwrap_or_default()
    }
}

/// The line break that ends a block of code is not shown.
fn trim_code(block: &mut Value) {
    if let Some(last) = block["content"].as_array_mut().and_then(|content| content.last_mut()) {
        let shown = last["text"].as_str().unwrap_or_default().trim_end_matches('\n').to_string();
        last["text"] = Value::String(shown);
    }
}

fn number(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn language(kind: &CodeBlockKind<'_>) -> Value {
    match kind {
        CodeBlockKind::Fenced(name) if !name.is_empty() => json!({"language": name.as_ref()}),
        _ => json!({}),
    }
}

/// The mark of a link; Null where it leads nowhere that people should go.
fn link(to: &str) -> Value {
    let leads = ["https://", "http://", "mailto:"].iter().any(|scheme| to.starts_with(scheme));
    if leads { json!({"type": "link", "attrs": {"href": to}}) } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> Value {
        Value::Array(blocks(markdown))
    }

    #[test]
    fn what_people_read_keeps_its_form() {
        let text = |shown: &str| json!({"type": "text", "text": shown});
        let marked =
            |shown: &str, mark: &str| json!({"type": "text", "text": shown, "marks": [{"type": mark}]});
        let paragraph = |content: Value| json!({"type": "paragraph", "content": content});
        for (markdown, expected) in [
            ("## Why", json!([{"type": "heading", "attrs": {"level": 2}, "content": [text("Why")]}])),
            (
                "a **b** `c`\nd",
                json!([paragraph(json!([
                    text("a "),
                    marked("b", "strong"),
                    text(" "),
                    marked("c", "code"),
                    text(" d")
                ]))]),
            ),
            (
                "- a\n- b",
                json!([{"type": "bulletList", "content": [
                {"type": "listItem", "content": [paragraph(json!([text("a")]))]},
                {"type": "listItem", "content": [paragraph(json!([text("b")]))]}]}]),
            ),
            (
                "```promql\nup\n```",
                json!([{"type": "codeBlock", "attrs": {"language": "promql"}, "content": [text("up")]}]),
            ),
            ("> q", json!([{"type": "blockquote", "content": [paragraph(json!([text("q")]))]}])),
            ("---", json!([{"type": "rule"}])),
        ] {
            assert_eq!(shown(markdown), expected, "{markdown}");
        }
        let table = shown("| A | B |\n|---|---|\n| `x\\|y` | 1 |");
        assert_eq!(table[0]["content"][0]["content"][0]["type"], "tableHeader");
        let cell = &table[0]["content"][1]["content"][0];
        assert_eq!(cell["content"][0]["content"][0], marked("x|y", "code"));
    }

    #[test]
    fn links_lead_to_the_web_and_html_is_text() {
        let link = shown("[look](https://p.example/?q=1)");
        assert_eq!(link[0]["content"][0]["marks"][0]["attrs"]["href"], "https://p.example/?q=1");
        let odd = shown("[look](javascript:x)");
        assert_eq!(odd[0]["content"], json!([{"type": "text", "text": "look"}]));
        assert!(shown("<!-- hidden -->").as_array().is_some_and(Vec::is_empty));
        assert_eq!(shown("a <b>c</b>")[0]["content"], json!([{"type": "text", "text": "a <b>c</b>"}]));
    }

    #[test]
    fn whatever_is_written_no_text_is_empty_and_no_item_without_a_line() {
        for markdown in [
            "-",
            "- - a",
            "> ",
            "| A |\n|---|\n| |",
            "```\n```",
            "- # h\n  > q",
            "1. a\n\n   | A |\n   |---|\n   | b |",
        ] {
            let all = shown(markdown);
            assert!(!all.to_string().contains("\"text\":\"\""), "{markdown:?}: {all}");
            assert!(
                !all.to_string().contains("{\"type\":\"listItem\",\"content\":[]}"),
                "{markdown:?}: {all}"
            );
        }
    }
}
