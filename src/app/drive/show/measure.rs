//! What ticks did, as metrics and as checks of readiness.

use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::app::telemetry::health::Health;
use crate::app::telemetry::metrics::Metrics;
use crate::app::telemetry::words::WriteResult;
use crate::domain::model::effect::Counts;
use crate::domain::model::episode::Phase;
use crate::domain::model::issue::Answer;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::plan::FlagEffect;
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
        self.metrics.set_holds(drive.objects.holds().len());
        let tiers = || cycle.tracks().flat_map(|(_, _, _, track)| track.memory.tiers.values());
        let counts = tiers().fold(Counts::default(), |sum, tier| sum.plus(tier.counts));
        let held = tiers().fold(0_u64, |sum, tier| sum.saturating_add(tier.held_seconds));
        let lost = tiers().fold(0_u64, |sum, tier| sum.saturating_add(tier.lost_millis));
        self.metrics.set_effects(counts, held, lost);
        for ended in tick.stored().filter(|episode| episode.phase == Phase::Ended) {
            ended.outcome.into_iter().for_each(|outcome| self.metrics.decision_ended(outcome));
        }
        for done in tick.effects() {
            let effect = if done.kind.cuts() { FlagEffect::Cut } else { FlagEffect::Original };
            let result = if done.trouble.is_none() { WriteResult::Applied } else { WriteResult::Failed };
            self.metrics.flag_write(&effect, result);
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
