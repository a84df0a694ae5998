//! Conditions in status, as every Kubernetes tool reads them.
//!
//! Owns their shape and how they change: the transition time moves only with the status.

use super::stamp::Stamp;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One condition of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What is said, in one word such as `Accepted` or `Ready`.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 63))]
    pub type_: String,
    /// Whether it holds: `True`, `False` or `Unknown`.
    pub status: Truth,
    /// Generation of the object that this was said of. Unit: generations of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_i64))]
    pub observed_generation: Option<i64>,
    /// When `status` last changed.
    pub last_transition_time: Stamp,
    /// Why, in one documented word.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[A-Za-z]([A-Za-z0-9]*[A-Za-z0-9])?$"))]
    pub reason: String,
    /// Why, in sentences for people.
    #[schemars(length(max = 4096))]
    pub message: String,
}

/// Kubernetes' three-valued truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What is to be said in a condition, before it meets the former one.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The condition's type.
    pub type_: &'static str,
    /// Whether it holds.
    pub status: Truth,
    /// A documented word in CamelCase.
    pub reason: String,
    /// Sentences for people.
    pub message: String,
}

/// The conditions that say `statements`, keeping the transition time of each whose status did
/// not change in `former`.
pub fn conditions(
    now: DateTime<Utc>,
    generation: Option<i64>,
    statements: Vec<Statement>,
    former: &[Condition],
) -> Vec<Condition> {
    let say = |statement: Statement| {
        let same = former.iter().find(|c| c.type_ == statement.type_ && c.status == statement.status);
        Condition {
            type_: statement.type_.to_string(),
            status: statement.status,
            observed_generation: generation,
            last_transition_time: same.map_or(Stamp(now), |c| c.last_transition_time),
            reason: statement.reason,
            message: crate::domain::model::problem::shorten(&statement.message, 4096),
        }
    };
    statements.into_iter().map(say).collect()
}

/// What the controller says of an object that only configures it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigStatus {
    /// Generation of the spec that the conditions speak of. Unit: generations of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_i64))]
    pub observed_generation: Option<i64>,
    /// `Accepted` and `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let at = |s| DateTime::from_timestamp(s, 0).unwrap();
        let say =
            |status| Statement { type_: "Ready", status, reason: "Word".into(), message: "words".into() };
        let first = conditions(at(1), Some(1), vec![say(Truth::True)], &[]);
        let same = conditions(at(2), Some(2), vec![say(Truth::True)], &first);
        assert_eq!(same[0].last_transition_time, Stamp(at(1)));
        assert_eq!(same[0].observed_generation, Some(2));
        let changed = conditions(at(3), Some(2), vec![say(Truth::False)], &same);
        assert_eq!(changed[0].last_transition_time, Stamp(at(3)));
    }
}
