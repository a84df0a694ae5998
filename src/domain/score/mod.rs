//! The score of a service, 0 to 100, and its verdict.
//!
//! Owns the equation (also in `docs/concepts.md`, with its golden table). A signal's penalty p is
//! in 0..1:
//!
//! - outside its band on the bad side by severity s half widths: `1 - exp(-s / 2)`;
//! - beyond its limit by the share r of the limit: `0.5 + 0.5 (1 - exp(-2 r))`;
//! - the larger of both.
//!
//! `score = 100 (1 - 0.6 max(p c^(1-p)) - 0.4 mean(p))`, the mean weighted, c a signal's weight
//! over the largest weight of the policy. A light signal counts for less while it is mildly off,
//! and in full once it is at its worst: then at most 40 points are left, however many are well.
//! A signal that is not known adds no penalty and keeps its weight: what is missing can never
//! lower a score.

pub mod parts;
pub mod penalty;
pub mod verdict;

use crate::domain::model::judgement::Maturity;
use crate::domain::model::observation::Point;
use crate::domain::model::reading::Reading;
use crate::domain::policy::signal::Signal;
use parts::{Contribution, Score};
use penalty::{Standing, judge};

/// Share of the score that the worst signal decides alone.
const WORST: f64 = 0.6;

/// Scores one frame.
pub fn score(signals: &[Signal], points: &[Point], min_known_percent: f64) -> Score {
    let contributions: Vec<Contribution> = signals
        .iter()
        .enumerate()
        .map(|(signal, spec)| {
            let absent = Point { reading: Reading::Absent, judgement: None };
            let (standing, penalty) = judge(spec, points.get(signal).unwrap_or(&absent));
            Contribution { signal, standing, penalty }
        })
        .collect();
    let weight = |wanted: &dyn Fn(Standing) -> bool| -> f64 {
        contributions.iter().filter(|c| wanted(c.standing)).map(|c| signals[c.signal].weight).sum()
    };
    let in_play = weight(&|s| s != Standing::LeftOut);
    let known = weight(&|s| s == Standing::Known);
    let known_percent = if in_play > 0.0 { 100.0 * known / in_play } else { 0.0 };
    let enough = known > 0.0 && known_percent >= min_known_percent;
    Score {
        value: enough.then(|| combine(signals, &contributions, in_play)),
        known_percent,
        learning: points.iter().any(is_young),
        contributions,
    }
}

/// Whether a value came whose baseline cannot judge it yet.
fn is_young(point: &Point) -> bool {
    point.reading.fresh().is_some()
        && point.judgement.is_none_or(|judged| judged.maturity != Maturity::Mature)
}

fn combine(signals: &[Signal], contributions: &[Contribution], in_play: f64) -> f64 {
    let heaviest = signals.iter().map(|signal| signal.weight).fold(f64::MIN_POSITIVE, f64::max);
    let alone = |c: &Contribution| {
        let share = signals[c.signal].weight / heaviest;
        c.penalty * share.powf(1.0 - c.penalty)
    };
    let worst = contributions.iter().map(alone).fold(0.0, f64::max);
    let mean = contributions.iter().map(|c| c.penalty * signals[c.signal].weight).sum::<f64>() / in_play;
    (100.0 * (1.0 - WORST * worst - (1.0 - WORST) * mean)).clamp(0.0, 100.0)
}
