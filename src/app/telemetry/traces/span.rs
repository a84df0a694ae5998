//! A finished span, and its form on the wire (OTLP 1.x, JSON).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What the wall clock shows.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What a span's attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    Text(String),
    Int(i64),
    Bool(bool),
}

/// A span that has ended.
#[derive(Debug, Clone)]
pub struct Span {
    pub name: &'static str,
    pub trace: u128,
    pub id: u64,
    pub parent: Option<u64>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// The attribute that says what went wrong.
const ERROR: &str = "error";

impl Span {
    fn json(&self) -> Value {
        let mut span = json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.id),
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": nanos(self.start),
            "endTimeUnixNano": nanos(self.end.max(self.start)),
            "attributes": self.attributes.iter().map(attribute).collect::<Vec<Value>>(),
        });
        if let Some(parent) = self.parent {
            span["parentSpanId"] = json!(format!("{parent:016x}"));
        }
        let failed = self.attributes.iter().find(|(name, _)| *name == ERROR);
        if let Some((_, Attribute::Text(message))) = failed {
            span["status"] = json!({"code": 2, "message": message});
        }
        span
    }
}

/// One request's body.
pub fn body(spans: &[Span]) -> Value {
    let resource = [
        attribute(&("service.name", Attribute::Text("flyball".to_string()))),
        attribute(&("service.version", Attribute::Text(env!("CARGO_PKG_VERSION").to_string()))),
    ];
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": {"name": "flyball"}, "spans": spans.iter().map(Span::json).collect::<Vec<Value>>()}],
    }]})
}

fn attribute((key, value): &(&'static str, Attribute)) -> Value {
    let mut held = Map::new();
    match value {
        Attribute::Text(text) => held.insert("stringValue".to_string(), json!(text)),
        // 64-bit integers are strings in the JSON form of protocol buffers.
        Attribute::Int(number) => held.insert("intValue".to_string(), json!(number.to_string())),
        Attribute::Bool(yes) => held.insert("boolValue".to_string(), json!(yes)),
    };
    json!({"key": key, "value": held})
}

fn nanos(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or(0).max(0).to_string()
}
