//! Windows of time in which the governor behaves otherwise.

use super::duration::Duration;
use super::reference::LABEL;
use super::stamp::Stamp;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A window, either once (`start`, `end`) or again and again (`schedule`, `duration`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new(
        "(has(self.start) && has(self.end)) != (has(self.schedule) && has(self.duration))"
    ).message(Message::Expression(
        "'window ' + self.name + ' needs exactly one of start with end, and schedule with duration'".into()
    )),
    validation = Rule::new("!has(self.start) || !has(self.end) || self.start < self.end")
        .message(Message::Expression("'window ' + self.name + ' ends before it starts: put end after start'".into()))
)]
pub struct Window {
    /// Name of the window. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// When it opens, as RFC 3339. With `end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Stamp>,
    /// When it closes, as RFC 3339. With `start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Stamp>,
    /// When it opens, as a cron line of five fields in the policy's `timezone`. With `duration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 9, max = 100))]
    pub schedule: Option<String>,
    /// How long it stays open: a duration such as `8h`, at most `336h`. Required with `schedule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// What is otherwise inside it: `NoLearn` (baselines learn nothing), `NoAct` (nothing is
    /// engaged or probed). Required.
    #[schemars(length(min = 1, max = 2), extend("x-kubernetes-list-type" = "set"))]
    pub effects: Vec<WindowEffect>,
}

/// What a window changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WindowEffect {
    NoLearn,
    NoAct,
}
