//! Asking what clients are served: flagd and what speaks OFREP, or Unleash's client API.
//!
//! Owns the one question, whether a flag is at its fallback for a client without a name. It is about
//! the clients' side; how a flag stands in its store is not asked here.

use super::error::FlagError;
use super::outer::reach::Reach;
use crate::edge::http::call::{Call, JSON};
use crate::edge::http::line::Line;
use reqwest::Method;
use serde::Deserialize;

/// Who is asked. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Served {
    reach: Reach,
    by: By,
}

/// How is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Ofrep,
    UnleashClient,
}

#[derive(Deserialize)]
struct Evaluated {
    #[serde(default)]
    variant: Option<String>,
}

#[derive(Deserialize)]
struct Feature {
    enabled: bool,
}

impl Served {
    /// Takes up a server that stands on the clients' side of the provider; nothing is asked.
    pub fn new(provider: &str, line: Line, by: By) -> Self {
        Self { reach: Reach::new(provider, line), by }
    }

    /// Whether the flag `key` is served at `fallback`. One that clients do not know yet is not.
    ///
    /// # Errors
    /// Unauthorized, rate limited, refused, malformed, unavailable.
    pub async fn serves(&self, key: &str, fallback: &str) -> Result<bool, FlagError> {
        match self.by {
            By::Ofrep => {
                let url = self.reach.url(key, &["ofrep", "v1", "evaluate", "flags", key])?;
                let call = Call::write(Method::POST, url).body(JSON, r#"{"context":{}}"#);
                let Some(reply) = self.reach.send(key, call).await? else { return Ok(false) };
                let found: Evaluated = self.reach.json(key, &reply)?;
                Ok(found.variant.as_deref() == Some(fallback))
            }
            By::UnleashClient => {
                let url = self.reach.url(key, &["api", "client", "features", key])?;
                let Some(reply) = self.reach.send(key, Call::get(url)).await? else { return Ok(false) };
                let found: Feature = self.reach.json(key, &reply)?;
                Ok(found.enabled == (fallback == "on"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::http::client::{Client, Limits};
    use crate::edge::http::endpoint::Endpoint;
    use crate::edge::http::fake_server::{Answer, FakeServer};
    use std::time::Duration;

    async fn ask(by: By, fallback: &str, answer: (u16, &str)) -> (Result<bool, String>, String) {
        let server = FakeServer::start(vec![Answer::reply(answer.0, "", answer.1.as_bytes())]).await;
        let limits = Limits { timeout: Duration::from_secs(2), max_bytes: 10_000 };
        let endpoint = Endpoint::parse("url", &server.url()).unwrap();
        let line = Line { client: Client::new(limits, None).unwrap(), endpoint, headers: Vec::new() };
        let said = Served::new("flags", line, by).serves("check", fallback).await;
        (said.map_err(|error| error.to_string()), server.requests().remove(0))
    }

    #[tokio::test]
    async fn what_clients_are_served_is_read_from_each_answer() {
        for (by, fallback, answer, served) in [
            (By::Ofrep, "off", (200, r#"{"value":false,"variant":"off"}"#), true),
            (By::Ofrep, "off", (200, r#"{"value":true,"variant":"on"}"#), false),
            (By::Ofrep, "off", (404, r#"{"errorCode":"FLAG_NOT_FOUND"}"#), false),
            (By::UnleashClient, "off", (200, r#"{"name":"check","enabled":false}"#), true),
            (By::UnleashClient, "off", (200, r#"{"name":"check","enabled":true}"#), false),
            (By::UnleashClient, "on", (200, r#"{"name":"check","enabled":true}"#), true),
        ] {
            let (said, request) = ask(by, fallback, answer).await;
            assert_eq!(said, Ok(served), "{by:?} {answer:?}");
            let path = match by {
                By::Ofrep => "POST /ofrep/v1/evaluate/flags/check ",
                By::UnleashClient => "GET /api/client/features/check ",
            };
            assert!(request.starts_with(path), "{request}");
        }
    }

    #[tokio::test]
    async fn an_answer_without_sense_says_nothing() {
        for (by, answer) in [(By::Ofrep, (200, "<html>")), (By::UnleashClient, (401, ""))] {
            assert!(ask(by, "off", answer).await.0.is_err(), "{by:?}");
        }
    }
}
