//! Scales: from values and instants to places in the picture, and their ticks.
//!
//! Owns the rounding of ticks. The band may stick out of the picture; the values may not.

use crate::app::baseline::row::Judged;
use chrono::{DateTime, TimeDelta, Utc};

/// Distances of time ticks, in seconds.
const STEPS: [i64; 12] =
    [60, 300, 900, 3600, 10_800, 21_600, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000];

/// Values to heights.
pub struct Scale {
    low: f64,
    high: f64,
    top: f64,
    bottom: f64,
}

/// Instants to widths.
pub struct Times {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    left: f64,
    right: f64,
}

impl Scale {
    /// All values, and of the band no more than half as much again.
    pub fn over(rows: &[Judged], top: f64, bottom: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for row in rows {
            (low, high) = (low.min(row.value), high.max(row.value));
        }
        if rows.is_empty() {
            (low, high) = (0.0, 1.0);
        }
        let room = ((high - low) / 2.0).max(high.abs().max(low.abs()) * 0.01).max(1e-9);
        let lower = rows.iter().map(|row| row.lower).fold(low, f64::min).max(low - room);
        let upper = rows.iter().map(|row| row.upper).fold(high, f64::max).min(high + room);
        Self { low: lower, high: upper, top, bottom }
    }

    /// The height of a value, at most the picture's edge.
    pub fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.bottom - share * (self.bottom - self.top)
    }

    /// Round values, four to nine of them.
    pub fn ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|by| by * power)
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        let first = (self.low / step).ceil();
        (0..12).map(|n| (first + f64::from(n)) * step).take_while(|value| *value <= self.high).collect()
    }
}

impl Times {
    /// From the first to the last instant.
    pub fn over(instants: impl Iterator<Item = DateTime<Utc>> + Clone, left: f64, right: f64) -> Self {
        let start = instants.clone().min().unwrap_or_default();
        let end = instants.max().unwrap_or(start).max(start + TimeDelta::seconds(1));
        Self { start, end, left, right }
    }

    /// The place of an instant.
    pub fn x(&self, at: DateTime<Utc>) -> f64 {
        let span = (self.end - self.start).num_milliseconds() as f64;
        self.left + (at - self.start).num_milliseconds() as f64 / span * (self.right - self.left)
    }

    /// Round instants with their words, twelve at most.
    pub fn ticks(&self) -> Vec<(DateTime<Utc>, String)> {
        let span = (self.end - self.start).num_seconds();
        let step = STEPS.into_iter().find(|step| span / step <= 11).unwrap_or(span / 11 + 1);
        let first = (self.start.timestamp() + step - 1).div_euclid(step);
        let all = (first..first + 13).filter_map(|n| DateTime::from_timestamp(n * step, 0));
        let form = if step >= 86_400 { "%b %d" } else { "%b %d %H:%M" };
        all.take_while(|at| *at <= self.end).map(|at| (at, at.format(form).to_string())).collect()
    }
}

/// A value in few characters.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
