//! One service under one policy: its window of frames, its baselines, its memory.

use super::kept::{self, Kept, Recalled};
use super::make::MakeBaseline;
use crate::domain::baseline::model::Baseline;
use crate::domain::decide::condition::Case;
use crate::domain::decide::truth::Truth;
use crate::domain::model::episode::{Memory, TierMemory};
use crate::domain::model::fleet::Verdict;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::observation::{Frame, Observation, Point};
use crate::domain::model::reading::Reading;
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::Policy;
use crate::domain::score::parts::Score;
use crate::domain::score::score;
use crate::domain::score::verdict::verdict;
use chrono::{DateTime, Utc};

/// What is known of one service.
pub struct Track {
    pub observation: Observation,
    pub memory: Memory,
    pub(super) baselines: Vec<Kept>,
    /// The baselines are those of the present policy.
    fitted: bool,
    latest: Option<Score>,
}

impl Track {
    /// A service that nobody has looked at.
    pub fn new(service: ServiceKey) -> Self {
        Self {
            observation: Observation::new(service),
            memory: Memory::default(),
            baselines: Vec::new(),
            fitted: false,
            latest: None,
        }
    }

    /// Whether an episode lives.
    pub fn lives(&self) -> bool {
        self.memory.episodes().next().is_some()
    }

    /// Whether it is needed although nobody asks for it: an episode lives, or leave is to be taken of an
    /// issue.
    pub fn is_needed(&self) -> bool {
        self.lives() || self.memory.tiers.values().any(TierMemory::owes_leave)
    }

    /// The policy changed: its window is rebuilt from history. Baselines stay, until the next look
    /// fits them to the policy.
    pub fn forget_observations(&mut self) {
        self.observation.frames.clear();
        self.latest = None;
        self.fitted = false;
    }

    /// Sees to it that there is a model for each signal: those at hand and stored ones that mean
    /// the same are kept.
    pub fn fit(&mut self, policy: &Policy, make: MakeBaseline, recalled: &mut Recalled) {
        if !self.fitted {
            let at_hand = std::mem::take(&mut self.baselines);
            self.baselines = kept::fit(policy, &self.observation.service, at_hand, (make, recalled));
            self.fitted = true;
        }
    }

    /// The oldest of the instants that its models have seen, if there is one for each signal of
    /// `policy`, which may be newer than they are.
    pub fn learned_until(&self, policy: &Policy) -> Option<DateTime<Utc>> {
        let seen = |signal: &Signal| {
            let identity = kept::identity(policy, signal);
            self.baselines.iter().find(|kept| kept.identity == identity)?.model.latest()
        };
        let all: Option<Vec<DateTime<Utc>>> = policy.signals.iter().map(seen).collect();
        all?.into_iter().min()
    }

    /// Replaces the model of that identity.
    pub fn start_over(&mut self, identity: &str, model: Box<dyn Baseline>) {
        if let Some(kept) = self.baselines.iter_mut().find(|kept| kept.identity == identity) {
            kept.model = model;
        }
    }

    /// Judges and scores one frame of readings, in the policy's order, and keeps it. Its baselines
    /// fit the policy.
    pub fn observe(&mut self, policy: &Policy, at: DateTime<Utc>, readings: &[Reading], learn: bool) {
        if self.observation.latest().is_some_and(|frame| frame.at >= at) {
            return;
        }
        let judged = self.baselines.iter_mut().zip(readings).map(|(kept, reading)| Point {
            judgement: reading.fresh().map(|value| kept.model.observe(at, value, learn)),
            reading: reading.clone(),
        });
        let points: Vec<Point> = judged.collect();
        let scored = score(&policy.signals, &points, policy.score.min_known_percent);
        let frame = Frame { at, score: scored.value.filter(|_| !scored.learning), points };
        self.observation.push(frame, policy.window());
        self.latest = Some(scored);
    }

    /// The newest score with its parts.
    pub fn score(&self) -> Option<&Score> {
        self.latest.as_ref()
    }

    /// How the service does under this policy.
    pub fn verdict(&self, policy: &Policy, now: DateTime<Utc>) -> Verdict {
        let Some(scored) = &self.latest else { return Verdict::Unknown };
        let policy = policy.meant_for(&self.observation.service);
        let engaged = policy.tiers.iter().any(|tier| {
            let case = Case { now, policy, tier, observation: &self.observation };
            case.when() == Truth::True
        });
        verdict(scored, &policy.score, engaged)
    }
}
