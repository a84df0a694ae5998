//! The words that metrics carry as labels: one fixed word per variant.
//!
//! Owns the outcomes that only telemetry tells apart, and the words of readings. A label is
//! always one of these, so the number of series is known before the program starts.

use crate::domain::model::episode::Phase;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::plan::FlagEffect;
use crate::domain::model::reading::Reading;

/// Kinds of stores whose clients can be asked what they are served.
pub const STORES: [&str; 2] = ["openFeature", "unleash"];

/// How a request to a metrics source ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceResult {
    /// A whole answer.
    Answered,
    /// An answer that said it was partial, or was cut at a limit.
    Incomplete,
    /// The source refused the query.
    Refused,
    /// The source failed or could not be reached.
    Failed,
    /// No answer within the deadline.
    TimedOut,
}

/// How a write to a flag store ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteResult {
    /// Written and read back.
    Applied,
    /// Somebody else wrote first.
    Conflict,
    /// The store refused it.
    Refused,
    /// The store failed or could not be reached.
    Failed,
}

/// How a try to deliver a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageResult {
    /// The receiver took it.
    Delivered,
    /// It did not, and is told again.
    Failed,
    /// It was given up.
    Dropped,
}

impl MessageResult {
    pub const ALL: [MessageResult; 3] = [Self::Delivered, Self::Failed, Self::Dropped];

    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Dropped => "Dropped",
        }
    }
}

impl SourceResult {
    pub const ALL: [SourceResult; 5] =
        [Self::Answered, Self::Incomplete, Self::Refused, Self::Failed, Self::TimedOut];

    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "Answered",
            Self::Incomplete => "Incomplete",
            Self::Refused => "Refused",
            Self::Failed => "Failed",
            Self::TimedOut => "TimedOut",
        }
    }
}

impl WriteResult {
    pub const ALL: [WriteResult; 4] = [Self::Applied, Self::Conflict, Self::Refused, Self::Failed];

    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "Applied",
            Self::Conflict => "Conflict",
            Self::Refused => "Refused",
            Self::Failed => "Failed",
        }
    }
}

/// Every phase of a live decision.
pub fn live_phases() -> [&'static str; Phase::ALL.len() - 1] {
    let mut words = [""; Phase::ALL.len() - 1];
    let live = Phase::ALL.into_iter().filter(|phase| *phase != Phase::Ended);
    for (word, phase) in words.iter_mut().zip(live) {
        *word = phase.as_str();
    }
    words
}

/// The levels of tiers.
pub const LEVELS: [&str; 3] = ["Fuse", "Degrade", "Optimize"];

/// The word of a level, one of [`LEVELS`]; the shallowest for a word of a newer version.
pub fn level(word: &str) -> &'static str {
    LEVELS.into_iter().find(|known| *known == word).unwrap_or(LEVELS[2])
}

/// What may come of a decision beside its outcome.
pub const CAME_OF_IT: [&str; 5] = ["Improved", "Ineffective", "Inconclusive", "Relapsed", "Superseded"];

/// Every kind of reading.
pub const READINGS: [&str; 6] = ["Fresh", "Idle", "Stale", "Absent", "Rejected", "NotApplicable"];

/// The kind of a reading, one of [`READINGS`].
pub fn reading(reading: &Reading) -> &'static str {
    match reading {
        Reading::Fresh(_) => "Fresh",
        Reading::Idle => "Idle",
        Reading::Stale(_) => "Stale",
        Reading::Absent => "Absent",
        Reading::Rejected(_) => "Rejected",
        Reading::NotApplicable => "NotApplicable",
    }
}

/// The effects that write to a flag.
pub const EFFECTS: [&str; 2] = ["Cut", "Original"];

/// The word of an effect, one of [`EFFECTS`]; None for the one that writes nothing.
pub fn effect(effect: &FlagEffect) -> Option<&'static str> {
    match effect {
        FlagEffect::Cut => Some("Cut"),
        FlagEffect::Original => Some("Original"),
        FlagEffect::LeaveAlone => None,
    }
}

/// Every maturity of a baseline.
pub const MATURITIES: [&str; 2] = ["Learning", "Mature"];

/// The word of a maturity, one of [`MATURITIES`].
pub fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Learning(_) => "Learning",
        Maturity::Mature => "Mature",
    }
}
