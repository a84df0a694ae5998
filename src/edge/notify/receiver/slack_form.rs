//! How a message looks in Slack: blocks beside a bar in the colour of its severity.

use crate::domain::model::message::{Change, Fact, Link, Message};
use crate::domain::model::news::Severity;
use crate::edge::notify::escape::{capped, slack as escaped};
use serde_json::{Value, json};

/// Longest text of a section, in bytes, which Slack counts as at least as many characters.
const SECTION: usize = 2_900;
/// Longest text of a field.
const FIELD: usize = 1_900;
/// Most fields of a section.
const FIELDS: usize = 10;

/// The attachment of a message.
pub fn attachment(message: &Message) -> Value {
    let mut blocks = vec![section(&message.sentences.iter().map(|text| escaped(text)).collect::<Vec<_>>())];
    let fields: Vec<Value> = message.facts.iter().take(FIELDS).map(field).collect();
    if !fields.is_empty() {
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    if !message.changes.is_empty() {
        let lines = message.changes.iter().map(|change| changed(message.labels.change, change));
        blocks.push(section(&lines.collect::<Vec<_>>()));
    }
    for (label, lines) in
        [(message.labels.why, &message.reasons), (message.labels.evidence, &message.evidence)]
    {
        if !lines.is_empty() {
            let head = format!("*{}*", escaped(label));
            let lines = lines.iter().map(|line| format!("• {}", escaped(line)));
            blocks.push(section(&[head].into_iter().chain(lines).collect::<Vec<_>>()));
        }
    }
    let links: Vec<Value> = message.links.iter().take(FIELDS).map(link).collect();
    if !links.is_empty() {
        blocks.push(json!({"type": "context", "elements": links}));
    }
    json!({"color": colour(message.severity), "fallback": escaped(&message.title), "blocks": blocks})
}

fn section(lines: &[String]) -> Value {
    let text = capped(&lines.join("\n"), SECTION);
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

fn field(fact: &Fact) -> Value {
    let text = format!("*{}*\n{}", escaped(&fact.label), escaped(&fact.value));
    json!({"type": "mrkdwn", "text": capped(&text, FIELD)})
}

fn changed(label: &str, Change { what, before, after }: &Change) -> String {
    format!("*{}* {}: {} → {}", escaped(label), escaped(what), escaped(before), escaped(after))
}

fn link(link: &Link) -> Value {
    let text = match link.url.as_str() {
        // A command is copied as it stands: as plain text nothing in it has a meaning.
        "" => return json!({"type": "plain_text", "text": capped(&link.title, FIELD), "emoji": false}),
        url => format!("<{}|{}>", escaped_url(url), escaped(&link.title)),
    };
    json!({"type": "mrkdwn", "text": capped(&text, FIELD)})
}

fn escaped_url(url: &str) -> String {
    url.replace('&', "&amp;").replace(['<', '>', '|'], "")
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Good => "#2eb67d",
        Severity::Info => "#36a3d9",
        Severity::Warning => "#ecb22e",
        Severity::Critical => "#e01e5a",
    }
}
