//! What Unleash tells of a flag's past: who did what, newest first.
//!
//! Pure. There is no precondition for writing, so this is how others' writes are seen.

use crate::domain::model::flag::Editor;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeSet;

/// One event of a flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub id: i64,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub created_by: String,
    #[serde(default)]
    pub created_by_user_id: Option<i64>,
    pub created_at: DateTime<Utc>,
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub data: Option<serde_json::Value>,
}

/// Who wrote, or may have: a name, and a number where it has one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    pub name: String,
    pub id: Option<i64>,
}

/// The events of one flag in one environment, newest first, and who of their authors is us.
#[derive(Debug, Clone)]
pub struct History {
    events: Vec<Event>,
    us: BTreeSet<Author>,
}

const ENABLED: &str = "feature-environment-enabled";
const DISABLED: &str = "feature-environment-disabled";
const STRATEGY_ADDED: &str = "feature-strategy-add";

impl History {
    /// Those of `events` that are about `environment`.
    pub fn of(mut events: Vec<Event>, environment: &str, us: BTreeSet<Author>) -> Self {
        events.retain(|event| event.environment.as_deref() == Some(environment));
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        Self { events, us }
    }

    /// The number of the newest event; 0 without one.
    pub fn newest(&self) -> i64 {
        self.events.first().map_or(0, |event| event.id)
    }

    /// Who turned the flag on or off last, if that was not us.
    pub fn turned_by_other(&self) -> Option<&str> {
        let last = self.events.iter().find(|event| [ENABLED, DISABLED].contains(&event.kind.as_str()))?;
        (!self.is_ours(last)).then_some(last.created_by.as_str())
    }

    /// Who changed the flag last since `created`, other than us.
    pub fn editor(&self, created: Option<DateTime<Utc>>) -> Option<Editor> {
        let created = created?;
        let recent = self.events.iter().take_while(|event| event.created_at >= created);
        let last = recent.into_iter().find(|event| !self.is_ours(event))?;
        Some(Editor { name: last.created_by.clone(), at: last.created_at })
    }

    /// Whether we turned the flag `on` (or off) after the event `since`.
    pub fn turned_by_us(&self, on: bool, since: i64) -> Option<&Event> {
        let kind = if on { ENABLED } else { DISABLED };
        self.after(since).find(|event| event.kind == kind && self.is_ours(event))
    }

    /// Who else wrote between the events `since` and `until`.
    pub fn other_between(&self, since: i64, until: i64) -> Option<&str> {
        let theirs = self.after(since).find(|event| event.id < until && !self.is_ours(event));
        theirs.map(|event| event.created_by.as_str())
    }

    /// Strategies that the store added in our name after the event `since`.
    pub fn added_by_us(&self, since: i64) -> Vec<String> {
        let added = self.after(since).filter(|event| event.kind == STRATEGY_ADDED && self.is_ours(event));
        added.filter_map(|event| Some(event.data.as_ref()?.get("id")?.as_str()?.to_string())).collect()
    }

    fn after(&self, since: i64) -> impl Iterator<Item = &Event> {
        self.events.iter().take_while(move |event| event.id > since)
    }

    /// Users have numbers of their own; API tokens share one, and are told apart by name.
    fn is_ours(&self, event: &Event) -> bool {
        self.us.iter().any(|us| match (us.id, event.created_by_user_id) {
            (Some(ours), Some(theirs)) => ours == theirs && (ours > 0 || us.name == event.created_by),
            _ => us.name == event.created_by,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: i64, kind: &str, by: &str, user: i64) -> Event {
        serde_json::from_value(json!({
            "id": id, "type": kind, "createdBy": by, "createdByUserId": user, "environment": "production",
            "createdAt": format!("2026-11-28T19:00:{id:02}Z"), "data": {"id": format!("s{id}")},
        }))
        .unwrap()
    }

    fn history(events: Vec<Event>) -> History {
        let us = BTreeSet::from([Author { name: "flyball".into(), id: Some(-42) }]);
        History::of(events, "production", us)
    }

    #[test]
    fn others_are_told_from_us_by_number_and_by_name_where_tokens_share_one() {
        let ours = event(3, DISABLED, "flyball", -42);
        assert_eq!(history(vec![ours.clone()]).turned_by_other(), None);
        assert_eq!(
            history(vec![event(4, DISABLED, "terraform", -42), ours.clone()]).turned_by_other(),
            Some("terraform")
        );
        assert_eq!(
            history(vec![event(4, ENABLED, "flyball", 7), ours.clone()]).turned_by_other(),
            Some("flyball")
        );
        assert_eq!(history(vec![event(4, "feature-tagged", "ann", 7), ours]).turned_by_other(), None);
        assert_eq!(history(vec![]).turned_by_other(), None);
        let user = BTreeSet::from([Author { name: "flyball".into(), id: Some(7) }]);
        let renamed = History::of(vec![event(4, DISABLED, "new name", 7)], "production", user);
        assert_eq!(renamed.turned_by_other(), None);
    }

    #[test]
    fn what_happened_around_our_write_is_seen() {
        let events = vec![
            event(9, "feature-strategy-update", "ann", 1),
            event(8, DISABLED, "flyball", -42),
            event(7, STRATEGY_ADDED, "flyball", -42),
            event(6, "feature-strategy-update", "bob", 2),
            event(5, ENABLED, "ann", 1),
        ];
        let history = history(events);
        assert_eq!(history.newest(), 9);
        assert_eq!(history.turned_by_us(false, 5).unwrap().id, 8);
        assert!(history.turned_by_us(false, 8).is_none() && history.turned_by_us(true, 0).is_none());
        assert_eq!(history.other_between(5, 8), Some("bob"));
        assert_eq!(history.other_between(6, 8), None);
        assert_eq!(history.added_by_us(5), ["s7"]);
        let at = |second: u32| {
            DateTime::parse_from_rfc3339(&format!("2026-11-28T19:00:{second:02}Z")).unwrap().to_utc()
        };
        assert_eq!(history.editor(Some(at(8))), Some(Editor { name: "ann".into(), at: at(9) }));
        assert_eq!(history.editor(Some(at(10))), None);
        let elsewhere = Event { environment: Some("development".into()), ..event(3, DISABLED, "ann", 1) };
        assert_eq!(History::of(vec![elsewhere], "production", BTreeSet::new()).newest(), 0);
    }
}
