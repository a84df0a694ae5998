//! What came back from a server, or why nothing did.
//!
//! An error says what happened on the way and never repeats what the server sent.

use super::guard::RefusedAddress;
use reqwest::header::HeaderMap;
use std::time::Duration;
use thiserror::Error;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body after decompression.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Reply {
    /// The value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What went wrong. None of it repeats what the server sent.
#[derive(Debug, Error)]
pub enum Error {
    /// The deadline passed.
    #[error("no complete answer within {0:?}")]
    Timeout(Duration),
    /// The body exceeds the cap.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The server sent us elsewhere.
    #[error("the server answered with a redirect ({0}), which is not followed; configure the final URL")]
    Redirected(u16),
    /// The endpoint's address is guarded. Nothing was sent.
    #[error(transparent)]
    Guarded(RefusedAddress),
    /// No connection.
    #[error("the server cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No trust.
    #[error("the TLS handshake failed")]
    Tls(#[source] reqwest::Error),
    /// The connection broke, or the bytes were not HTTP.
    #[error("the answer broke off or was malformed")]
    Broken(#[source] reqwest::Error),
}
