//! A server that is declared: where it is, what it is shown and trusted by, which addresses it may have.
//!
//! Owns the one way from a declaration to a client that may be called. What it is asked is not known
//! here, and no secret is ever in a problem.

use super::client::{Client, Limits};
use super::endpoint::Endpoint;
use super::guard::Guard;
use super::header::Header;
use crate::domain::model::problem::Problem;

/// Where a server is, as people declare it.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// The field of the manifest that `url` stands in, such as `spec.unleash.endpoint`.
    pub field: &'a str,
    pub url: &'a str,
    /// What its `allowAddresses` says, in its own words.
    pub allowed: Vec<&'static str>,
}

/// What a server is shown and trusted by, read from where its declaration names it.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    pub headers: Vec<Header>,
    /// PEM certificates that are trusted instead of the public ones.
    pub ca: Option<Vec<u8>>,
}

/// A server that may be called. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Line {
    pub client: Client,
    pub endpoint: Endpoint,
    pub headers: Vec<Header>,
}

impl Line {
    /// Takes up a server; nothing is asked. `api_server`: hosts of the API server, which are guarded.
    ///
    /// # Errors
    /// The URL or the certificates cannot be used.
    pub fn open(
        declared: &Declared<'_>,
        keys: Keys,
        limits: Limits,
        api_server: &[String],
    ) -> Result<Self, Problem> {
        let endpoint = Endpoint::parse(&format!("{}.url", declared.field), declared.url)?;
        let guard = Guard::allowing(&declared.allowed, api_server);
        let client = Client::guarded(limits, keys.ca.as_deref(), guard);
        let client = client.map_err(|problem| problem.under(declared.field))?;
        Ok(Self { client, endpoint, headers: keys.headers })
    }
}
