//! What a Decision shows beside its reasons: the readings with their band, the rows that name the
//! hot lock or pool, trace ids.
//!
//! Owns the data and its bounds. It comes from metrics, so every text is stripped of what could
//! deceive a reader, and all of it fits into one object many times over. Nothing is decided on it.

use super::observation::{Observation, Point};
use super::problem::shorten;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most signals of one Decision.
pub const SIGNALS_MAX: usize = 4;
/// Most readings of one signal.
pub const READINGS_MAX: usize = 60;
/// Most rows that one query contributes.
pub const ROWS_MAX: usize = 10;
/// Most labels of a row or a trace.
pub const LABELS_MAX: usize = 8;
/// Most traces of one signal.
pub const TRACES_MAX: usize = 5;
/// Most sentences on what could not be had.
pub const TROUBLES_MAX: usize = 5;
/// Longest text from metrics, in characters.
pub const TEXT_MAX: usize = 128;
/// Longest PromQL, in characters.
pub const QUERY_MAX: usize = 2048;
/// Longest link, in characters; a longer one is left out, since a cut one leads elsewhere.
pub const LINK_MAX: usize = 512;
/// Most of all texts together, in bytes.
pub const SIZE_MAX: usize = 24 * 1024;

/// What was found out when an episode began or engaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The instant that was asked for.
    pub at: DateTime<Utc>,
    /// The signals that the tier's tests hold for, at most [`SIGNALS_MAX`].
    pub signals: Vec<SignalEvidence>,
    /// What could not be had, as sentences; at most [`TROUBLES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
}

/// What is shown of one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignalEvidence {
    /// Name of the signal.
    pub signal: String,
    /// Unit of its readings, for display; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Its PromQL, as it is asked.
    pub query: String,
    /// What is too much, if the policy says so. Unit: the signal's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    pub trail: Trail,
    /// Answers of the signal's evidence queries, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// Traces of requests behind the signal, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
}

/// The last readings of a signal on its grid, oldest first, at most [`READINGS_MAX`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// Instant of the first reading; None where there is no reading.
    pub start: Option<DateTime<Utc>>,
    /// Between two readings, in seconds.
    pub step_seconds: u64,
    pub readings: Vec<Mark>,
}

/// One reading of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// None where it was not fresh.
    pub value: Option<f64>,
    /// Lower and upper end of the band; None where nothing was judged.
    pub band: Option<(f64, f64)>,
}

/// One row that an evidence query answered with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the evidence query.
    pub query: String,
    /// Without those that name the service.
    pub labels: BTreeMap<String, String>,
    /// Finite.
    pub value: f64,
    /// For display; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

/// One trace that a source keeps an exemplar of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub id: String,
    pub at: DateTime<Utc>,
    /// What was measured of that request. Unit: the metric's.
    pub value: f64,
    /// Labels of the series and of the exemplar, without those that name the service or the trace.
    pub labels: BTreeMap<String, String>,
    /// Where it can be looked at, if the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Evidence {
    /// Nothing but a sentence why there is nothing.
    pub fn missing(at: DateTime<Utc>, why: &str) -> Self {
        Self { at, signals: Vec::new(), troubles: vec![clean(why, QUERY_MAX)] }
    }

    /// The same within all bounds, every text clean. What does not fit is left out, and said.
    pub fn bounded(mut self) -> Self {
        self.signals.truncate(SIGNALS_MAX);
        self.signals.iter_mut().for_each(SignalEvidence::bound);
        let mut room = SIZE_MAX;
        let mut left_out = 0;
        for signal in &mut self.signals {
            room = room.saturating_sub(signal.query.len() + signal.signal.len() + signal.unit.len());
            left_out += keep_while_room(&mut signal.traces, &mut room, Trace::size);
            left_out += keep_while_room(&mut signal.rows, &mut room, Row::size);
        }
        if left_out > 0 {
            self.troubles.insert(0, format!("{left_out} more rows would not fit into the Decision"));
        }
        self.troubles.truncate(TROUBLES_MAX);
        self.troubles.iter_mut().for_each(|text| *text = clean(text, 4 * TEXT_MAX));
        self
    }
}

impl SignalEvidence {
    fn bound(&mut self) {
        self.signal = clean(&self.signal, TEXT_MAX);
        self.unit = clean(&self.unit, TEXT_MAX);
        self.query = clean(&self.query, QUERY_MAX);
        self.limit = self.limit.filter(|limit| limit.is_finite());
        self.trail.bound();
        let mut per_query: BTreeMap<String, usize> = BTreeMap::new();
        self.rows.iter_mut().for_each(Row::bound);
        self.rows.retain(|row| {
            let count = per_query.entry(row.query.clone()).or_default();
            *count += 1;
            *count <= ROWS_MAX && row.value.is_finite()
        });
        self.traces.truncate(TRACES_MAX);
        self.traces.iter_mut().for_each(Trace::bound);
    }
}

impl Trail {
    /// The last readings of the signal with index `signal`, on a grid of `interval` up to the newest
    /// look. Instants without a look have no value.
    pub fn of(observation: &Observation, signal: usize, interval: Duration) -> Self {
        let step_seconds = interval.as_secs().max(1);
        let Some(last) = observation.latest().map(|frame| frame.at) else { return Self::default() };
        let step = i64::try_from(step_seconds).unwrap_or(i64::MAX);
        let mut readings: Vec<Mark> = Vec::new();
        for frame in observation.frames.iter().rev() {
            let back = usize::try_from((last - frame.at).num_seconds() / step).unwrap_or(usize::MAX);
            if back >= READINGS_MAX {
                break;
            }
            readings.resize(readings.len().max(back + 1), Mark::default());
            readings[back] = frame.points.get(signal).map(Mark::of).unwrap_or_default();
        }
        readings.reverse();
        let length = i64::try_from(readings.len().saturating_sub(1)).unwrap_or(0);
        let start = TimeDelta::try_seconds(length.saturating_mul(step)).map(|span| last - span);
        Self { start, step_seconds, readings }
    }

    fn bound(&mut self) {
        let excess = self.readings.len().saturating_sub(READINGS_MAX);
        self.readings.drain(..excess);
        if let (Some(start), true) = (self.start, excess > 0) {
            let skipped = i64::try_from(self.step_seconds.saturating_mul(excess as u64)).unwrap_or(0);
            self.start =
                TimeDelta::try_seconds(skipped).and_then(|skipped| start.checked_add_signed(skipped));
        }
        for mark in &mut self.readings {
            mark.value = mark.value.filter(|value| value.is_finite());
            mark.band = mark.band.filter(|(lower, upper)| lower.is_finite() && upper.is_finite());
        }
    }
}

impl Mark {
    fn of(point: &Point) -> Self {
        let band = point.judgement.map(|judged| (judged.lower, judged.upper));
        Self { value: point.reading.fresh(), band }
    }
}

impl Row {
    fn bound(&mut self) {
        self.query = clean(&self.query, TEXT_MAX);
        self.unit = clean(&self.unit, TEXT_MAX);
        self.labels = clean_labels(&self.labels);
    }

    fn size(&self) -> usize {
        self.query.len() + self.unit.len() + size_of_labels(&self.labels) + 64
    }
}

impl Trace {
    fn bound(&mut self) {
        self.id = clean(&self.id, TEXT_MAX);
        self.labels = clean_labels(&self.labels);
        self.link = self
            .link
            .take()
            .filter(|link| link.chars().count() <= LINK_MAX && clean(link, LINK_MAX) == *link);
    }

    fn size(&self) -> usize {
        self.id.len() + self.link.as_ref().map_or(0, String::len) + size_of_labels(&self.labels) + 128
    }
}

/// `text` with at most `most` characters, control and invisible characters and those that turn
/// the direction of writing left out, line breaks as spaces.
pub fn clean(text: &str, most: usize) -> String {
    let kept = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    let kept: String = kept.filter(|c| !c.is_control() && !deceives(*c)).collect();
    shorten(kept.trim(), most)
}

/// Characters that are not seen, or that make others be seen in another order.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn clean_labels(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let clean = |(name, value): (&String, &String)| (clean(name, TEXT_MAX), clean(value, TEXT_MAX));
    labels.iter().take(LABELS_MAX).map(clean).collect()
}

fn size_of_labels(labels: &BTreeMap<String, String>) -> usize {
    labels.iter().map(|(name, value)| name.len() + value.len() + 8).sum()
}

/// Keeps the first items that there is room for; gives how many were left out.
fn keep_while_room<T>(items: &mut Vec<T>, room: &mut usize, size: impl Fn(&T) -> usize) -> usize {
    let before = items.len();
    items.retain(|item| {
        let needs = size(item);
        let fits = needs <= *room;
        *room = if fits { *room - needs } else { 0 };
        fits
    });
    before - items.len()
}

#[cfg(test)]
mod tests;
