//! A watch as it comes over the wire: one line of JSON per event, never silent for long.

use super::client::{Call, JSON, Kube};
use super::error::KubeError;
use super::place::Place;
use futures::StreamExt;
use http_body_util::{BodyDataStream, BodyExt};
use kube::client::Body;
use kube::core::response::Status;
use serde_json::Value;
use std::time::Duration;

/// How long one watch lasts before the API server ends it, in seconds: the longest that a change
/// can stay unseen on a connection that died without a word.
const LASTS: u32 = 60;
/// How long after that we end it ourselves.
const GRACE: Duration = Duration::from_secs(15);
/// Largest event, in bytes; the API server stores no object as large.
const EVENT_MAX: usize = 8 << 20;
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// What a watch tells.
#[derive(Debug)]
pub enum Event {
    /// An object as it is now.
    Applied(Value),
    /// An object as it last was.
    Deleted(Value),
    /// Nothing has changed up to this version.
    Bookmark(String),
}

/// A running watch.
pub struct Watch {
    body: BodyDataStream<Body>,
    pending: Vec<u8>,
    object: String,
}

impl Kube {
    /// Watches a place from `version` on.
    ///
    /// # Errors
    /// See [`KubeError`]; `Expired` asks for a new list.
    pub async fn watch(&self, place: &Place, version: &str, metadata_only: bool) -> Result<Watch, KubeError> {
        let query = vec![
            ("watch", "true".to_string()),
            ("allowWatchBookmarks", "true".to_string()),
            ("timeoutSeconds", LASTS.to_string()),
            ("resourceVersion", version.to_string()),
        ];
        let accept = if metadata_only { METADATA } else { JSON };
        let call = Call { accept, ..Call::read(place, "", query) };
        let object = call.object.clone();
        // The answer's head comes with the first event or bookmark, so it may take as long.
        let longest = Duration::from_secs(LASTS.into()) + GRACE;
        let sent = tokio::time::timeout(longest, self.send(call)).await;
        let late = |_| KubeError::Timeout { object: object.clone(), after: longest };
        let response = sent.map_err(late)??;
        Ok(Watch { body: response.into_body().into_data_stream(), pending: Vec::new(), object })
    }
}

impl Watch {
    /// The next event; None once the API server ended the watch in good order.
    ///
    /// # Errors
    /// See [`KubeError`]; the watch is over then.
    pub async fn next(&mut self) -> Result<Option<Event>, KubeError> {
        let longest = Duration::from_secs(LASTS.into()) + GRACE;
        let late = |_| KubeError::Timeout { object: self.object.clone(), after: longest };
        let line = tokio::time::timeout(longest, line(&mut self.body, &mut self.pending, &self.object));
        match line.await.map_err(late)?? {
            Some(line) => event(&line, &self.object).map(Some),
            None => Ok(None),
        }
    }
}

/// The next whole line; half a line at the end is none.
async fn line(
    body: &mut BodyDataStream<Body>,
    pending: &mut Vec<u8>,
    object: &str,
) -> Result<Option<Vec<u8>>, KubeError> {
    let mut searched = 0;
    loop {
        if let Some(end) = pending[searched..].iter().position(|byte| *byte == b'\n') {
            let rest = pending.split_off(searched + end + 1);
            return Ok(Some(std::mem::replace(pending, rest)));
        }
        searched = pending.len();
        if searched > EVENT_MAX {
            let detail = format!("an event is larger than {EVENT_MAX} bytes");
            return Err(KubeError::Malformed { object: object.to_string(), detail });
        }
        match body.next().await {
            Some(Ok(bytes)) => pending.extend_from_slice(&bytes),
            Some(Err(source)) => {
                return Err(KubeError::Unavailable { object: object.to_string(), source: Box::new(source) });
            }
            None => return Ok(None),
        }
    }
}

fn event(line: &[u8], object: &str) -> Result<Event, KubeError> {
    let malformed = |detail: &str| KubeError::Malformed { object: object.to_string(), detail: detail.into() };
    let mut event: Value = serde_json::from_slice(line).map_err(|_| malformed("an event is no JSON"))?;
    let about = event["object"].take();
    match event["type"].as_str() {
        Some("ADDED" | "MODIFIED") => Ok(Event::Applied(about)),
        Some("DELETED") => Ok(Event::Deleted(about)),
        Some("BOOKMARK") => {
            let version = about["metadata"]["resourceVersion"].as_str();
            version.map(|version| Event::Bookmark(version.to_string())).ok_or_else(|| malformed("a bookmark"))
        }
        Some("ERROR") => {
            let status: Option<Status> = serde_json::from_value(about).ok();
            let code = status.as_ref().map_or(500, |status| status.code);
            Err(KubeError::of(object, code, status))
        }
        _ => Err(malformed("an event of an unknown type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_event_is_read_and_an_expired_version_asks_for_a_new_list() {
        let read = |text: &str| event(text.as_bytes(), "x");
        assert!(matches!(read(r#"{"type":"ADDED","object":{}}"#), Ok(Event::Applied(_))));
        assert!(matches!(read(r#"{"type":"DELETED","object":{}}"#), Ok(Event::Deleted(_))));
        let mark = read(r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}"#);
        assert!(matches!(mark, Ok(Event::Bookmark(version)) if version == "7"));
        let expired = read(r#"{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"old"}}"#);
        assert!(matches!(expired, Err(KubeError::Expired { .. })));
        assert!(matches!(read("{"), Err(KubeError::Malformed { .. })));
        assert!(matches!(read(r#"{"type":"NEW"}"#), Err(KubeError::Malformed { .. })));
    }
}
