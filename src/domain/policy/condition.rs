//! Conditions of a tier: what must hold before it engages.

use std::time::Duration;

/// `all` or `any` of terms, one level of nesting.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    All(Vec<Term>),
    Any(Vec<Term>),
}

/// One member of a `when`.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    Test(Test),
    All(Vec<Test>),
    Any(Vec<Test>),
}

/// One test of one signal, or of the score.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Signal {
        signal: usize,
        check: Check,
    },
    /// The score stays below a value.
    Score {
        below: f64,
        span: Span,
    },
}

/// What is tested of a signal.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    Above {
        value: f64,
        span: Span,
    },
    Below {
        value: f64,
        span: Span,
    },
    /// Beyond the signal's own limit, on its bad side.
    BeyondLimit {
        limit: f64,
        lower_is_worse: bool,
        span: Span,
    },
    /// The baseline's own alarm (`periods` None), or that many readings in a row outside the band
    /// on the bad side.
    Anomalous {
        periods: Option<u32>,
    },
}

/// How long, counted in readings of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// That many readings in a row; at least 1.
    Consecutive(u32),
    /// `times` of the last `of` readings.
    Count { times: u32, of: u32 },
}

impl Span {
    /// `for` on a grid: ceil(for / interval) readings, at least one.
    pub fn lasting(duration: Duration, interval: Duration) -> Self {
        Self::Consecutive(readings(duration, interval))
    }

    /// How many readings it looks back on.
    pub fn depth(self) -> u32 {
        match self {
            Self::Consecutive(n) => n,
            Self::Count { of, .. } => of,
        }
    }
}

/// ceil(duration / interval), at least one.
pub fn readings(duration: Duration, interval: Duration) -> u32 {
    let count = duration.as_millis().div_ceil(interval.as_millis().max(1));
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

impl When {
    /// The members, whichever way they are combined.
    pub fn terms(&self) -> &[Term] {
        match self {
            Self::All(terms) | Self::Any(terms) => terms,
        }
    }

    /// Every test in it.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.terms().iter().flat_map(|term| match term {
            Term::Test(test) => std::slice::from_ref(test),
            Term::All(tests) | Term::Any(tests) => tests,
        })
    }
}

impl Test {
    /// How many readings it looks back on.
    pub fn depth(&self) -> u32 {
        match self {
            Self::Score { span, .. } => span.depth(),
            Self::Signal { check, .. } => match check {
                Check::Above { span, .. } | Check::Below { span, .. } | Check::BeyondLimit { span, .. } => {
                    span.depth()
                }
                Check::Anomalous { periods } => periods.unwrap_or(1),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_readings_rounded_up() {
        for (duration, interval, expected) in
            [(120, 30, 4), (100, 30, 4), (0, 30, 1), (30, 30, 1), (31, 30, 2)]
        {
            let (duration, interval) = (Duration::from_secs(duration), Duration::from_secs(interval));
            assert_eq!(readings(duration, interval), expected);
        }
    }
}
