//! The model over rows whose spacing nobody has said.
//!
//! Owns the guess: the median distance of the first rows. While it still changes, the model is
//! taught anew on the rows that were seen, so that a row is never judged by those after it.

use crate::domain::baseline::model::Baseline;
use crate::domain::baseline::seasonal::SeasonalModel;
use crate::domain::model::baseline::BaselineSpec;
use crate::domain::model::judgement::Judgement;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Rows from which the spacing is guessed.
const FIRST: usize = 32;
/// The spacings that the model is made for.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(86_400);

/// A model, and the first rows until their spacing is settled.
pub struct Judge {
    spec: BaselineSpec,
    model: SeasonalModel,
    first: Vec<(DateTime<Utc>, f64)>,
    settled: bool,
}

impl Judge {
    /// By `spec`; `settled` if its interval was given and is not to be guessed.
    pub fn new(spec: BaselineSpec, settled: bool) -> Self {
        Self { model: SeasonalModel::new(&spec), spec, first: Vec::new(), settled }
    }

    /// Judges and learns one row.
    pub fn observe(&mut self, at: DateTime<Utc>, value: f64) -> Judgement {
        if !self.settled {
            self.guess(at);
            self.first.push((at, value));
            self.settled = self.first.len() >= FIRST;
        }
        self.model.observe(at, value, true)
    }

    fn guess(&mut self, at: DateTime<Utc>) {
        let instants = self.first.iter().map(|(at, _)| *at).chain([at]);
        let instants: Vec<DateTime<Utc>> = instants.collect();
        let steps = instants.windows(2).map(|pair| pair[1] - pair[0]);
        let mut steps: Vec<Duration> =
            steps.filter_map(|step| step.to_std().ok()).filter(|s| !s.is_zero()).collect();
        steps.sort();
        let Some(median) = steps.get(steps.len() / 2) else { return };
        let interval = (*median).clamp(SHORTEST, LONGEST);
        if interval != self.spec.interval {
            self.spec.interval = interval;
            self.model = SeasonalModel::new(&self.spec);
            for (at, value) in &self.first {
                self.model.observe(*at, *value, true);
            }
        }
    }
}
