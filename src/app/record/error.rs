//! Why there is no recording.

use crate::domain::model::problem::Problem;
use crate::edge::prometheus::error::Error as SourceError;
use crate::edge::recording::reader::CELLS_MAX;
use chrono::{DateTime, Utc};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no recording.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The arguments or the policies cannot be recorded: all that is wrong with them.
    #[error("this cannot be recorded: {}", lines(.0))]
    Refused(Vec<Problem>),
    /// The source gave no answer.
    #[error("asking `{query}` from {from} failed")]
    Ask {
        query: String,
        from: DateTime<Utc>,
        #[source]
        source: SourceError,
    },
    /// What replays would take for whole is not.
    #[error(
        "the answer to `{query}` carried warnings or was partial; a recording cannot say so: ask for a \
         time and with a query that the source answers whole"
    )]
    Partial { query: String },
    /// Rows were cut off.
    #[error(
        "the answer to `{query}` has more series than the source's limit; aggregate it, or raise the limit"
    )]
    Truncated { query: String },
    /// The source answered for instants that were not asked.
    #[error("the answer to `{query}` has a value at {millis} ms, which was not asked for")]
    OffGrid { query: String, millis: i64 },
    /// More than can be read back.
    #[error(
        "with `{query}` there are more than {CELLS_MAX} values; record a shorter time, a larger step or \
         fewer series"
    )]
    TooMany { query: String },
    /// The file could not be written or put in place.
    #[error("saving the recording {path:?} failed")]
    Save {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n  ")
}
