//! Evidence in status, and back. Numbers are kept to six digits, which is all that people read.

use crate::domain::model::evidence::{Evidence, Mark, Row, SignalEvidence, Trace, Trail};
use crate::domain::model::sparkline::{Glyphs, caption, line};
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::kind::evidence::{EvidenceEntry, RowEntry, SignalEvidenceEntry, TraceEntry};
use chrono::DateTime;

impl From<&Evidence> for EvidenceEntry {
    fn from(evidence: &Evidence) -> Self {
        Self {
            at: evidence.at.into(),
            signals: evidence.signals.iter().map(SignalEvidenceEntry::from).collect(),
            troubles: evidence.troubles.clone(),
        }
    }
}

impl From<&EvidenceEntry> for Evidence {
    fn from(entry: &EvidenceEntry) -> Self {
        let signals = entry.signals.iter().map(SignalEvidence::from).collect();
        Self { at: entry.at.0, signals, troubles: entry.troubles.clone() }.bounded()
    }
}

impl From<&SignalEvidence> for SignalEvidenceEntry {
    fn from(evidence: &SignalEvidence) -> Self {
        let trail = &evidence.trail;
        let numbers = |of: &dyn Fn(&Mark) -> Option<f64>| {
            if trail.readings.iter().all(|mark| of(mark).is_none()) {
                return String::new();
            }
            trail.readings.iter().map(|mark| number(of(mark))).collect::<Vec<_>>().join(" ")
        };
        Self {
            signal: evidence.signal.clone(),
            summary: caption(trail, &evidence.unit),
            chart: line(trail, Glyphs::Unicode),
            unit: evidence.unit.clone(),
            limit: evidence.limit,
            query: evidence.query.clone(),
            start: trail.start.map(Stamp),
            step_seconds: trail.step_seconds,
            values: numbers(&|mark| mark.value),
            lower: numbers(&|mark| mark.band.map(|(lower, _)| lower)),
            upper: numbers(&|mark| mark.band.map(|(_, upper)| upper)),
            rows: evidence.rows.iter().map(RowEntry::from).collect(),
            traces: evidence.traces.iter().map(TraceEntry::from).collect(),
        }
    }
}

impl From<&SignalEvidenceEntry> for SignalEvidence {
    fn from(entry: &SignalEvidenceEntry) -> Self {
        Self {
            signal: entry.signal.clone(),
            unit: entry.unit.clone(),
            query: entry.query.clone(),
            limit: entry.limit,
            trail: trail(entry),
            rows: entry.rows.iter().map(Row::from).collect(),
            traces: entry.traces.iter().map(Trace::from).collect(),
        }
    }
}

fn trail(entry: &SignalEvidenceEntry) -> Trail {
    let [values, lower, upper] = [&entry.values, &entry.lower, &entry.upper].map(|text| numbers(text));
    let length = values.len().max(lower.len()).max(upper.len());
    let at = |numbers: &[Option<f64>], i: usize| numbers.get(i).copied().flatten();
    let mark = |i| Mark { value: at(&values, i), band: at(&lower, i).zip(at(&upper, i)) };
    Trail {
        start: entry.start.map(DateTime::from),
        step_seconds: entry.step_seconds,
        readings: (0..length).map(mark).collect(),
    }
}

/// A number to six digits, without a needless end; `-` for none.
fn number(value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "-".to_string() };
    // Debug turns to exponents where digits would run on.
    let text = format!("{:?}", rounded(value));
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn numbers(text: &str) -> Vec<Option<f64>> {
    text.split_whitespace().map(|word| word.parse().ok().filter(|value: &f64| value.is_finite())).collect()
}

impl From<&Row> for RowEntry {
    fn from(row: &Row) -> Self {
        let Row { query, labels, value, unit } = row.clone();
        Self { query, labels, value: rounded(value), unit }
    }
}

impl From<&RowEntry> for Row {
    fn from(entry: &RowEntry) -> Self {
        let RowEntry { query, labels, value, unit } = entry.clone();
        Self { query, labels, value, unit }
    }
}

impl From<&Trace> for TraceEntry {
    fn from(trace: &Trace) -> Self {
        let Trace { id, at, value, labels, link } = trace.clone();
        Self { id, at: at.into(), value: rounded(value), labels, link }
    }
}

impl From<&TraceEntry> for Trace {
    fn from(entry: &TraceEntry) -> Self {
        let TraceEntry { id, at, value, labels, link } = entry.clone();
        Self { id, at: at.0, value, labels, link }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use std::collections::BTreeMap;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn evidence() -> Evidence {
        let mark = |value: Option<f64>, band| Mark { value, band };
        let labels = BTreeMap::from([("lock".to_string(), "stock".to_string())]);
        let signal = SignalEvidence {
            signal: "wait".into(),
            unit: "s".into(),
            query: "lock_wait".into(),
            limit: Some(0.5),
            trail: Trail {
                start: Some(at(100)),
                step_seconds: 10,
                readings: vec![
                    mark(Some(0.25), Some((0.1, 0.3))),
                    mark(None, None),
                    mark(Some(1e-9), Some((0.0, 1e300))),
                    mark(Some(-3.0), None),
                ],
            },
            rows: vec![Row { query: "top".into(), labels: labels.clone(), value: 9.5, unit: "s".into() }],
            traces: vec![Trace {
                id: "4bf9".into(),
                at: at(101),
                value: 0.9,
                labels,
                link: Some("https://t/4bf9".into()),
            }],
        };
        Evidence { at: at(140), signals: vec![signal], troubles: vec!["evidence other: no".into()] }
    }

    #[test]
    fn evidence_survives_being_stored() {
        let entry = EvidenceEntry::from(&evidence());
        assert_eq!(entry.signals[0].values, "0.25 - 1e-9 -3");
        assert_eq!(entry.signals[0].upper, "0.3 - 1e300 -");
        assert_eq!(Evidence::from(&entry), evidence());
        let blind = Evidence { signals: vec![], ..evidence() };
        assert_eq!(Evidence::from(&EvidenceEntry::from(&blind)), blind);
    }

    #[test]
    fn numbers_keep_six_digits() {
        for (value, text) in
            [(0.1 + 0.2, "0.3"), (1234567.0, "1234570"), (2.0, "2"), (-0.0, "-0"), (f64::NAN, "-")]
        {
            assert_eq!(number(Some(value)), text);
        }
        assert_eq!(number(None), "-");
        assert_eq!(numbers("1 - x NaN 2e3"), [Some(1.0), None, None, None, Some(2000.0)]);
    }

    #[test]
    fn the_longest_lines_stay_within_what_the_kind_allows() {
        let mut evidence = evidence();
        let longest = Mark { value: Some(-1.234_567_8e-300), band: Some((-1.234_567_8e-300, -1.2e-300)) };
        evidence.signals[0].trail.readings = vec![longest; 60];
        let entry = EvidenceEntry::from(&evidence.bounded());
        let signal = &entry.signals[0];
        for text in [&signal.values, &signal.lower, &signal.upper] {
            assert!(text.len() <= 2048, "{} characters", text.len());
        }
        assert!(signal.summary.chars().count() <= 256 && signal.chart.chars().count() <= 64);
    }
}
