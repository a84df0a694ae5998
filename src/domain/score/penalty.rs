//! One signal's penalty: how far outside its band and beyond its limit it stands.

use crate::domain::model::baseline::Worse;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Point;
use crate::domain::model::reading::Reading;
use crate::domain::policy::signal::Signal;

/// What a signal may say in the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Known,
    /// Its baseline is young, and it has no limit to go by.
    Learning,
    /// Missing, stale or rejected.
    Unknown,
    /// Idle or never seen here: it leaves the score.
    LeftOut,
}

/// The standing and penalty (0-1) of one point.
pub fn judge(signal: &Signal, point: &Point) -> (Standing, f64) {
    let value = match &point.reading {
        Reading::Fresh(value) => *value,
        Reading::Idle | Reading::NotApplicable => return (Standing::LeftOut, 0.0),
        Reading::Stale(_) | Reading::Absent | Reading::Rejected(_) => return (Standing::Unknown, 0.0),
    };
    let mature = point.judgement.filter(|judged| judged.maturity == Maturity::Mature);
    let band = mature.map(|judged| 1.0 - (-judged.severity / 2.0).exp());
    let limit = signal.limit.map(|limit| beyond(value, limit, signal.worse, point.judgement));
    match (band, limit) {
        (None, None) => (Standing::Learning, 0.0),
        (band, limit) => (Standing::Known, band.unwrap_or(0.0).max(limit.unwrap_or(0.0))),
    }
}

/// Penalty of standing beyond the limit: at least one half, approaching one.
fn beyond(value: f64, limit: f64, worse: Worse, judged: Option<Judgement>) -> f64 {
    let over = if worse == Worse::Lower { limit - value } else { value - limit };
    if over <= 0.0 {
        return 0.0;
    }
    // A limit of 0 has no size of its own; the band's half width stands in for it.
    let unit = if limit == 0.0 { judged.map_or(1.0, |j| (j.upper - j.lower) / 2.0) } else { limit.abs() };
    0.5 + 0.5 * (1.0 - (-2.0 * over / unit).exp())
}
