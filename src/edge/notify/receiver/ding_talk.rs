//! DingTalk: a custom bot of a group, written to in Markdown.
//!
//! Follows DingTalk's documentation of custom bots: time and signature stand in the query, the answer
//! is judged by `errcode`, a bot takes 20 messages a minute.

use super::fit::fit;
use super::reach::{Reach, by_status, bytes, json as read};
use super::sign::{Secret, ding_talk as signature};
use crate::domain::model::message::{Link, Message};
use crate::domain::model::news::Severity;
use crate::edge::notify::error::NotifyError;
use crate::edge::notify::escape::ding_talk as escaped;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Largest body.
const BODY: usize = 20_000;
/// How long a bot that was told too much is shut, as its documentation says.
const PAUSE: Duration = Duration::from_secs(600);

/// A custom bot.
#[derive(Debug, Clone)]
pub struct DingTalk {
    reach: Reach,
    secret: Option<Secret>,
}

#[derive(Deserialize)]
struct Answer {
    errcode: i64,
}

impl DingTalk {
    /// A bot, whose messages are signed if it has a secret.
    pub fn new(reach: Reach, secret: Option<Secret>) -> Self {
        Self { reach, secret }
    }

    /// Delivers a message.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn deliver(&self, now: DateTime<Utc>, message: &Message) -> Result<(), NotifyError> {
        let mut url = self.reach.url();
        if let Some(secret) = &self.secret {
            let millis = now.timestamp_millis();
            url.query_pairs_mut()
                .append_pair("timestamp", &millis.to_string())
                .append_pair("sign", &signature(secret, millis));
        }
        let body = fit(message, BODY, |message| {
            let markdown = json!({"title": escaped(&message.title), "text": markdown(message)});
            bytes(&json!({"msgtype": "markdown", "markdown": markdown, "at": {"isAtAll": false}}))
        });
        let reply = self.reach.post(url, body, Vec::new()).await?;
        by_status(&reply)?;
        judge(read::<Answer>(&reply)?.errcode)
    }
}

/// The codes of DingTalk's documentation of custom bots.
fn judge(code: i64) -> Result<(), NotifyError> {
    match code {
        0 => Ok(()),
        130_101 | 410_100 | 90_018 => Err(NotifyError::RateLimited { after: Some(PAUSE) }),
        300_001 | 300_005 | 40_035 => Err(NotifyError::Unauthorized("DingTalk knows no such bot")),
        310_000 => Err(NotifyError::Unauthorized(
            "the signature, the keyword or our address is not what the bot's security settings ask for",
        )),
        -1 => Err(NotifyError::Failing(200)),
        code => Err(NotifyError::Refused(format!("DingTalk answers errcode {code}"))),
    }
}

/// A message in DingTalk's Markdown, which knows no tables.
pub fn markdown(message: &Message) -> String {
    let colour = colour(message.severity);
    let mut lines = vec![format!("### <font color=\"{colour}\">●</font> {}", escaped(&message.title))];
    lines.extend(message.sentences.iter().map(|text| escaped(text)));
    lines.push(
        message
            .facts
            .iter()
            .map(|f| format!("- **{}**：{}", f.label, escaped(&f.value)))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    if !message.changes.is_empty() {
        let label = message.labels.change;
        let one = |c: &crate::domain::model::message::Change| {
            format!("- **{label}** {}：{} → {}", escaped(&c.what), escaped(&c.before), escaped(&c.after))
        };
        lines.push(message.changes.iter().map(one).collect::<Vec<_>>().join("\n"));
    }
    for (label, said) in
        [(message.labels.why, &message.reasons), (message.labels.evidence, &message.evidence)]
    {
        if !said.is_empty() {
            lines.push(format!("**{label}**"));
            let said = said.iter().map(|line| format!("- {}", escaped(line)));
            lines.push(said.collect::<Vec<_>>().join("\n"));
        }
    }
    lines.extend(message.links.iter().map(|link| format!("> {}", linked(link))));
    lines.join("\n\n")
}

fn linked(link: &Link) -> String {
    match link.url.as_str() {
        "" => escaped(&link.title),
        url => format!("[{}]({})", escaped(&link.title), url.replace([')', ' '], "")),
    }
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Good => "#2eb67d",
        Severity::Info => "#36a3d9",
        Severity::Warning => "#ecb22e",
        Severity::Critical => "#e01e5a",
    }
}
