//! What ticks did, as metrics and as checks of readiness.

use crate::app::apply::effect::Done;
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::app::observe::observer::{Observer, Witness};
use crate::app::observe::source::Error as SourceError;
use crate::app::telemetry::health::Health;
use crate::app::telemetry::metrics::Metrics;
use crate::app::telemetry::words::{SourceResult, WriteResult};
use crate::domain::model::effect::Counts;
use crate::domain::model::episode::Phase;
use crate::domain::model::issue::Answer;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::plan::FlagEffect;
use crate::domain::model::reason::Code;
use crate::domain::model::series::Matrix;
use crate::edge::http::answer::Error as HttpError;
use crate::edge::prometheus::error::Error as LiveError;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

/// Where it is shown.
#[derive(Debug, Clone)]
pub struct Gauges {
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
}

impl Default for Gauges {
    /// Gauges of a program that has not done anything yet.
    fn default() -> Self {
        Self { metrics: Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))), health: Arc::new(Health::new()) }
    }
}

impl Gauges {
    /// Declares what a governor of a few policies must have to be ready.
    pub fn require(&self) {
        self.health.require_ready("policies", None, "no policy is accepted yet");
        self.health.require_ready("source", None, "the source has not answered yet");
        self.health.require_ready("history", None, "streaks and baselines are not rebuilt yet");
    }

    /// Has every question of `observer` counted and timed by `elapsed`, a clock that never runs back.
    pub fn listen(&self, observer: &mut Observer, elapsed: impl Fn() -> Duration + Send + Sync + 'static) {
        let metrics = self.metrics.clone();
        let told = move |answer: Option<&_>, took| metrics.source_request(asked(answer), took);
        observer.witness(Witness { elapsed: Arc::new(elapsed), told: Arc::new(told) });
    }

    /// Takes over one tick, which ended at `now`.
    pub fn measure(&self, drive: &Drive, tick: &Tick, now: DateTime<Utc>) {
        for row in tick.looks.iter().flat_map(|look| look.rows.values()) {
            row.services.values().flatten().for_each(|reading| self.metrics.reading(reading));
            for ((_, rejection), count) in &row.rejected {
                (0..*count).for_each(|_| self.metrics.sample_rejected(*rejection));
            }
        }
        self.measure_state(drive, tick, now);
    }

    /// Brings readiness up to date after a tick, which ended `elapsed` after the start.
    pub fn judge(&self, drive: &Drive, tick: &Tick, elapsed: Duration) {
        let mut rows = tick.looks.iter().flat_map(|look| look.rows.values());
        if rows.any(|row| row.failures.is_empty()) {
            self.health.beat("source", elapsed);
        } else if let Some((_, signal, why)) = tick.blind.first() {
            self.health.fail("source", format!("signal {signal}: {why}"));
        }
        match drive.rebuilt() {
            true => self.health.beat("history", elapsed),
            false => {
                self.health.fail("history", tick.troubles.first().map_or("not rebuilt yet", String::as_str))
            }
        }
    }

    fn measure_state(&self, drive: &Drive, tick: &Tick, now: DateTime<Utc>) {
        let cycle = &drive.cycle;
        self.metrics.set_services(cycle.verdicts(now).into_values());
        self.metrics.set_decisions(cycle.episodes().map(|episode| episode.phase));
        self.metrics.set_levels(cycle.episodes().map(|episode| (episode.level.as_str(), episode.phase)));
        let scores = cycle.tracks().filter_map(|(_, _, _, track)| track.score()?.value);
        self.metrics.scores(scores.collect::<Vec<f64>>());
        self.metrics.set_holds(drive.objects.holds().len());
        let tiers = || cycle.tracks().flat_map(|(_, _, _, track)| track.memory.tiers.values());
        let counts = tiers().fold(Counts::default(), |sum, tier| sum.plus(tier.counts));
        let held = tiers().fold(0_u64, |sum, tier| sum.saturating_add(tier.held_seconds));
        let lost = tiers().fold(0_u64, |sum, tier| sum.saturating_add(tier.lost_millis));
        self.metrics.set_effects(counts, held, lost);
        for ended in tick.stored().filter(|episode| episode.phase == Phase::Ended) {
            ended.outcome.into_iter().for_each(|outcome| self.metrics.decision_ended(&ended.level, outcome));
        }
        for done in tick.effects() {
            let effect = if done.kind.cuts() { FlagEffect::Cut } else { FlagEffect::Original };
            self.metrics.flag_write(&effect, written(done), done.took);
        }
        self.metrics.set_issues(tiers().flat_map(|tier| &tier.issues).map(|issue| issue.state));
        for done in tick.looked() {
            self.metrics.issue_looked(matches!(done.view.answer, Answer::Seen(_)), &done.written);
        }
        tick.propagated.iter().for_each(|cut| self.metrics.flag_served(&cut.store, cut.after));
        let frames = cycle.tracks().filter_map(|(_, _, _, track)| track.observation.latest());
        let judged = frames.flat_map(|frame| &frame.points).filter_map(|point| point.judgement);
        self.metrics.set_baselines(judged.map(|judged| judged.maturity).collect::<Vec<Maturity>>());
    }
}

/// How a write to a flag ended.
fn written(done: &Done) -> WriteResult {
    match (&done.trouble, &done.reason) {
        (None, _) => WriteResult::Applied,
        // Somebody else wrote first, which the next look shows.
        (Some(_), None) => WriteResult::Conflict,
        (Some(_), Some(reason)) => match reason.code {
            Code::ProviderUnavailable => WriteResult::Failed,
            _ => WriteResult::Refused,
        },
    }
}

/// How a question to a source ended; None: there was no answer in time.
pub fn asked(answer: Option<&Result<Matrix, SourceError>>) -> SourceResult {
    match answer {
        Some(Ok(matrix)) if matrix.partial || matrix.truncated => SourceResult::Incomplete,
        Some(Ok(_)) => SourceResult::Answered,
        None
        | Some(Err(SourceError::Prometheus(LiveError::Busy(_) | LiveError::Http(HttpError::Timeout(_))))) => {
            SourceResult::TimedOut
        }
        Some(Err(SourceError::Prometheus(LiveError::Refused { .. }))) => SourceResult::Refused,
        Some(Err(_)) => SourceResult::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_question_has_its_word() {
        let whole = Matrix::default();
        let partial = Matrix { partial: true, ..Matrix::default() };
        let refused = LiveError::Refused { status: 400, word: None };
        for (answer, word) in [
            (Some(Ok(whole)), SourceResult::Answered),
            (Some(Ok(partial)), SourceResult::Incomplete),
            (Some(Err(SourceError::from(refused))), SourceResult::Refused),
            (Some(Err(SourceError::from(LiveError::Busy(Duration::from_secs(1))))), SourceResult::TimedOut),
            (None, SourceResult::TimedOut),
        ] {
            assert_eq!(asked(answer.as_ref()), word);
        }
    }
}
