//! I13 and I14: what holds of the score and of the band alone.

use super::dice::Dice;
use chrono::{DateTime, TimeDelta};
use flyball::domain::baseline::model::Baseline;
use flyball::domain::baseline::seasonal::SeasonalModel;
use flyball::domain::model::baseline::{BaselineSpec, Season, Worse};
use flyball::domain::model::judgement::{Judgement, Maturity};
use flyball::domain::model::observation::Point;
use flyball::domain::model::reading::Reading;
use flyball::domain::policy::signal::Signal;
use flyball::domain::score::score;
use serde_json::json;
use std::time::Duration;

fn signals(dice: &mut Dice) -> Vec<Signal> {
    let all: Vec<_> = (0..1 + dice.below(5))
        .map(|n| {
            let limit = if dice.once_in(2) { json!(dice.below(20)) } else { json!(null) };
            json!({"name": format!("s{n}"), "query": "sum by (namespace, service) (up)",
                "weight": 0.1 + dice.below(50) as f64 / 10.0, "limit": limit})
        })
        .collect();
    let written = json!({"name": "p", "namespace": "shop", "spec": {"signals": all}});
    super::world::make::accepted(&written).signals
}

fn point(value: f64, width: f64) -> Point {
    let (lower, upper) = (-width, width);
    let severity = ((value - upper) / width).max(0.0);
    let judgement =
        Judgement { expected: 0.0, lower, upper, severity, alarm: false, maturity: Maturity::Mature };
    Point { reading: Reading::Fresh(value), judgement: Some(judgement) }
}

/// How often a worse value scored higher under `scored`.
fn higher(scored: fn(&[Signal], &[Point]) -> Option<f64>) -> usize {
    let mut dice = Dice::new(13);
    let mut wrong = 0;
    for _ in 0..3000 {
        let signals = signals(&mut dice);
        let value = |dice: &mut Dice| dice.below(4000) as f64 / 100.0;
        let width = 0.5 + dice.below(20) as f64;
        let mut points: Vec<Point> = signals.iter().map(|_| point(value(&mut dice), width)).collect();
        if dice.once_in(3) {
            points[0] = Point { reading: Reading::Absent, judgement: None };
        }
        let before = scored(&signals, &points);
        let at = dice.below(points.len());
        let Some(known) = points[at].reading.fresh() else { continue };
        points[at] = point(known + value(&mut dice), width);
        let after = scored(&signals, &points);
        wrong += usize::from(matches!((before, after), (Some(a), Some(b)) if b > a + 1e-9));
    }
    wrong
}

#[test]
fn i13_more_deviation_never_scores_higher() {
    assert_eq!(higher(|signals, points| score(signals, points, 50.0).value), 0);
}

#[test]
fn i13_a_score_turned_round_is_told() {
    assert!(higher(|signals, points| score(signals, points, 50.0).value.map(|s| 100.0 - s)) > 50);
}

/// How many bands of generated series were not finite or had no width.
fn bad_bands(make: fn(&BaselineSpec) -> Box<dyn Baseline>) -> usize {
    let mut dice = Dice::new(14);
    let mut wrong = 0;
    for _ in 0..200 {
        let spec = BaselineSpec {
            season: *dice.pick(&[Season::None, Season::Day, Season::Week]),
            timezone: chrono_tz::UTC,
            confidence_percent: *dice.pick(&[50.0, 95.0, 99.9]),
            min_deviation_absolute: 0.0,
            min_deviation_percent: 0.0,
            warmup: Duration::from_secs(600),
            worse: *dice.pick(&[Worse::Higher, Worse::Lower, Worse::Either]),
            interval: Duration::from_secs(60),
        };
        let mut model = make(&spec);
        let scale = *dice.pick(&[0.0, 1e-12, 1.0, 1e6, 1e12]);
        let level = *dice.pick(&[0.0, 1.0, -5.0, 1e9]);
        for minute in 0..300 {
            let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
            let value = level + scale * dice.below(1000) as f64 / 1000.0;
            let judged = model.observe(at, value, !dice.once_in(5));
            let sound = judged.lower < judged.upper
                && [judged.lower, judged.upper, judged.expected, judged.severity]
                    .iter()
                    .all(|x| x.is_finite());
            wrong += usize::from(!sound);
        }
    }
    wrong
}

#[test]
fn i14_a_band_is_never_nan_and_never_of_zero_width() {
    assert_eq!(bad_bands(|spec| Box::new(SeasonalModel::new(spec))), 0);
}

#[test]
fn i14_a_band_without_width_is_told() {
    struct Flat;
    impl Baseline for Flat {
        fn observe(&mut self, _: DateTime<chrono::Utc>, value: f64, _: bool) -> Judgement {
            let maturity = Maturity::Mature;
            Judgement { expected: value, lower: value, upper: value, severity: 0.0, alarm: false, maturity }
        }
    }
    assert!(bad_bands(|_| Box::new(Flat)) > 50);
}
