//! Who is told of what.

use super::reference::NameRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One receiver of messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The Notifier that the message goes to. Required.
    pub notifier_ref: NameRef,
    /// What it is told of. Required.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub events: Vec<NotificationEvent>,
}

/// What somebody may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NotificationEvent {
    WouldAct,
    Blocked,
    AwaitingApproval,
    Acted,
    Restored,
    Expired,
    Superseded,
    Ineffective,
    Latched,
    Blind,
    FlagGone,
    BreakerOpen,
}
