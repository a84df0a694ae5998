//! A server of somebody's own, which takes our JSON.
//!
//! Owns that form, which docs/notifications.md describes: later versions add to it and change
//! nothing. What is signed is the time and the body, so an old message cannot be sent again.

use super::reach::{Reach, by_status, bytes};
use super::sign::{Secret, webhook as signature};
use crate::domain::model::message::{Message, Subject};
use crate::edge::http::header::Header;
use crate::edge::notify::error::NotifyError;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// Header with the time of sending, in seconds since 1970.
const TIMESTAMP: &str = "X-Flyball-Timestamp";
/// Header with the signature: `sha256=` and the HMAC in hexadecimal digits.
const SIGNATURE: &str = "X-Flyball-Signature";
/// Header with the message's key: the same for the same news, sent again.
const KEY: &str = "X-Flyball-Key";

/// A server.
#[derive(Debug, Clone)]
pub struct Webhook {
    reach: Reach,
    secret: Option<Secret>,
}

impl Webhook {
    /// A server, whose messages are signed if there is a secret.
    pub fn new(reach: Reach, secret: Option<Secret>) -> Self {
        Self { reach, secret }
    }

    /// Delivers a message: any 2xx is a delivery.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn deliver(&self, now: DateTime<Utc>, message: &Message) -> Result<(), NotifyError> {
        let seconds = now.timestamp();
        let body = bytes(&form(message));
        let header = |name, value: &str| {
            Header::new("webhook", name, value).map_err(|problem| NotifyError::Declared(Box::new(problem)))
        };
        let mut headers = vec![header(TIMESTAMP, &seconds.to_string())?];
        if message.key.is_ascii() {
            headers.push(header(KEY, &message.key)?);
        }
        if let Some(secret) = &self.secret {
            headers.push(header(SIGNATURE, &signature(secret, seconds, &body))?);
        }
        by_status(&self.reach.post(self.reach.url(), body, headers).await?)
    }
}

/// The document of a message.
pub fn form(message: &Message) -> Value {
    let facts = message.facts.iter();
    let facts = facts.map(|fact| json!({"name": fact.name, "label": fact.label, "value": fact.value}));
    let changes = message.changes.iter();
    let changes = changes.map(|it| json!({"what": it.what, "before": it.before, "after": it.after}));
    let links = message.links.iter().map(|link| json!({"title": link.title, "url": link.url}));
    json!({
        "version": "v1",
        "key": message.key,
        "event": message.event.as_str(),
        "closes": message.closes,
        "severity": message.severity.as_str(),
        "at": stamp(message.at),
        "title": message.title,
        "sentences": message.sentences,
        "reasons": message.reasons,
        "evidence": message.evidence,
        "facts": facts.collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
        "subjects": message.subjects.iter().map(subject).collect::<Vec<_>>(),
    })
}

fn subject(subject: &Subject) -> Value {
    let events = subject.events.iter().map(|(event, at)| json!({"event": event.as_str(), "at": stamp(*at)}));
    json!({
        "decision": subject.decision,
        "namespace": subject.namespace,
        "service": subject.service,
        "policy": subject.policy,
        "policyKind": subject.policy_kind,
        "tier": subject.tier,
        "level": subject.level,
        "events": events.collect::<Vec<_>>(),
        "ended": subject.ended.map(stamp),
    })
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
