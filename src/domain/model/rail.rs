//! What people and the breaker stopped: data that rails go by.

use super::id::ServiceKey;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person stopped, for one object and all below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pause {
    /// No engaging, probing or cutting again.
    pub act: bool,
    /// No probe, and no restoring on recovery.
    pub restore: bool,
}

impl Pause {
    /// The value of `flyball.dev/paused`.
    ///
    /// # Errors
    /// A sentence with the values that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "act" => Ok(Self { act: true, restore: false }),
            "restore" => Ok(Self { act: false, restore: true }),
            "all" => Ok(Self { act: true, restore: true }),
            _ => Err("write act, restore or all".to_string()),
        }
    }
}

/// Annotations `flyball.dev/paused` on namespaces and workloads, as the loop read them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pauses {
    pub namespaces: BTreeMap<String, Pause>,
    /// By the service whose workload carries the annotation.
    pub workloads: BTreeMap<ServiceKey, Pause>,
}

/// How long the breaker stays open after its cause was last seen.
pub const BREAKER_REST: TimeDelta = TimeDelta::minutes(10);

/// The breaker's word, kept on the Governor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerState {
    pub open: bool,
    /// Since when it is so.
    pub since: DateTime<Utc>,
    /// When it closes unless its cause is seen again.
    pub until: Option<DateTime<Utc>>,
    /// Governed services that breach, held ones counted.
    pub breaching: u32,
    /// Governed services that are known.
    pub known: u32,
    pub governed: u32,
    /// Engagements refused at once since it opened, the most of one look.
    pub refused: u32,
    /// Why, in a sentence.
    pub message: String,
}

/// A person's word on a Decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Approval {
    /// Name of the Decision, and its namespace.
    pub decision: String,
    pub namespace: String,
    /// Hash of the proposal that the person saw.
    pub hash: String,
    pub approve: bool,
    /// Who says so.
    pub by: String,
}
