//! Traces of our own work, as OTLP over HTTP in JSON; off unless an endpoint is given.
//!
//! Owns which spans are collected (target [`TARGET`]: tick, query, plan, apply, flag_write) and how they leave. A
//! collector that is slow or away costs spans, never time: what does not fit into the queue is dropped and
//! counted. Written by hand: five spans need no SDK, and the program has one HTTP client.

pub mod export;
pub mod layer;
pub mod span;

use crate::domain::model::problem::Problem;
use crate::edge::http::endpoint::Endpoint;
use crate::edge::http::header::Header;
use export::Exporter;
use layer::Spans;
use span::Now;
use tokio::sync::mpsc;

/// The target of the spans that are collected.
pub const TARGET: &str = "flyball::trace";
/// Spans that wait to leave.
const QUEUE: usize = 2048;

/// The collecting end, for the log's set-up, and the sending end, to run beside the program. `endpoint` is the
/// collector without `/v1/traces`; `headers` are `name=value`, separated by commas.
///
/// # Errors
/// Field, value and fix of an endpoint or header that cannot be used.
pub fn open(endpoint: &str, headers: &str, now: Now) -> Result<(Spans, Exporter), Problem> {
    let url = Endpoint::parse("--otlp-endpoint", endpoint)?.at("v1/traces");
    let (queue, spans) = mpsc::channel(QUEUE);
    let exporter = Exporter::new(url, read(headers)?, spans)?;
    Ok((Spans::new(queue, now, exporter.dropped()), exporter))
}

fn read(headers: &str) -> Result<Vec<Header>, Problem> {
    let field = "OTEL_EXPORTER_OTLP_HEADERS";
    let pairs = headers.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let header = |pair: &str| {
        let wrong =
            || Problem::new(field, "", "a part of it has no `=`", "write name=value, separated by commas");
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        Header::new(field, name.trim(), value)
    };
    pairs.map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::http::fake_server::{Answer, FakeServer};
    use chrono::{DateTime, Utc};
    use serde_json::Value;
    use std::sync::Arc;
    use std::time::Duration;
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::{Layer, layer::SubscriberExt};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// What a receiver got: the spans of every request, decoded.
    fn received(server: &FakeServer) -> Vec<Value> {
        let bodies = server.requests().into_iter().map(|request| {
            assert!(request.starts_with("POST /v1/traces "), "{request}");
            serde_json::from_str::<Value>(request.split_once("\r\n\r\n").unwrap().1).unwrap()
        });
        let spans =
            |body: Value| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone();
        bodies.flat_map(spans).collect()
    }

    #[tokio::test]
    async fn a_tree_of_spans_reaches_a_receiver_with_times_and_parents() {
        let server = FakeServer::start(vec![Answer::reply(200, "", b"{}")]).await;
        let (spans, exporter) = open(&server.url(), "x-key=secret", Arc::new(|| at(1_700_000_000))).unwrap();
        let layer = spans.with_filter(filter_fn(|meta| meta.target() == TARGET));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let tick = tracing::trace_span!(target: "flyball::trace", "tick", policies = 3_u64);
            let _in_tick = tick.enter();
            let query = tracing::trace_span!(target: "flyball::trace", "query", source = "default", error = tracing::field::Empty);
            query.record("error", "the source did not answer");
            drop(query);
            tracing::trace_span!("of a library").in_scope(|| ());
        });
        tokio::time::timeout(Duration::from_secs(20), exporter.run()).await.expect("it ends with its queue");
        let spans = received(&server);
        let [query, tick] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((tick["name"].as_str(), query["name"].as_str()), (Some("tick"), Some("query")));
        assert_eq!(query["parentSpanId"], tick["spanId"]);
        assert_eq!(query["traceId"], tick["traceId"]);
        assert_eq!(
            (tick["traceId"].as_str().unwrap().len(), tick["spanId"].as_str().unwrap().len()),
            (32, 16)
        );
        assert_eq!(tick["startTimeUnixNano"], "1700000000000000000");
        assert_eq!(tick["attributes"][0], serde_json::json!({"key": "policies", "value": {"intValue": "3"}}));
        assert_eq!(query["status"]["code"], 2, "what has an error failed: {query}");
        assert!(server.requests()[0].to_lowercase().contains("x-key: secret"));
    }

    #[tokio::test]
    async fn a_collector_that_refuses_or_hangs_costs_spans_and_no_time() {
        let server = FakeServer::start(vec![Answer::reply(503, "", b"busy")]).await;
        let (spans, exporter) = open(&server.url(), "", Arc::new(|| at(0))).unwrap();
        let dropped = exporter.dropped();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), || {
            for _ in 0..QUEUE + 10 {
                tracing::trace_span!(target: "flyball::trace", "tick").in_scope(|| ());
            }
        });
        tokio::time::timeout(Duration::from_secs(20), exporter.run()).await.expect("it ends with its queue");
        assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), QUEUE as u64 + 10);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_field_and_without_the_secret() {
        let now: Now = Arc::new(|| at(0));
        let problem = open("collector:4318", "", now.clone()).err().unwrap();
        assert_eq!(problem.field, "--otlp-endpoint");
        let problem = open("http://collector:4318", "hunter2", now).err().unwrap();
        assert!(problem.field.ends_with("HEADERS") && !problem.to_string().contains("hunter2"), "{problem}");
    }
}
