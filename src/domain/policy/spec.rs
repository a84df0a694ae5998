//! A whole policy: which services, which signals, which tiers, on which terms.

use super::condition::{Test, When, readings};
use super::signal::Signal;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::proposal::Mode;
use crate::domain::model::template::{Template, glob};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// One accepted policy.
#[derive(Debug, Clone)]
pub struct Policy {
    pub key: PolicyKey,
    pub uid: String,
    pub generation: i64,
    pub created: Option<DateTime<Utc>>,
    /// Name of the MetricSource.
    pub source: String,
    /// Distance of the grid's instants, at least one second.
    pub interval: Duration,
    pub timezone: chrono_tz::Tz,
    pub services: Services,
    pub signals: Vec<Signal>,
    pub score: ScoreSpec,
    pub tiers: Vec<Tier>,
}

/// Which services of the policy's reach are governed.
#[derive(Debug, Clone, PartialEq)]
pub struct Services {
    /// Globs; empty is every service.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// A service not seen for so long is retired.
    pub forget_after: Duration,
}

/// Thresholds of the verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreSpec {
    /// At or above: Healthy.
    pub passing: f64,
    /// Below: Breaching.
    pub warning: f64,
    /// Share of the signals' weight, in percent, that must be known.
    pub min_known_percent: f64,
}

/// How deep a tier cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Optimize,
    Degrade,
    Fuse,
}

/// One tier.
#[derive(Debug, Clone)]
pub struct Tier {
    pub name: String,
    pub level: Level,
    pub mode: Mode,
    pub when: When,
    /// At least one True signal must be one that users feel.
    pub requires_user_facing: bool,
    pub recover: Recover,
    pub actions: Vec<FlagAction>,
    /// How long a probe watches, at least one interval.
    pub verify_within: Duration,
    pub max_duration: Duration,
    /// At the deadline the cut stays (`onDeadline: Keep`).
    pub keep: bool,
    pub cooldown: Duration,
    /// Relapses after which the tier latches.
    pub latch_after: u32,
}

/// When a tier's signals count as well again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recover {
    pub lasting: Duration,
    /// How far back across the threshold, in percent of it.
    pub margin_percent: f64,
}

/// One flag that a tier sets to its fallback.
#[derive(Debug, Clone)]
pub struct FlagAction {
    pub name: String,
    pub provider: String,
    pub key: Template,
    pub fallback: String,
    pub shared: bool,
}

impl Level {
    /// The word in status and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optimize => "Optimize",
            Self::Degrade => "Degrade",
            Self::Fuse => "Fuse",
        }
    }
}

impl Services {
    /// Whether this service is governed.
    pub fn admits(&self, service: &ServiceKey) -> bool {
        let hit = |patterns: &[String]| patterns.iter().any(|p| glob(p, &service.service));
        (self.include.is_empty() || hit(&self.include)) && !hit(&self.exclude)
    }
}

impl Policy {
    /// How many grid readings decisions look back on: the deepest `for`, `within`, recovery and
    /// `maxAge`, with the longest growth of a hold.
    pub fn window(&self) -> usize {
        let age = self.signals.iter().map(|s| readings(s.max_age, self.interval)).max().unwrap_or(1);
        let tiers = self.tiers.iter().map(|tier| {
            let when = tier.when.tests().map(Test::depth).max().unwrap_or(1);
            when.max(readings(tier.recover.lasting, self.interval) * HOLD_FACTOR_MAX)
        });
        (tiers.max().unwrap_or(1) + age + 1) as usize
    }

    /// The tier of that name.
    pub fn tier(&self, name: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.name == name)
    }
}

/// Most that a hold grows by relapses.
pub const HOLD_FACTOR_MAX: u32 = 8;
