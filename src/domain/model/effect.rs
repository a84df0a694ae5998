//! What came of a cut: the verified effect of an episode, and counts of effects.
//!
//! Owns the words. "Improved" means improved after the cut, not because of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a cut helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EffectVerdict {
    /// At least half of the way back to the threshold was made after the cut.
    Improved,
    /// It was not.
    Ineffective,
    /// It cannot be told: blind, another action on the service, or it was recovering already.
    Inconclusive,
}

impl EffectVerdict {
    pub const ALL: [EffectVerdict; 3] = [Self::Improved, Self::Ineffective, Self::Inconclusive];

    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Improved => "Improved",
            Self::Ineffective => "Ineffective",
            Self::Inconclusive => "Inconclusive",
        }
    }
}

/// How far a signal stood on its bad side before the cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gauge {
    /// Name of the signal.
    pub signal: String,
    /// Median distance beyond the threshold, in the signal's unit; not above 0: it was not bad.
    pub excess: f64,
    /// Half of the worst was gone already before the cut.
    pub easing: bool,
}

/// The effect of one episode's first cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    pub before: Gauge,
    /// When the cut can be seen in the signal: served, propagated, and the query's window over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<DateTime<Utc>>,
    /// Another action was on the service meanwhile.
    #[serde(default)]
    pub company: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<EffectVerdict>,
    /// The numbers behind the verdict, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// How often what came of the decisions of one tier and service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub improved: u32,
    pub ineffective: u32,
    pub inconclusive: u32,
    /// Decisions with at least one relapse.
    pub relapsed: u32,
    pub superseded: u32,
}

impl Counts {
    /// Counts a verdict.
    pub fn judged(&mut self, verdict: EffectVerdict) {
        let slot = match verdict {
            EffectVerdict::Improved => &mut self.improved,
            EffectVerdict::Ineffective => &mut self.ineffective,
            EffectVerdict::Inconclusive => &mut self.inconclusive,
        };
        *slot = slot.saturating_add(1);
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            improved: self.improved.saturating_add(other.improved),
            ineffective: self.ineffective.saturating_add(other.ineffective),
            inconclusive: self.inconclusive.saturating_add(other.inconclusive),
            relapsed: self.relapsed.saturating_add(other.relapsed),
            superseded: self.superseded.saturating_add(other.superseded),
        }
    }
}
