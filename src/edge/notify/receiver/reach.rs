//! Speaking to a receiver: where it is, what we present, and what its statuses mean.

use crate::domain::model::problem::Problem;
use crate::edge::http::answer::Reply;
use crate::edge::http::call::{Call, JSON};
use crate::edge::http::client::Client;
use crate::edge::http::header::Header;
use crate::edge::notify::error::NotifyError;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Longest pause that a receiver may ask for.
const LONGEST: Duration = Duration::from_secs(600);

/// Where a receiver is, and what it is shown. Its URL may be a secret and is not shown.
#[derive(Clone)]
pub struct Reach {
    client: Client,
    url: Url,
    headers: Vec<Header>,
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reach")
    }
}

impl Reach {
    /// Takes up a URL that [`address`] has read.
    pub fn new(client: Client, url: Url, headers: Vec<Header>) -> Self {
        Self { client, url, headers }
    }

    /// The URL itself.
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// The URL of `path` under it.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url
    }

    /// Posts JSON, whatever is answered.
    ///
    /// # Errors
    /// Nothing was answered.
    pub async fn post(&self, url: Url, body: Vec<u8>, also: Vec<Header>) -> Result<Reply, NotifyError> {
        self.call(Call::write(Method::POST, url).body(JSON, body), also).await
    }

    /// Reads, whatever is answered.
    ///
    /// # Errors
    /// Nothing was answered.
    pub async fn get(&self, url: Url) -> Result<Reply, NotifyError> {
        self.call(Call::get(url), Vec::new()).await
    }

    async fn call(&self, call: Call, also: Vec<Header>) -> Result<Reply, NotifyError> {
        let call = self.headers.iter().cloned().chain(also).fold(call, Call::with);
        self.client.call(&call).await.map_err(|error| NotifyError::Unavailable(Box::new(error)))
    }
}

/// A URL that is, or may hold, a secret: what is wrong with it is said without it.
///
/// # Errors
/// It cannot be used.
pub fn address(field: &str, text: &str) -> Result<Url, Problem> {
    let problem = |message: &str, fix: &str| Problem::new(field, "", message, fix);
    let url = Url::parse(text.trim());
    let url =
        url.map_err(|_| problem("what stands there is not a URL", "store the whole URL, from https:// on"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem("the URL has another scheme than http and https", "begin it with `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("the URL holds a user name or password", "leave out `user:password@`"));
    }
    if url.host_str().is_none_or(str::is_empty) || url.fragment().is_some() {
        return Err(problem("the URL has no host, or a `#` part", "store it as the receiver shows it"));
    }
    Ok(url)
}

/// What a status means, where the body does not say more.
///
/// # Errors
/// Everything but a success.
pub fn by_status(reply: &Reply) -> Result<(), NotifyError> {
    match reply.status {
        200..=299 => Ok(()),
        401 => Err(NotifyError::Unauthorized("it answers 401")),
        403 => Err(NotifyError::Unauthorized("it answers 403")),
        429 => Err(NotifyError::RateLimited { after: pause(reply) }),
        status @ (400 | 413 | 415 | 422) => Err(NotifyError::Refused(format!("it answers {status}"))),
        status => Err(NotifyError::Failing(status)),
    }
}

/// The pause that a receiver asks for.
pub fn pause(reply: &Reply) -> Option<Duration> {
    let seconds = reply.header("retry-after")?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds).clamp(Duration::from_secs(1), LONGEST))
}

/// The answer as JSON.
///
/// # Errors
/// It is none. What stands there is not repeated.
pub fn json<T: DeserializeOwned>(reply: &Reply) -> Result<T, NotifyError> {
    serde_json::from_slice(&reply.body).map_err(|_| NotifyError::Malformed)
}

/// A document as bytes.
pub fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_secret_url_is_said_without_it() {
        let url = "https://oapi.example/robot/send?access_token=hunter2";
        assert_eq!(address("f", url).unwrap().query(), Some("access_token=hunter2"));
        for text in ["hunter2", "ftp://hunter2", "https://u:hunter2@x", "https://x/#hunter2", ""] {
            let told = address("spec.slack.urlSecretRef", text).unwrap_err().to_string();
            assert!(told.contains("spec.slack.urlSecretRef") && !told.contains("hunter2"), "{told}");
        }
    }
}
