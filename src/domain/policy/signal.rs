//! Signals: what is asked of the source, whose answer it is, and what is bad about it.

use super::promql::Query;
use crate::domain::model::baseline::{BaselineSpec, Worse};
use regex::Regex;
use std::time::Duration;

/// One validated signal of a policy.
#[derive(Debug, Clone)]
pub struct Signal {
    pub name: String,
    /// The expression as it is asked: namespace matcher and source matchers enforced.
    pub query: Query,
    pub activity: Option<Activity>,
    pub on_missing: OnMissing,
    pub identity: Identity,
    pub worse: Worse,
    /// Users feel it (`facing: User`).
    pub user_facing: bool,
    /// Share in the score, above 0.
    pub weight: f64,
    /// What is too much (or too little, `worse: Lower`), in the signal's unit.
    pub limit: Option<f64>,
    pub unit: String,
    /// Older samples are Stale.
    pub max_age: Duration,
    pub baseline: BaselineSpec,
    /// What is asked besides, once an episode begins.
    pub evidence: Vec<EvidenceQuery>,
}

/// A question whose answer is shown with a decision, and decides nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceQuery {
    pub name: String,
    /// Fenced as the signal's own.
    pub query: Query,
    /// For display; may be empty.
    pub unit: String,
}

/// Whether there is any traffic to judge.
#[derive(Debug, Clone)]
pub struct Activity {
    pub query: Query,
    /// Below it the signal is Idle.
    pub min: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    Unknown,
    /// While active, absent means 0.
    Zero,
}

/// Where a row's service and namespace stand.
#[derive(Debug, Clone)]
pub enum Identity {
    Labels {
        service: String,
        namespace: String,
    },
    /// Named groups `service` and `namespace` of a pattern over one label.
    Pattern {
        label: String,
        pattern: Regex,
    },
    /// All rows are of one namespace; the service stands in a label.
    Fixed {
        service: String,
        namespace: String,
    },
}

impl Identity {
    /// The labels that must survive aggregation for this identity.
    pub fn labels(&self) -> Vec<&str> {
        match self {
            Self::Labels { service, namespace } => vec![namespace, service],
            Self::Pattern { label, .. } => vec![label],
            Self::Fixed { service, .. } => vec![service],
        }
    }
}
