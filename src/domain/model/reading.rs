//! What one look at one signal of one service gave. Absence is a value.
//!
//! Owns the readings and their meaning. Must not turn anything missing into a number.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One signal of one service at one grid instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reading {
    /// A finite value whose newest sample is at most `maxAge` old.
    Fresh(f64),
    /// The signal's activity is fresh and below its minimum: known, and says nothing bad.
    Idle,
    /// The newest sample is older than `maxAge`; the age in seconds, or None where the source
    /// shows a value but no sample behind it any more.
    Stale(Option<u64>),
    /// Seen within `forgetAfter`, but not now.
    Absent,
    /// There was an answer, and it cannot be trusted.
    Rejected(Rejection),
    /// Never seen for this service.
    NotApplicable,
}

/// Why an answer cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rejection {
    NotANumber,
    Infinite,
    /// Two rows for one service.
    Doubled,
    /// The reply came with warnings, or said that it is partial.
    Partial,
    /// The reply exceeded a size or series limit and was cut.
    Truncated,
    /// The source refused the query or could not be reached in time.
    SourceFailed,
    /// A row lacks the namespace or service label.
    NoIdentity,
}

impl Reading {
    /// The value, if it may be used as evidence.
    pub fn fresh(&self) -> Option<f64> {
        match self {
            Self::Fresh(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether conditions treat this as known: Fresh, Idle and NotApplicable are.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Fresh(_) | Self::Idle | Self::NotApplicable)
    }
}

impl Rejection {
    /// Every way an answer can be rejected, for metrics.
    pub const ALL: [Rejection; 7] = [
        Self::NotANumber,
        Self::Infinite,
        Self::Doubled,
        Self::Partial,
        Self::Truncated,
        Self::SourceFailed,
        Self::NoIdentity,
    ];

    /// A stable word for metrics and reasons.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotANumber => "NotANumber",
            Self::Infinite => "Infinite",
            Self::Doubled => "Doubled",
            Self::Partial => "Partial",
            Self::Truncated => "Truncated",
            Self::SourceFailed => "SourceFailed",
            Self::NoIdentity => "NoIdentity",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "the value is NaN",
            Self::Infinite => "the value is infinite",
            Self::Doubled => "two rows answer for this service",
            Self::Partial => "the reply carried warnings or was partial",
            Self::Truncated => "the reply was larger than the source's limits",
            Self::SourceFailed => "the source did not answer",
            Self::NoIdentity => "the row has no namespace or service label",
        })
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh(value) => write!(f, "{}", Number(*value)),
            Self::Idle => f.write_str("idle"),
            Self::Stale(Some(age)) => write!(f, "stale, {age} s old"),
            Self::Stale(None) => f.write_str("stale, no sample behind it"),
            Self::Absent => f.write_str("absent"),
            Self::Rejected(why) => write!(f, "rejected: {why}"),
            Self::NotApplicable => f.write_str("never seen"),
        }
    }
}

/// A number as people read it: about four significant digits, no exponent where avoidable.
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        if x == 0.0 {
            return f.write_str("0");
        }
        let magnitude = x.abs();
        if !(1e-4..1e9).contains(&magnitude) {
            return write!(f, "{x:.3e}");
        }
        let decimals = (3 - magnitude.log10().floor() as i32).clamp(0, 7) as usize;
        let text = format!("{x:.decimals$}");
        match text.contains('.') {
            true => f.write_str(text.trim_end_matches('0').trim_end_matches('.')),
            false => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_a_person_writes_them() {
        for (x, text) in [
            (0.0, "0"),
            (0.15, "0.15"),
            (1204.49, "1204"),
            (1.0, "1"),
            (0.012345, "0.01235"),
            (-3.5, "-3.5"),
            (1e12, "1.000e12"),
            (100.0, "100"),
        ] {
            assert_eq!(Number(x).to_string(), text);
        }
    }
}
