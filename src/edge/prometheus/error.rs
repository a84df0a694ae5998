//! Why a source gave no answer.

use crate::edge::http::answer::Error as HttpError;
use std::time::Duration;
use thiserror::Error;

/// Why there is no answer. None of it repeats what the server sent, except one word.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing usable came back.
    #[error(transparent)]
    Http(HttpError),
    /// All permits were taken for the whole timeout.
    #[error("other questions kept the source busy for {0:?}")]
    Busy(Duration),
    /// The server refused, with the word of its `errorType` if it gave one.
    #[error("the source refused the query: status {status}{}", word.as_ref().map(|w| format!(" ({w})")).unwrap_or_default())]
    Refused { status: u16, word: Option<String> },
    /// The reply is not what the API describes.
    #[error("the source's reply is malformed at line {line} column {column}: expected {expected}")]
    Malformed { expected: &'static str, line: usize, column: usize },
}
