//! Slack: an incoming webhook, which can only be written to, or a bot, whose message changes as the
//! Decision goes on.
//!
//! Follows Slack's documentation of incoming webhooks, `chat.postMessage`, `chat.update`, `auth.test`
//! and rate limits: a bot's answer is judged by `ok`, not by its status.

use super::reach::{Reach, by_status, bytes, json, pause};
use super::slack_form::attachment;
use crate::domain::model::message::Message;
use crate::domain::model::news::Severity;
use crate::edge::http::answer::Reply;
use crate::edge::notify::error::NotifyError;
use crate::edge::notify::escape::slack as escaped;
use serde::Deserialize;
use serde_json::{Value, json};

/// Slack, in one of its two ways.
#[derive(Debug, Clone)]
pub struct Slack {
    reach: Reach,
    /// Where a bot writes; None: an incoming webhook.
    channel: Option<String>,
}

/// What the Web API answers.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    ts: Option<String>,
    channel: Option<String>,
}

/// Where a bot's message is: its channel and its stamp, and whether others share it.
struct Handle<'a> {
    channel: &'a str,
    stamp: &'a str,
    shared: bool,
}

impl<'a> Handle<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (channel, stamp) = (parts.next()?, parts.next()?);
        Some(Self { channel, stamp, shared: parts.next().is_some() })
    }
}

impl Slack {
    /// A webhook, or with `channel` a bot.
    pub fn new(reach: Reach, channel: Option<String>) -> Self {
        Self { reach, channel }
    }

    /// Delivers a message: a bot's first is posted, what is urgent answers it, and what ends it takes
    /// its place. A message that several Decisions share is answered only.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn deliver(
        &self,
        message: &Message,
        handle: Option<&str>,
    ) -> Result<Option<String>, NotifyError> {
        let Some(channel) = &self.channel else {
            let reply = self.reach.post(self.reach.url(), bytes(&form(message)), Vec::new()).await?;
            // A webhook says `ok` in plain text.
            by_status(&reply)?;
            return if reply.body.trim_ascii() == b"ok" { Ok(None) } else { Err(NotifyError::Malformed) };
        };
        let shared = message.subjects.len() > 1;
        match handle.and_then(Handle::parse).filter(|_| !shared) {
            None => self.post(channel, message, None).await,
            Some(earlier)
                if earlier.shared || (!message.closes && message.severity == Severity::Critical) =>
            {
                self.post(earlier.channel, message, Some(&earlier)).await?;
                Ok(handle.map(str::to_string))
            }
            Some(earlier) => match self.update(message, &earlier).await {
                // It was taken away, or may not be changed any more: people are told all the same.
                Err(NotifyError::Refused(_)) => self.post(channel, message, None).await,
                done => done.map(|()| handle.map(str::to_string)),
            },
        }
    }

    /// Whether it is a bot.
    pub fn is_bot(&self) -> bool {
        self.channel.is_some()
    }

    /// Asks Slack who the bot is, which changes nothing.
    ///
    /// # Errors
    /// Its token is not taken, or Slack cannot be reached.
    pub async fn look(&self) -> Result<(), NotifyError> {
        let reply = self.reach.post(self.reach.at("auth.test"), b"{}".to_vec(), Vec::new()).await?;
        judge(&reply).map(drop)
    }

    async fn post(
        &self,
        channel: &str,
        message: &Message,
        thread: Option<&Handle<'_>>,
    ) -> Result<Option<String>, NotifyError> {
        let mut body = form(message);
        body["channel"] = json!(channel);
        if let Some(thread) = thread {
            body["thread_ts"] = json!(thread.stamp);
            body["reply_broadcast"] = json!(message.severity == Severity::Critical);
        }
        let reply = self.reach.post(self.reach.at("chat.postMessage"), bytes(&body), Vec::new()).await?;
        let answer = judge(&reply)?;
        let shared = if message.subjects.len() > 1 { " shared" } else { "" };
        let place = answer.channel.zip(answer.ts);
        Ok(place.map(|(channel, stamp)| format!("{channel} {stamp}{shared}")))
    }

    async fn update(&self, message: &Message, earlier: &Handle<'_>) -> Result<(), NotifyError> {
        let mut body = form(message);
        (body["channel"], body["ts"]) = (json!(earlier.channel), json!(earlier.stamp));
        let reply = self.reach.post(self.reach.at("chat.update"), bytes(&body), Vec::new()).await?;
        judge(&reply).map(drop)
    }
}

/// The message, without where it goes.
pub fn form(message: &Message) -> Value {
    json!({
        "text": escaped(&message.title),
        "attachments": [attachment(message)],
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// What the Web API means by its answer.
fn judge(reply: &Reply) -> Result<Answer, NotifyError> {
    by_status(reply)?;
    let answer: Answer = json(reply)?;
    match answer.error.as_deref() {
        _ if answer.ok => Ok(answer),
        Some("ratelimited" | "rate_limited" | "message_limit_exceeded") => {
            Err(NotifyError::RateLimited { after: pause(reply) })
        }
        Some("not_authed" | "invalid_auth" | "account_inactive" | "token_revoked" | "token_expired") => {
            Err(NotifyError::Unauthorized("the bot's token is not valid"))
        }
        Some("missing_scope" | "no_permission" | "access_denied" | "not_allowed_token_type") => {
            Err(NotifyError::Unauthorized("the bot lacks the scope chat:write"))
        }
        Some("not_in_channel") => Err(NotifyError::Unauthorized("the bot is not in the channel; invite it")),
        Some("channel_not_found" | "is_archived") => {
            Err(NotifyError::Unauthorized("there is no such channel, or the bot is not in it"))
        }
        Some("internal_error" | "fatal_error" | "service_unavailable" | "request_timeout") => {
            Err(NotifyError::Failing(reply.status))
        }
        Some("message_not_found" | "cant_update_message" | "edit_window_closed") => {
            Err(NotifyError::Refused("the earlier message cannot be changed".to_string()))
        }
        _ => Err(NotifyError::Refused("Slack answers that it is not ok".to_string())),
    }
}
