//! One service under one policy: its window of frames, its baselines, its memory.

use crate::domain::baseline::model::Baseline;
use crate::domain::decide::condition::Case;
use crate::domain::decide::truth::Truth;
use crate::domain::model::baseline::BaselineSpec;
use crate::domain::model::episode::Memory;
use crate::domain::model::fleet::Verdict;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::observation::{Frame, Observation, Point};
use crate::domain::model::reading::Reading;
use crate::domain::policy::spec::Policy;
use crate::domain::score::parts::Score;
use crate::domain::score::score;
use crate::domain::score::verdict::verdict;
use chrono::{DateTime, Utc};

/// Makes the model of one signal.
pub type MakeBaseline = fn(&BaselineSpec) -> Box<dyn Baseline>;

/// What is known of one service.
pub struct Track {
    pub observation: Observation,
    pub memory: Memory,
    baselines: Vec<Box<dyn Baseline>>,
    latest: Option<Score>,
}

impl Track {
    /// A service that nobody has looked at.
    pub fn new(service: ServiceKey) -> Self {
        Self {
            observation: Observation::new(service),
            memory: Memory::default(),
            baselines: Vec::new(),
            latest: None,
        }
    }

    /// Whether an episode lives.
    pub fn lives(&self) -> bool {
        self.memory.episodes().next().is_some()
    }

    /// The policy changed: its window and baselines are rebuilt from history.
    pub fn forget_observations(&mut self) {
        self.observation.frames.clear();
        self.baselines.clear();
        self.latest = None;
    }

    /// Judges and scores one frame of readings, in the policy's order, and keeps it.
    pub fn observe(
        &mut self,
        policy: &Policy,
        make: MakeBaseline,
        at: DateTime<Utc>,
        readings: &[Reading],
        learn: bool,
    ) {
        if self.observation.latest().is_some_and(|frame| frame.at >= at) {
            return;
        }
        while self.baselines.len() < policy.signals.len() {
            self.baselines.push(make(&policy.signals[self.baselines.len()].baseline));
        }
        let judged = self.baselines.iter_mut().zip(readings).map(|(baseline, reading)| Point {
            judgement: reading.fresh().map(|value| baseline.observe(at, value, learn)),
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
