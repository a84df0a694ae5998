//! Gathering what the report draws, while the replay goes on.

use super::detail::{Budget, Tape};
use super::thin::{Bucket, Thin};
use crate::app::replay::once::Watch;
use crate::app::replay::play::stage::{Stage, Tick};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything to be drawn.
#[derive(Debug)]
pub struct Collect {
    pub thin: Thin,
    pub services: BTreeMap<(PolicyKey, ServiceKey), Drawn>,
    pub budget: Budget,
}

/// One service under one policy.
#[derive(Debug)]
pub struct Drawn {
    /// Numbers of the series of its signals, and of its score.
    pub signals: Vec<usize>,
    pub score: usize,
    pub tape: Tape,
}

impl Collect {
    /// For a span whose fastest policy looks every `interval`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>, interval: Duration) -> Self {
        let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
        let span = (start.timestamp_millis(), end.timestamp_millis());
        Self { thin: Thin::new(span, interval), services: BTreeMap::new(), budget: Budget::default() }
    }

    /// Thins what was gathered to what is written.
    pub fn finish(&mut self) {
        self.thin.finish();
        for drawn in self.services.values_mut() {
            drawn.tape.close(&mut self.budget);
        }
    }
}

impl Watch for Collect {
    fn saw(&mut self, tick: &Tick, stage: &Stage) {
        for (policy, at, _) in &tick.looks {
            let at = at.timestamp_millis();
            for (service, track) in stage.cycle.services_of(policy) {
                let Some(frame) = track.observation.latest().filter(|f| f.at.timestamp_millis() == at) else {
                    continue;
                };
                let thin = &mut self.thin;
                let drawn = self.services.entry((policy.clone(), service.clone())).or_insert_with(|| Drawn {
                    signals: frame.points.iter().map(|_| thin.add()).collect(),
                    score: thin.add(),
                    tape: Tape::default(),
                });
                let buckets: Vec<Bucket> = frame.points.iter().map(Bucket::of).collect();
                for (number, bucket) in drawn.signals.iter().zip(&buckets) {
                    self.thin.put(*number, at, *bucket);
                }
                let score = track.score().and_then(|score| score.value);
                self.thin.put(drawn.score, at, Bucket::number(score));
                drawn.tape.put(at, buckets, track.lives(), &mut self.budget);
            }
        }
    }
}
