//! A whole policy: which services, which signals, which tiers, on which terms.

use super::condition::{Check, Term, Test, When, readings};
use super::signal::Signal;
use super::window::Window;
use crate::domain::model::capability::Capability;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::news::Notice;
use crate::domain::model::proposal::Mode;
use crate::domain::model::rail::Pause;
use crate::domain::model::template::{Template, glob};
use crate::domain::model::tracker::IssueWish;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
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
    pub namespaces: Namespaces,
    /// Namespaces that it chooses and its source does not allow: they are not governed.
    pub withheld: BTreeSet<String>,
    pub services: Services,
    pub signals: Vec<Signal>,
    pub score: ScoreSpec,
    pub tiers: Vec<Tier>,
    pub windows: Vec<Window>,
    pub orders: Orders,
    /// Who is told of what; empty: whom the Governor names.
    pub notices: Vec<Notice>,
    /// The same policy for services that some override names, the first that names one counts.
    pub variants: Vec<Variant>,
}

/// The namespaces whose services a policy governs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    All,
    These(BTreeSet<String>),
}

/// What people ordered by annotations, without a change of the spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orders {
    /// `flyball.dev/paused`.
    pub pause: Pause,
    /// `flyball.dev/unlatch`: the tier whose latch or lock-out is lifted.
    pub unlatch: Option<String>,
    /// `flyball.dev/reset-baseline`: the signal whose baselines start over.
    pub reset_baseline: Option<String>,
}

/// A policy with other limits and weights for some of its services.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Globs.
    pub services: Vec<String>,
    pub policy: Box<Policy>,
}

/// Another limit or weight of one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// Index of the signal.
    pub signal: usize,
    pub limit: Option<f64>,
    pub weight: Option<f64>,
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
    pub issues: Vec<IssueAction>,
    /// How long a cut's effect and a probe are watched, at least one interval.
    pub verify_within: Duration,
    /// How the effect is judged; None: it is not.
    pub verify: Option<Verify>,
    pub max_duration: Duration,
    /// At the deadline the cut stays (`onDeadline: Keep`).
    pub keep: bool,
    pub cooldown: Duration,
    /// Relapses after which the tier latches.
    pub latch_after: u32,
    /// Availability given up while it holds, in percent.
    pub sla_percent: f64,
    pub approval: Approval,
    /// A hash of the tier as it is written: an approval of another one is void.
    pub digest: String,
}

/// How the effect of a cut is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verify {
    /// Index of the signal that must improve.
    pub signal: usize,
    /// An action that did not help is undone.
    pub undo: bool,
}

/// How a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    pub timeout: Duration,
    /// Without an answer it acts; else it gives up.
    pub act_on_timeout: bool,
}

/// When a tier's signals count as well again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recover {
    pub lasting: Duration,
    /// How far back across the threshold, in percent of it.
    pub margin_percent: f64,
}

/// One issue that a tier asks for.
#[derive(Debug, Clone)]
pub struct IssueAction {
    pub name: String,
    pub tracker: String,
    pub repository: Template,
    pub labels: Vec<String>,
    pub template: String,
}

/// One flag that a tier sets to its fallback.
#[derive(Debug, Clone)]
pub struct FlagAction {
    pub name: String,
    pub provider: String,
    pub key: Template,
    pub fallback: String,
    pub shared: bool,
    /// If it fails the tier's other actions go on; else they are undone.
    pub go_on: bool,
    /// What the store must be able to do.
    pub demands: Vec<Capability>,
}

impl IssueAction {
    /// The issue that it asks for on behalf of one service.
    pub fn wish(&self, service: &ServiceKey) -> IssueWish {
        IssueWish {
            action: self.name.clone(),
            tracker: self.tracker.clone(),
            repository: self.repository.render(service),
            labels: self.labels.clone(),
            template: self.template.clone(),
        }
    }
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

impl Namespaces {
    /// Whether services of this namespace are governed.
    pub fn contain(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(namespace),
        }
    }
}

impl Policy {
    /// Whether it governs this service at all.
    pub fn governs(&self, service: &ServiceKey) -> bool {
        self.namespaces.contain(&service.namespace) && self.services.admits(service)
    }

    /// The policy as it is meant for one service, overrides applied.
    pub fn meant_for(&self, service: &ServiceKey) -> &Policy {
        let names = |variant: &&Variant| variant.services.iter().any(|glob_| glob(glob_, &service.service));
        self.variants.iter().find(names).map_or(self, |variant| &variant.policy)
    }

    /// The same policy with other limits and weights.
    pub fn tuned(&self, tunings: &[Tuning]) -> Policy {
        let mut policy = Policy { variants: Vec::new(), ..self.clone() };
        for tuning in tunings {
            let signal = &mut policy.signals[tuning.signal];
            signal.weight = tuning.weight.unwrap_or(signal.weight);
            signal.limit = tuning.limit.or(signal.limit);
            let Some(limit) = tuning.limit else { continue };
            policy.tiers.iter_mut().for_each(|tier| relimit(&mut tier.when, tuning.signal, limit));
        }
        policy
    }

    /// How many grid readings decisions look back on: the deepest `for`, `within`, recovery and
    /// `maxAge`, with the longest growth of a hold.
    pub fn window(&self) -> usize {
        let age = self.signals.iter().map(|s| readings(s.max_age, self.interval)).max().unwrap_or(1);
        let tiers = self.tiers.iter().map(|tier| {
            let when = tier.when.tests().map(Test::depth).max().unwrap_or(1);
            // Twice: a probe, and an effect with what was before it.
            let watch = readings(tier.verify_within, self.interval).saturating_mul(2);
            when.max(readings(tier.recover.lasting, self.interval).saturating_mul(HOLD_FACTOR_MAX)).max(watch)
        });
        (tiers.max().unwrap_or(1) + age + 1) as usize
    }

    /// The tier of that name.
    pub fn tier(&self, name: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.name == name)
    }
}

/// Puts another limit into every `beyondLimit` of one signal.
fn relimit(when: &mut When, signal: usize, limit: f64) {
    let (When::All(terms) | When::Any(terms)) = when;
    let tests = terms.iter_mut().flat_map(|term| match term {
        Term::Test(test) => std::slice::from_mut(test),
        Term::All(tests) | Term::Any(tests) => tests,
    });
    for test in tests {
        if let Test::Signal { signal: of, check: Check::BeyondLimit { limit: old, .. } } = test
            && *of == signal
        {
            *old = limit;
        }
    }
}

/// Most that a hold grows by relapses.
pub const HOLD_FACTOR_MAX: u32 = 8;
