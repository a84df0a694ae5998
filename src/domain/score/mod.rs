//! The score of a service, 0 to 100, and its verdict.
//!
//! Owns the equation (also in `docs/concepts.md`, with its golden table). A signal's penalty p is
//! in 0..1:
//!
//! - outside its band on the bad side by severity s half widths: `1 - exp(-s / 2)`;
//! - beyond its limit by the share r of the limit: `0.5 + 0.5 (1 - exp(-2 r))`;
//! - the larger of both.
//!
//! `score = 100 (1 - 0.6 max(p c) - 0.4 mean(p))`, the mean weighted, c a signal's weight over the
//! largest weight. So a signal at its worst leaves at most 40 points however many are well.

pub mod penalty;
pub mod verdict;

use crate::domain::model::observation::Point;
use crate::domain::model::reading::Reading;
use crate::domain::policy::signal::Signal;
use penalty::{Standing, judge};

/// Share of the score that the worst signal decides alone.
const WORST: f64 = 0.6;

/// A score and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// 0-100; None when too little is known.
    pub value: Option<f64>,
    /// One entry per signal, in the policy's order.
    pub contributions: Vec<Contribution>,
    /// Share of the weight of signals in play that is known, in percent.
    pub known_percent: f64,
    /// A signal in play is still learning, so conditions on the score must wait.
    pub learning: bool,
}

/// One signal's part.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    pub signal: usize,
    pub standing: Standing,
    /// 0-1; 0 where it is not known.
    pub penalty: f64,
}

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
        value: enough.then(|| combine(signals, &contributions)),
        known_percent,
        learning: contributions.iter().any(|c| c.standing == Standing::Learning),
        contributions,
    }
}

fn combine(signals: &[Signal], contributions: &[Contribution]) -> f64 {
    let known = || contributions.iter().filter(|c| c.standing == Standing::Known);
    let heaviest = known().map(|c| signals[c.signal].weight).fold(0.0, f64::max);
    let total: f64 = known().map(|c| signals[c.signal].weight).sum();
    let worst = known().map(|c| c.penalty * signals[c.signal].weight / heaviest).fold(0.0, f64::max);
    let mean: f64 = known().map(|c| c.penalty * signals[c.signal].weight).sum::<f64>() / total;
    (100.0 * (1.0 - WORST * worst - (1.0 - WORST) * mean)).clamp(0.0, 100.0)
}
