//! The sending end: batches, each sent once.

use super::span::{Span, body};
use crate::domain::model::problem::Problem;
use crate::edge::http::call::{Call, JSON};
use crate::edge::http::client::{Client, Limits};
use crate::edge::http::header::Header;
use reqwest::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// Spans of one request.
const BATCH: usize = 256;
/// How long spans gather before they are sent.
const GATHER: Duration = Duration::from_secs(2);
/// What bounds one request; the answer says nothing that is used.
const LIMITS: Limits = Limits { timeout: Duration::from_secs(5), max_bytes: 64 << 10 };

/// Sends what is collected, until the collecting end is gone.
pub struct Exporter {
    client: Client,
    url: Url,
    headers: Vec<Header>,
    spans: mpsc::Receiver<Span>,
    dropped: Arc<AtomicU64>,
}

impl Exporter {
    /// To `url`, with `headers`.
    ///
    /// # Errors
    /// No client can be made.
    pub fn new(url: Url, headers: Vec<Header>, spans: mpsc::Receiver<Span>) -> Result<Self, Problem> {
        let client = Client::new(LIMITS, None)?;
        Ok(Self { client, url, headers, spans, dropped: Arc::new(AtomicU64::new(0)) })
    }

    /// How many spans never arrived.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        self.dropped.clone()
    }

    /// Sends until nobody collects any more. A failure is logged when it begins and when it is over.
    pub async fn run(mut self) {
        let mut batch = Vec::new();
        let mut failing = false;
        while self.spans.recv_many(&mut batch, BATCH).await > 0 {
            // More may come: fewer and larger requests. Nobody waits for this.
            let gather =
                async { while batch.len() < BATCH && self.spans.recv_many(&mut batch, BATCH).await > 0 {} };
            let _ = tokio::time::timeout(GATHER, gather).await;
            let outcome = self.send(&batch).await;
            match (&outcome, failing) {
                (Err(why), false) => tracing::warn!("traces are lost, they are not taken: {why}"),
                (Ok(()), true) => tracing::info!("over: traces are taken again"),
                _ => {}
            }
            failing = outcome.is_err();
            if failing {
                self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
            }
            batch.clear();
        }
    }

    async fn send(&self, batch: &[Span]) -> Result<(), String> {
        let call = Call::write(Method::POST, self.url.clone()).body(JSON, body(batch).to_string());
        let call = self.headers.iter().cloned().fold(call, Call::with);
        match self.client.call(&call).await {
            Ok(reply) if (200..300).contains(&reply.status) => Ok(()),
            Ok(reply) => Err(format!("status {}", reply.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}
