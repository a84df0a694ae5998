//! One receiver, whichever kind it is.

use super::alertmanager::Alertmanager;
use super::ding_talk::DingTalk;
use super::feishu::Feishu;
use super::memory::Memory;
use super::slack::Slack;
use super::webhook::Webhook;
use crate::domain::model::message::Message;
use crate::edge::notify::error::NotifyError;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// One receiver. Clones share its connections.
#[derive(Debug, Clone)]
pub enum Receiver {
    Slack(Slack),
    Feishu(Feishu),
    DingTalk(DingTalk),
    Webhook(Webhook),
    Alertmanager(Alertmanager),
    /// Keeps what it is told: for tests, and to see what would be sent.
    Memory(Memory),
}

/// Shortest time between two messages to a chat.
const CHAT: Duration = Duration::from_secs(1);

impl Receiver {
    /// Every kind, by the word in metrics.
    pub const KINDS: [&'static str; 6] = ["slack", "feishu", "dingTalk", "webhook", "alertmanager", "memory"];

    /// The kind, as the spec's field and metrics name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Slack(_) => "slack",
            Self::Feishu(_) => "feishu",
            Self::DingTalk(_) => "dingTalk",
            Self::Webhook(_) => "webhook",
            Self::Alertmanager(_) => "alertmanager",
            Self::Memory(_) => "memory",
        }
    }

    /// Delivers a message; `handle` is what an earlier one about the same returned. Returns where the
    /// message is kept, if it can be changed or answered later.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    pub async fn deliver(
        &self,
        now: DateTime<Utc>,
        message: &Message,
        handle: Option<&str>,
    ) -> Result<Option<String>, NotifyError> {
        match self {
            Self::Slack(slack) => slack.deliver(message, handle).await,
            Self::Feishu(feishu) => feishu.deliver(now, message).await.map(|()| None),
            Self::DingTalk(ding_talk) => ding_talk.deliver(now, message).await.map(|()| None),
            Self::Webhook(webhook) => webhook.deliver(now, message).await.map(|()| None),
            Self::Alertmanager(alertmanager) => alertmanager.tell(now, &[message]).await.map(|()| None),
            Self::Memory(memory) => memory.deliver(message, handle),
        }
    }

    /// Tells again what still stands, where the receiver forgets it otherwise.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    pub async fn remind(&self, now: DateTime<Utc>, standing: &[Message]) -> Result<(), NotifyError> {
        match self {
            Self::Alertmanager(alertmanager) => {
                alertmanager.tell(now, &standing.iter().collect::<Vec<_>>()).await
            }
            _ => Ok(()),
        }
    }

    /// How often it must be reminded of what stands; None: it does not forget.
    pub fn forgets(&self) -> Option<Duration> {
        match self {
            Self::Alertmanager(_) => Some(super::alertmanager::AGAIN),
            _ => None,
        }
    }

    /// Shortest time between two messages.
    pub fn gap(&self) -> Duration {
        match self {
            Self::Slack(_) | Self::Feishu(_) | Self::DingTalk(_) => CHAT,
            Self::Webhook(_) | Self::Alertmanager(_) | Self::Memory(_) => Duration::ZERO,
        }
    }

    /// Whether there is anything to try but a message.
    pub fn can_be_tried(&self) -> bool {
        match self {
            Self::Slack(slack) => slack.is_bot(),
            Self::Alertmanager(_) | Self::Memory(_) => true,
            Self::Feishu(_) | Self::DingTalk(_) | Self::Webhook(_) => false,
        }
    }

    /// Looks whether it can be reached and takes our credentials, without a message, where that can be
    /// tried.
    ///
    /// # Errors
    /// It cannot, or does not.
    pub async fn look(&self) -> Result<(), NotifyError> {
        match self {
            Self::Slack(slack) if slack.is_bot() => slack.look().await,
            Self::Alertmanager(alertmanager) => alertmanager.look().await,
            Self::Slack(_) | Self::Feishu(_) | Self::DingTalk(_) | Self::Webhook(_) | Self::Memory(_) => {
                Ok(())
            }
        }
    }
}
