//! Asking a store: where it is, what we present, and what its refusals mean.
//!
//! Owns the one reading of statuses. A store's sentence is never repeated: it may hold what we sent.

use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::error::{FlagError, Subject};
use crate::edge::http::answer::Reply;
use crate::edge::http::call::Call;
use crate::edge::http::gate::Gate;
use crate::edge::http::line::Line;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// One server and how it is asked. Clones share connections and the pause that it asked for.
#[derive(Debug, Clone)]
pub struct Reach {
    line: Line,
    gate: Gate,
    /// Name of the FlagProvider.
    provider: String,
    /// What a 404 of the store itself says, and in which field: others' say nothing of a flag.
    absence: Option<(&'static str, Value)>,
}

/// A status that means that the server, or something before it, did not do its work.
#[derive(Debug, thiserror::Error)]
#[error("it answers {0}")]
struct Status(u16);

impl Reach {
    /// Takes up an endpoint; nothing is asked.
    pub fn new(provider: &str, line: Line) -> Self {
        Self { line, gate: Gate::default(), provider: provider.to_string(), absence: None }
    }

    /// The same, which takes a 404 for the store's own only if its JSON has `value` in `field`: what
    /// stands before a store answers so, too, and a flag that is gone is given up.
    #[must_use]
    pub fn absent_by(self, field: &'static str, value: impl Into<Value>) -> Self {
        Self { absence: Some((field, value.into())), ..self }
    }

    /// Whom an error about `key` names.
    pub fn subject(&self, key: &str) -> Subject {
        Subject { provider: self.provider.clone(), key: Some(key.to_string()) }
    }

    /// The URL of `segments`, for the flag `key`.
    ///
    /// # Errors
    /// Refused: one of them cannot stand in a path.
    pub fn url(&self, key: &str, segments: &[&str]) -> Result<Url, FlagError> {
        self.line.endpoint.under(segments).ok_or_else(|| {
            let message = format!("{key:?} cannot stand in a URL; correct the action's key");
            FlagError::Refused { subject: self.subject(key), reason: Reason::new(Code::FlagRefused, message) }
        })
    }

    /// Makes one call about `key`. None: what it is about does not exist.
    ///
    /// # Errors
    /// Unauthorized, rate limited, a conflict, refused by the store, unavailable.
    pub async fn send(&self, key: &str, call: Call) -> Result<Option<Reply>, FlagError> {
        let subject = self.subject(key);
        if !self.gate.is_open() {
            let message = "it asked for a pause, which is not over".to_string();
            return Err(FlagError::RateLimited { subject, message });
        }
        let call = self.line.headers.iter().cloned().fold(call, Call::with);
        let reply = match self.line.client.call(&call).await {
            Ok(reply) => reply,
            Err(error) => return Err(FlagError::Unavailable { subject, source: Box::new(error) }),
        };
        match reply.status {
            200..=299 => Ok(Some(reply)),
            404 | 410 if self.is_its_own(&reply) => Ok(None),
            401 => Err(FlagError::Unauthorized { subject }),
            409 | 412 => {
                let detail = format!("the store refused the write as a conflict ({})", reply.status);
                Err(FlagError::Conflict { subject, detail })
            }
            429 => {
                let pause = self.gate.close(reply.header("retry-after"));
                let message = format!("it is not asked again for {} s", pause.as_secs());
                Err(FlagError::RateLimited { subject, message })
            }
            status @ (404 | 408 | 410 | 500..=599) => {
                Err(FlagError::Unavailable { subject, source: Box::new(Status(status)) })
            }
            status => Err(FlagError::StoreRefused { subject, message: format!("it answers {status}") }),
        }
    }

    fn is_its_own(&self, reply: &Reply) -> bool {
        let Some((field, value)) = &self.absence else { return true };
        serde_json::from_slice::<Value>(&reply.body).is_ok_and(|body| body.get(field) == Some(value))
    }

    /// The body of an answer about `key`.
    ///
    /// # Errors
    /// Malformed: it is not what the store answers. What stands there is not repeated.
    pub fn json<T: DeserializeOwned>(&self, key: &str, reply: &Reply) -> Result<T, FlagError> {
        serde_json::from_slice(&reply.body).map_err(|error| FlagError::Malformed {
            subject: self.subject(key),
            detail: format!(
                "the answer is not what such a store answers, at line {} column {}; check the endpoint's URL",
                error.line(),
                error.column()
            ),
        })
    }
}
