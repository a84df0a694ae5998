//! The verified effect of a cut: how bad the signal was before it, and what it was after.
//!
//! Owns the measure, the distance beyond the threshold that the tier tests the signal against,
//! and the verdict. Whether another action disturbed the view is for `govern` to say.

use super::condition::Case;
use crate::domain::model::baseline::Worse;
use crate::domain::model::effect::{EffectVerdict, Gauge};
use crate::domain::model::episode::Episode;
use crate::domain::model::observation::{Frame, Point};
use crate::domain::model::reading::Number;
use crate::domain::policy::condition::{Check, Test, readings};
use crate::domain::policy::signal::Signal;
use chrono::{DateTime, TimeDelta, Utc};

/// The share of the former excess that may be left for "improved".
const LEFT: f64 = 0.5;

/// Fewest of the newest readings that say whether it was easing already.
const NEWEST: usize = 3;

/// How far the verified signal stands on its bad side, over the last `verify.within`; None: the
/// tier does not judge its effect, or nothing fresh was seen.
pub fn gauge(case: &Case) -> Option<Gauge> {
    let signal = case.tier.verify?.signal;
    let within = TimeDelta::from_std(case.tier.verify_within).ok()?;
    let values = excesses(case, signal, case.now - within, case.now);
    let worst = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let newest = median(&values[values.len().saturating_sub(NEWEST)..])?;
    Some(Gauge {
        signal: case.policy.signals[signal].name.clone(),
        excess: median(&values)?,
        easing: worst > 0.0 && newest <= worst * LEFT,
    })
}

/// The verdict on an episode's cut; None: it has one, or it is too early. `ends`: the cut is about
/// to end, so that what was seen until now must do.
pub fn judge(case: &Case, episode: &Episode, ends: bool) -> Option<(EffectVerdict, String)> {
    let effect = episode.effect.as_ref().filter(|effect| effect.verdict.is_none())?;
    let clock = effect.clock?;
    let end = clock + TimeDelta::from_std(case.tier.verify_within).ok()?;
    if case.now < end && !ends {
        return None;
    }
    let name = &effect.before.signal;
    let signal = case.policy.signals.iter().position(|signal| signal.name == *name);
    let inconclusive = |why: &str| Some((EffectVerdict::Inconclusive, format!("{name}: {why}")));
    let Some(signal) = signal else { return inconclusive("the policy has no such signal any more") };
    let after = excesses(case, signal, clock, end.min(case.now));
    let enough = readings(case.tier.verify_within, case.policy.interval) as usize;
    let known = if ends { !after.is_empty() } else { after.len() * 2 >= enough };
    match median(&after) {
        _ if effect.before.excess <= 0.0 => inconclusive("it was not bad before the cut"),
        _ if effect.before.easing => inconclusive("it was recovering before the cut already"),
        Some(left) if known => {
            let before = effect.before.excess;
            let improved = left <= before * LEFT;
            let verdict = if improved { EffectVerdict::Improved } else { EffectVerdict::Ineffective };
            let place = if left > 0.0 { "beyond" } else { "on the good side of" };
            let message = format!(
                "{name} was {} beyond its threshold before the cut and is {} {place} it after",
                Number(before),
                Number(left.abs())
            );
            Some((verdict, message))
        }
        _ => inconclusive("too little of it was seen after the cut"),
    }
}

/// The excess at each fresh reading in `(after, until]`, oldest first.
fn excesses(case: &Case, signal: usize, after: DateTime<Utc>, until: DateTime<Utc>) -> Vec<f64> {
    let frames = case.observation.frames.iter().filter(|frame| after < frame.at && frame.at <= until);
    frames.filter_map(|frame| excess(case, signal, frame)).collect()
}

/// How far beyond the threshold a fresh value is: the first that the tier's `when` tests the
/// signal against, else its limit, else its band.
fn excess(case: &Case, signal: usize, frame: &Frame) -> Option<f64> {
    let point = frame.points.get(signal)?;
    let value = point.reading.fresh()?;
    let spec = &case.policy.signals[signal];
    let tested = case.tier.when.tests().find_map(|test| match test {
        Test::Signal { signal: of, check } if *of == signal => Some(check),
        _ => None,
    });
    match tested {
        Some(Check::Above { value: threshold, .. }) => Some(value - threshold),
        Some(Check::Below { value: threshold, .. }) => Some(threshold - value),
        Some(Check::BeyondLimit { limit, lower_is_worse: true, .. }) => Some(limit - value),
        Some(Check::BeyondLimit { limit, .. }) => Some(value - limit),
        Some(Check::Anomalous { .. }) => beyond_band(spec, value, point),
        None => match spec.limit {
            Some(limit) if spec.worse == Worse::Lower => Some(limit - value),
            Some(limit) => Some(value - limit),
            None => beyond_band(spec, value, point),
        },
    }
}

fn beyond_band(spec: &Signal, value: f64, point: &Point) -> Option<f64> {
    let judged = point.judgement.as_ref()?;
    let (above, below) = (value - judged.upper, judged.lower - value);
    Some(match spec.worse {
        Worse::Higher => above,
        Worse::Lower => below,
        Worse::Either => above.max(below),
    })
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}
