//! Bounds of what comes from metrics, and trails over gaps.

use super::*;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Frame;
use crate::domain::model::reading::Reading;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn huge(length: usize) -> BTreeMap<String, String> {
    (0..40).map(|n| (format!("{n}{}", "名".repeat(length)), "值".repeat(length))).collect()
}

fn overflowing() -> Evidence {
    let row = Row { query: "top".into(), labels: huge(500), value: 1.0, unit: "u".repeat(500) };
    let trace = Trace {
        id: "a".repeat(500),
        at: at(0),
        value: 1.0,
        labels: huge(500),
        link: Some(format!("https://t/{}", "a".repeat(400))),
    };
    let signal = SignalEvidence {
        signal: "s".repeat(500),
        unit: "u".repeat(500),
        query: "名".repeat(9000),
        limit: Some(f64::NAN),
        trail: Trail {
            start: Some(at(0)),
            step_seconds: 10,
            readings: vec![Mark { value: Some(f64::INFINITY), band: Some((0.0, f64::NAN)) }; 500],
        },
        rows: vec![row; 500],
        traces: vec![trace; 500],
    };
    Evidence { at: at(0), signals: vec![signal; 20], troubles: vec!["why".repeat(5000); 50] }
}

#[test]
fn whatever_metrics_hold_it_stays_far_below_the_size_of_an_object() {
    let evidence = overflowing().bounded();
    let text = serde_json::to_string(&evidence).unwrap();
    assert!(text.len() < 48 * 1024, "{} bytes", text.len());
    assert_eq!(evidence.signals.len(), SIGNALS_MAX);
    assert!(evidence.troubles[0].contains("would not fit"), "{}", evidence.troubles[0]);
    let first = &evidence.signals[0];
    assert_eq!((first.limit, first.trail.readings.len()), (None, READINGS_MAX));
    assert_eq!(first.trail.start, Some(at(4400)), "the oldest readings went");
    assert!(first.trail.readings.iter().all(|mark| *mark == Mark::default()), "no number that is none");
    assert!(first.traces.len() <= TRACES_MAX && first.rows.len() <= ROWS_MAX);
    assert_eq!(evidence.clone().bounded().signals, evidence.signals, "bounding twice changes nothing");
}

#[test]
fn what_would_deceive_a_reader_is_left_out() {
    for (text, clean_text) in [
        ("plain `lock`", "plain `lock`"),
        ("a\nb\tc", "a b c"),
        ("\u{1b}[31mred\u{7}", "[31mred"),
        ("user\u{202e}txt.exe", "usertxt.exe"),
        ("zero\u{200b}width\u{feff}", "zerowidth"),
        ("库存 é", "库存 é"),
        ("  around  ", "around"),
    ] {
        assert_eq!(clean(text, TEXT_MAX), clean_text);
    }
    assert_eq!(clean(&"x".repeat(200), TEXT_MAX).chars().count(), TEXT_MAX);
}

#[test]
fn a_link_that_would_have_to_be_changed_is_left_out() {
    let mut trace = Trace {
        id: "a".into(),
        at: at(0),
        value: 1.0,
        labels: BTreeMap::new(),
        link: Some("https://t/a".into()),
    };
    trace.bound();
    assert_eq!(trace.link.as_deref(), Some("https://t/a"));
    for link in [format!("https://t/{}", "a".repeat(LINK_MAX)), "https://t/\u{202e}a".to_string()] {
        trace.link = Some(link);
        trace.bound();
        assert_eq!(trace.link, None);
    }
}

#[test]
fn a_trail_has_every_instant_of_the_grid_with_gaps_where_nothing_was_seen() {
    let mut observation = Observation::new(ServiceKey::new("shop", "inventory"));
    let judged = Judgement {
        expected: 1.0,
        lower: 0.5,
        upper: 1.5,
        severity: 0.0,
        alarm: false,
        maturity: Maturity::Mature,
    };
    for (seconds, reading, judgement) in [
        (100, Reading::Fresh(1.0), Some(judged)),
        (110, Reading::Fresh(2.0), Some(judged)),
        (140, Reading::Absent, None),
        (150, Reading::Fresh(9.0), None),
    ] {
        let points = vec![Point { reading, judgement }];
        observation.push(Frame { at: at(seconds), points, score: None }, 100);
    }
    let trail = Trail::of(&observation, 0, Duration::from_secs(10));
    assert_eq!((trail.start, trail.step_seconds), (Some(at(100)), 10));
    let values: Vec<Option<f64>> = trail.readings.iter().map(|mark| mark.value).collect();
    assert_eq!(values, [Some(1.0), Some(2.0), None, None, None, Some(9.0)]);
    assert_eq!(trail.readings[1].band, Some((0.5, 1.5)));
    assert_eq!(Trail::of(&observation, 7, Duration::from_secs(10)).readings[0], Mark::default());

    let long = (0..200).map(|n| Frame { at: at(n * 10), points: vec![], score: None }).collect();
    let trail = Trail::of(&Observation { frames: long, ..observation }, 0, Duration::from_secs(10));
    assert_eq!((trail.start, trail.readings.len()), (Some(at(1400)), READINGS_MAX));
}
