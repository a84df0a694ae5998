//! Asking a tracker: the client, its credentials and the pause that it asked for, and what statuses
//! mean.

use super::error::{IssueError, Subject};
use crate::edge::http::answer::{Error, Reply};
use crate::edge::http::call::{Call, JSON};
use crate::edge::http::gate::Gate;
use crate::edge::http::line::Line;
use chrono::DateTime;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// Most pages of one list.
pub const PAGES: usize = 10;

/// One tracker and how it is asked. Clones share connections and the pause that it asked for.
#[derive(Debug, Clone)]
pub struct Reach {
    line: Line,
    gate: Gate,
    /// Name of the IssueTracker.
    tracker: String,
}

/// A status that means that the tracker, or something before it, did not do its work.
#[derive(Debug, thiserror::Error)]
#[error("it answers {0}")]
struct Status(u16);

impl Reach {
    /// Takes up a tracker; nothing is asked.
    pub fn new(tracker: &str, line: Line) -> Self {
        Self { line, gate: Gate::default(), tracker: tracker.to_string() }
    }

    /// Whom an error about `repository` names.
    pub fn subject(&self, repository: &str) -> Subject {
        Subject { tracker: self.tracker.clone(), repository: repository.to_string() }
    }

    /// The URL of `segments` under the endpoint.
    ///
    /// # Errors
    /// Misnamed: one of them cannot stand in a path.
    pub fn url(&self, repository: &str, segments: &[&str]) -> Result<Url, IssueError> {
        self.line.endpoint.under(segments).ok_or_else(|| IssueError::Misnamed {
            subject: self.subject(repository),
            message: "a part of its name cannot stand in a URL",
        })
    }

    /// Reads; None: it does not exist.
    ///
    /// # Errors
    /// Unauthorized, rate limited, refused, malformed, unavailable.
    pub async fn read<T: DeserializeOwned>(
        &self,
        repository: &str,
        url: Url,
    ) -> Result<Option<T>, IssueError> {
        match self.send(repository, Call::get(url)).await? {
            Some(reply) => self.json(repository, &reply).map(Some),
            None => Ok(None),
        }
    }

    /// Writes.
    ///
    /// # Errors
    /// As [`Reach::read`]; not found.
    pub async fn write<T: DeserializeOwned>(
        &self,
        repository: &str,
        method: Method,
        url: Url,
        body: &Value,
    ) -> Result<T, IssueError> {
        let call = Call::write(method, url).body(JSON, body.to_string());
        let reply = self.send(repository, call).await?;
        self.json(repository, &reply.ok_or_else(|| IssueError::NotFound(self.subject(repository)))?)
    }

    /// Makes one call. None: what it is about does not exist.
    ///
    /// # Errors
    /// See [`Reach::read`].
    pub async fn send(&self, repository: &str, call: Call) -> Result<Option<Reply>, IssueError> {
        let subject = self.subject(repository);
        if !self.gate.is_open() {
            let message = "it asked for a pause, which is not over".to_string();
            return Err(IssueError::RateLimited { subject, message });
        }
        let call = self.line.headers.iter().cloned().fold(call, Call::with);
        let reply = match self.line.client.call(&call).await {
            Ok(reply) => reply,
            Err(error) => return Err(unavailable(subject, error)),
        };
        if let Some(pause) = pause(&reply) {
            let pause = self.gate.close(pause.as_deref()).as_secs();
            if !(200..300).contains(&reply.status) {
                let message = format!("it is not asked again for {pause} s");
                return Err(IssueError::RateLimited { subject, message });
            }
        }
        match reply.status {
            200..=299 => Ok(Some(reply)),
            404 | 410 => Ok(None),
            401 => Err(IssueError::Unauthorized(subject)),
            409 | 412 => Err(IssueError::Conflict { subject }),
            status @ (408 | 500..=599) => {
                Err(IssueError::Unavailable { subject, source: Box::new(Status(status)) })
            }
            status => Err(IssueError::Refused { subject, message: format!("it answers {status}") }),
        }
    }

    fn json<T: DeserializeOwned>(&self, repository: &str, reply: &Reply) -> Result<T, IssueError> {
        serde_json::from_slice(&reply.body).map_err(|error| IssueError::Malformed {
            subject: self.subject(repository),
            detail: format!(
                "the answer is not what such a tracker answers, at line {} column {}; check the endpoint's URL",
                error.line(),
                error.column()
            ),
        })
    }
}

fn unavailable(subject: Subject, error: Error) -> IssueError {
    IssueError::Unavailable { subject, source: Box::new(error) }
}

/// Whether a reply asks for a pause, and for how many seconds where it says so: by `retry-after`, or
/// because nothing is left until `x-ratelimit-reset`, told by the tracker's own clock.
fn pause(reply: &Reply) -> Option<Option<String>> {
    let limited = matches!(reply.status, 403 | 429);
    if let Some(after) = reply.header("retry-after").filter(|_| limited || reply.status == 503) {
        return Some(Some(after.to_string()));
    }
    let none_left = reply.header("x-ratelimit-remaining") == Some("0");
    if none_left {
        let reset = reply.header("x-ratelimit-reset").and_then(|text| text.parse::<i64>().ok());
        let now = reply.header("date").and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        let left = reset.zip(now).map(|(reset, now)| (reset - now.timestamp()).max(1).to_string());
        return Some(left);
    }
    (reply.status == 429).then_some(None)
}
