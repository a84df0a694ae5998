//! How bad it is, in steps that are each twice as far beyond a threshold as the one before.
//!
//! Coarse on purpose: what is written anew, or said again against a person's word, is so only because
//! the trouble has grown. A value that wanders about its threshold stays on one step.

use super::condition::Case;
use crate::domain::model::observation::Frame;
use crate::domain::model::reading::Reading;
use crate::domain::policy::condition::{Check, Test};

/// Highest step.
const MOST: u32 = 16;

/// The highest step of the tests that are True; 0: none is. One that is True by earlier readings
/// stands on the lowest step.
pub fn weight(case: &Case) -> u32 {
    case.true_now().map(|(test, frame)| step(ratio(test, frame))).max().unwrap_or(0)
}

/// 1 up to twice the threshold, 2 up to four times, and so on.
fn step(ratio: Option<f64>) -> u32 {
    let doubled = ratio.filter(|ratio| ratio.is_finite() && *ratio > 1.0).map_or(0.0, f64::log2);
    1 + (doubled as u32).min(MOST - 1)
}

/// How many times its threshold it is; None where that has no meaning.
fn ratio(test: &Test, frame: &Frame) -> Option<f64> {
    match test {
        Test::Score { below, .. } => Some((100.0 - frame.score?) / (100.0 - below)),
        Test::Signal { signal, check } => {
            let point = frame.points.get(*signal)?;
            let Reading::Fresh(value) = &point.reading else { return None };
            match check {
                Check::Above { value: limit, .. } => over(*value, *limit),
                Check::Below { value: limit, .. } => over(*limit, *value),
                Check::BeyondLimit { limit, lower_is_worse: true, .. } => over(*limit, *value),
                Check::BeyondLimit { limit, .. } => over(*value, *limit),
                Check::Anomalous { .. } => Some(1.0 + point.judgement.as_ref()?.severity),
            }
        }
    }
}

fn over(large: f64, small: f64) -> Option<f64> {
    (large > 0.0 && small > 0.0).then(|| large / small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_twice_as_bad() {
        for (ratio, expected) in [
            (None, 1),
            (Some(0.5), 1),
            (Some(1.9), 1),
            (Some(2.0), 2),
            (Some(3.9), 2),
            (Some(4.0), 3),
            (Some(1e300), MOST),
            (Some(f64::INFINITY), 1),
            (Some(f64::NAN), 1),
        ] {
            assert_eq!(step(ratio), expected, "{ratio:?}");
        }
    }

    #[test]
    fn a_threshold_of_nothing_has_no_multiple() {
        assert_eq!(over(5.0, 0.0), None);
        assert_eq!(over(5.0, 2.5), Some(2.0));
        assert_eq!(over(-1.0, -2.0), None);
    }
}
