//! A collector of traces: takes what OTLP over HTTP brings, in JSON, and keeps every span.
//!
//! Stands in for the real one, which is in no registry: the protocol is the published one.

use crate::live::wait::until;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Longer than any pause between two exports.
const SILENCE: Duration = Duration::from_secs(60);

/// One that listens until the test ends.
pub struct Collector {
    port: u16,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    /// Listens on a port of its own.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(caller, &kept));
            }
        });
        Self { port, spans }
    }

    /// What `--otlp-endpoint` is given.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A write to a flag with the tick that it belongs to, once both are there.
    pub fn await_cut(&self, key: &str) -> (Value, Value) {
        until("the spans of the tick that cut are received", 60, || {
            let spans = self.spans.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
            let cut = spans.iter().find(|span| {
                span["name"] == "flag_write"
                    && attribute(span, "effect") == "cut"
                    && attribute(span, "key") == key
            });
            let cut = cut.ok_or_else(|| format!("{} spans", spans.len()))?;
            let root = spans.iter().find(|span| span["traceId"] == cut["traceId"] && span["name"] == "tick");
            Ok((cut.clone(), root.ok_or("no tick of its trace")?.clone()))
        })
    }

    /// Names of the spans of a trace.
    pub fn names(&self, trace: &Value) -> Vec<String> {
        let spans = self.spans.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let of_trace = spans.iter().filter(|span| span["traceId"] == *trace);
        of_trace.filter_map(|span| span["name"].as_str()).map(str::to_string).collect()
    }
}

/// A text attribute of a span.
pub fn attribute(span: &Value, key: &str) -> String {
    let all = span["attributes"].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|attribute| attribute["key"] == key);
    found.and_then(|one| one["value"]["stringValue"].as_str().map(str::to_string)).unwrap_or_default()
}

/// One connection, request after request.
fn serve(caller: TcpStream, kept: &Mutex<Vec<Value>>) {
    caller.set_read_timeout(Some(SILENCE)).expect("a socket takes a deadline");
    let Ok(mut answers) = caller.try_clone() else { return };
    let mut reader = BufReader::new(caller);
    while let Some(body) = request(&mut reader) {
        let body: Value = serde_json::from_slice(&body).unwrap_or_else(|error| panic!("no JSON: {error}"));
        let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().cloned();
        kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(spans.unwrap_or_default());
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        if answers.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The body of the next request to the path of traces.
fn request(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut length, mut line) = (0, String::new());
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /v1/traces "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let header = line.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
