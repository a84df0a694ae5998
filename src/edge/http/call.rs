//! One call: what is sent, before it is sent.

use super::header::Header;
use reqwest::Method;
use url::Url;

/// What is sent to a server. Only reading may be repeated; a write is sent once, whatever comes of it.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<Header>,
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

/// The media type of JSON.
pub const JSON: &str = "application/json";

impl Call {
    /// Reads `url`.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None }
    }

    /// Writes to `url`.
    pub fn write(method: Method, url: Url) -> Self {
        Self { method, ..Self::get(url) }
    }

    /// The same call with one more header.
    #[must_use]
    pub fn with(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }

    /// The same call with a body of a media type.
    #[must_use]
    pub fn body(self, media: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { body: Some((media, bytes.into())), ..self }
    }

    /// Whether repeating it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}
