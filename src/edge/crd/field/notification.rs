//! Who is told of what.

use super::reference::NameRef;
use super::word;
use crate::domain::model::news::{Event, Language, Notice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One receiver of messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The Notifier that the message goes to. Required.
    pub notifier_ref: NameRef,
    /// What it is told of. Whoever was told of a Decision is told of its end, too. Required.
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "set"))]
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
    Released,
    Denied,
    Failed,
    Passed,
    ReleaseAll,
    Storm,
}

/// The language of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LanguageWord {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl From<NotificationEvent> for Event {
    fn from(word: NotificationEvent) -> Self {
        match word {
            NotificationEvent::WouldAct => Self::WouldAct,
            NotificationEvent::Blocked => Self::Blocked,
            NotificationEvent::AwaitingApproval => Self::AwaitingApproval,
            NotificationEvent::Acted => Self::Acted,
            NotificationEvent::Restored => Self::Restored,
            NotificationEvent::Expired => Self::Expired,
            NotificationEvent::Superseded => Self::Superseded,
            NotificationEvent::Ineffective => Self::Ineffective,
            NotificationEvent::Latched => Self::Latched,
            NotificationEvent::Blind => Self::Blind,
            NotificationEvent::FlagGone => Self::FlagGone,
            NotificationEvent::BreakerOpen => Self::BreakerOpen,
            NotificationEvent::Released => Self::Released,
            NotificationEvent::Denied => Self::Denied,
            NotificationEvent::Failed => Self::Failed,
            NotificationEvent::Passed => Self::Passed,
            NotificationEvent::ReleaseAll => Self::ReleaseAll,
            NotificationEvent::Storm => Self::Storm,
        }
    }
}

impl From<LanguageWord> for Language {
    fn from(word: LanguageWord) -> Self {
        match word {
            LanguageWord::English => Self::English,
            LanguageWord::Chinese => Self::Chinese,
        }
    }
}

impl From<&Notification> for Notice {
    fn from(notification: &Notification) -> Self {
        Self {
            notifier: notification.notifier_ref.name.clone(),
            events: notification.events.iter().copied().map(Event::from).collect(),
        }
    }
}

/// The event of that word; None for one of a newer version.
pub fn event(word: &str) -> Option<Event> {
    word::find(&Event::ALL, Event::as_str, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_specs_are_those_of_the_events() {
        for event in Event::ALL {
            let word: NotificationEvent = serde_json::from_value(event.as_str().into()).unwrap();
            assert_eq!(Event::from(word), event);
            assert_eq!(super::event(event.as_str()), Some(event));
        }
    }
}
