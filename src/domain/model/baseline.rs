//! What a baseline is told of its series: season, confidence, patience, and which way is bad.

use std::time::Duration;

/// Which way is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worse {
    Higher,
    Lower,
    Either,
}

/// How a baseline learns.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineSpec {
    pub season: Season,
    pub timezone: chrono_tz::Tz,
    /// Share of normal values inside the band, in percent: 50 to 99.9.
    pub confidence_percent: f64,
    /// A deviation smaller than this (in the unit of the signal) is never out of band.
    pub min_deviation_absolute: f64,
    /// Nor one smaller than this share of the expected value, in percent.
    pub min_deviation_percent: f64,
    pub warmup: Duration,
    pub worse: Worse,
    /// Grid interval of the samples.
    pub interval: Duration,
}

/// Which rhythm a series has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    None,
    Day,
    Week,
}

impl BaselineSpec {
    /// The defaults of a signal that says nothing: the weekly rhythm in UTC, a band for 95 % of
    /// values, no smallest deviation, a day of warm-up.
    pub fn defaults(worse: Worse, interval: Duration) -> Self {
        Self {
            season: Season::Week,
            timezone: chrono_tz::UTC,
            confidence_percent: 95.0,
            min_deviation_absolute: 0.0,
            min_deviation_percent: 0.0,
            warmup: Duration::from_secs(24 * 3600),
            worse,
            interval,
        }
    }
}

impl Worse {
    /// Whether `higher` values are bad, and whether lower ones are.
    pub fn sides(self) -> (bool, bool) {
        match self {
            Self::Higher => (true, false),
            Self::Lower => (false, true),
            Self::Either => (true, true),
        }
    }
}
