//! Alertmanager: news as alerts of its v2 API, so that existing routes, silences and pagers work.
//!
//! An alert stands for an event of one Decision and fires until that ends. It is sent with an end a
//! few minutes ahead and sent again before that: it resolves itself even if nobody says so.

use super::reach::{Reach, by_status, bytes};
use crate::domain::model::message::{Message, Subject};
use crate::domain::model::news::{Event, Severity};
use crate::edge::notify::error::NotifyError;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// How often what fires is sent again.
pub const AGAIN: Duration = Duration::from_secs(60);
/// How long an alert fires that is not sent again.
const FIRES: TimeDelta = TimeDelta::minutes(5);
/// How long an end that a person should look at fires.
const LINGERS: TimeDelta = TimeDelta::minutes(15);
/// Alerts of one request.
const TOGETHER: usize = 200;

/// An Alertmanager.
#[derive(Debug, Clone)]
pub struct Alertmanager {
    reach: Reach,
}

impl Alertmanager {
    /// The server at a base URL, under which `/api/v2` is.
    pub fn new(reach: Reach) -> Self {
        Self { reach }
    }

    /// Sends the alerts of messages.
    ///
    /// # Errors
    /// See [`NotifyError`]; some of several hundred may have been taken.
    pub async fn tell(&self, now: DateTime<Utc>, messages: &[&Message]) -> Result<(), NotifyError> {
        let alerts: Vec<Value> = messages.iter().flat_map(|message| alerts(now, message)).collect();
        for some in alerts.chunks(TOGETHER) {
            let url = self.reach.at("api/v2/alerts");
            by_status(&self.reach.post(url, bytes(&json!(some)), Vec::new()).await?)?;
        }
        Ok(())
    }

    /// Whether it answers and lets us read its status.
    ///
    /// # Errors
    /// It does not.
    pub async fn look(&self) -> Result<(), NotifyError> {
        by_status(&self.reach.get(self.reach.at("api/v2/status")).await?)
    }
}

/// The alerts of a message, as of `now`.
pub fn alerts(now: DateTime<Utc>, message: &Message) -> Vec<Value> {
    if message.subjects.is_empty() {
        let end = if message.closes { message.at } else { now + FIRES };
        return vec![alert(message, message.event, &[], (None, end))];
    }
    message.subjects.iter().flat_map(|subject| of_subject(now, message, subject)).collect()
}

fn of_subject(now: DateTime<Utc>, message: &Message, subject: &Subject) -> Vec<Value> {
    let labels = [
        ("namespace", subject.namespace.as_str()),
        ("service", &subject.service),
        ("policy", &subject.policy),
        ("policy_kind", subject.policy_kind),
        ("tier", &subject.tier),
        ("level", &subject.level),
        ("decision", &subject.decision),
    ];
    let end = subject.ended.unwrap_or(now + FIRES);
    let events = subject.events.iter();
    let mut alerts: Vec<Value> =
        events.map(|(event, since)| alert(message, *event, &labels, (Some(*since), end))).collect();
    // The end of a Decision resolves its alerts; one that is no good end is an alert of its own.
    let ended = subject.ended.filter(|_| message.event.severity(true) >= Severity::Warning);
    let stands = subject.events.iter().any(|(event, _)| *event == message.event);
    if let Some(ended) = ended.filter(|_| !stands) {
        alerts.push(alert(message, message.event, &labels, (Some(ended), ended + LINGERS)));
    }
    alerts
}

/// One alert. Its labels are its identity: they do not change while it fires.
fn alert(
    message: &Message,
    event: Event,
    labels: &[(&str, &str)],
    (start, end): (Option<DateTime<Utc>>, DateTime<Utc>),
) -> Value {
    let mut all = json!({
        "alertname": format!("Flyball{}", event.as_str()),
        "severity": event.severity(false).as_str(),
    });
    for (name, value) in labels {
        all[*name] = json!(value);
    }
    let lines = message.reasons.iter().chain(&message.evidence).map(|line| format!("- {line}"));
    let said = message.sentences.iter().cloned().chain(lines).collect::<Vec<_>>().join("\n");
    let mut alert = json!({
        "labels": all,
        "annotations": {"summary": message.title, "description": said},
        "endsAt": stamp(end),
    });
    if let Some(start) = start {
        alert["startsAt"] = json!(stamp(start));
    }
    alert
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
