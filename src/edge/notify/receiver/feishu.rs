//! Feishu (Lark): a custom bot of a group, written to with an interactive card.
//!
//! Follows Feishu's documentation of custom bots and cards: time and signature stand in the body, the
//! answer is judged by `code` (older ones by `StatusCode`), a body has at most 20 KB.

use super::fit::fit;
use super::reach::{Reach, by_status, bytes};
use super::sign::{Secret, feishu as signature};
use crate::domain::model::message::{Link, Message};
use crate::domain::model::news::Severity;
use crate::edge::notify::error::NotifyError;
use crate::edge::notify::escape::feishu as escaped;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// Largest body.
const BODY: usize = 20_000;
/// How long a bot that was told too much is left alone; the whole and the half hour are busy.
const PAUSE: Duration = Duration::from_secs(60);

/// A custom bot.
#[derive(Debug, Clone)]
pub struct Feishu {
    reach: Reach,
    secret: Option<Secret>,
}

impl Feishu {
    /// A bot, whose messages are signed if it has a secret.
    pub fn new(reach: Reach, secret: Option<Secret>) -> Self {
        Self { reach, secret }
    }

    /// Delivers a message.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn deliver(&self, now: DateTime<Utc>, message: &Message) -> Result<(), NotifyError> {
        let seconds = now.timestamp();
        let body = fit(message, BODY, |message| {
            let mut body = json!({"msg_type": "interactive", "card": card(message)});
            if let Some(secret) = &self.secret {
                body["timestamp"] = json!(seconds.to_string());
                body["sign"] = json!(signature(secret, seconds));
            }
            bytes(&body)
        });
        let reply = self.reach.post(self.reach.url(), body, Vec::new()).await?;
        let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let code = answer.as_ref().and_then(|answer| {
            answer.get("code").or_else(|| answer.get("StatusCode")).and_then(Value::as_i64)
        });
        match code {
            Some(code) => judge(code),
            None => by_status(&reply).and(Err(NotifyError::Malformed)),
        }
    }
}

/// The codes of Feishu's documentation of custom bots.
fn judge(code: i64) -> Result<(), NotifyError> {
    match code {
        0 => Ok(()),
        11_232 | 99_991_400 => Err(NotifyError::RateLimited { after: Some(PAUSE) }),
        19_001 => Err(NotifyError::Unauthorized("Feishu knows no such bot")),
        19_021 => Err(NotifyError::Unauthorized("Feishu does not take the signature, or our clock is wrong")),
        19_022 => Err(NotifyError::Unauthorized("our address is not in the bot's list of addresses")),
        19_024 => Err(NotifyError::Refused("no keyword of the bot's security settings is in it".to_string())),
        code @ (9_499 | 19_002..=19_009) => Err(NotifyError::Refused(format!("Feishu answers code {code}"))),
        code => Err(NotifyError::Refused(format!("Feishu answers code {code}"))),
    }
}

/// The card of a message. What people or metrics wrote stands in it as plain text, or escaped.
pub fn card(message: &Message) -> Value {
    let mut elements: Vec<Value> = message.sentences.iter().map(|text| plain(text)).collect();
    let fields = message.facts.iter().map(|fact| {
        let content = format!("**{}**\n{}", fact.label, escaped(&fact.value));
        json!({"is_short": true, "text": {"tag": "lark_md", "content": content}})
    });
    elements.push(json!({"tag": "div", "fields": fields.collect::<Vec<_>>()}));
    let changes = message.changes.iter().map(|change| {
        format!("{} {}：{} → {}", message.labels.change, change.what, change.before, change.after)
    });
    elements.extend(changes.map(|text| plain(&text)));
    for (label, lines) in
        [(message.labels.why, &message.reasons), (message.labels.evidence, &message.evidence)]
    {
        if !lines.is_empty() {
            elements.push(json!({"tag": "hr"}));
            let lines = lines.iter().map(|line| format!("• {line}"));
            elements.push(plain(&format!("{label}\n{}", lines.collect::<Vec<_>>().join("\n"))));
        }
    }
    let notes: Vec<Value> = message.links.iter().map(note).collect();
    if !notes.is_empty() {
        elements.push(json!({"tag": "note", "elements": notes}));
    }
    json!({
        "config": {"wide_screen_mode": true},
        "header": {"template": colour(message.severity), "title": {"tag": "plain_text", "content": message.title}},
        "elements": elements,
    })
}

fn plain(text: &str) -> Value {
    json!({"tag": "div", "text": {"tag": "plain_text", "content": text}})
}

fn note(link: &Link) -> Value {
    match link.url.as_str() {
        "" => json!({"tag": "plain_text", "content": link.title}),
        url => {
            json!({"tag": "lark_md", "content": format!("[{}]({})", escaped(&link.title), url.replace([')', ' '], ""))})
        }
    }
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Good => "green",
        Severity::Info => "blue",
        Severity::Warning => "orange",
        Severity::Critical => "red",
    }
}
