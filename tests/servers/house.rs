//! A small server of flags of the kind that people have in-house: values with versions, which a
//! write must name (`If-Match`).

use super::stand::{CANARY, Stand};
use super::wire::{self, Reply, Request};
use flyball::edge::http::header::Header;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inner {
    flags: BTreeMap<String, (String, u64)>,
    rotations: u32,
}

/// The server.
pub struct House {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl House {
    pub fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let address =
            wire::serve(move |request| Some(answer(&mut shared.lock().expect("no panics"), request)));
        Self { address, inner }
    }

    fn put(&self, key: &str, value: &str) {
        let mut inner = self.inner.lock().expect("no panics");
        let version = inner.flags.get(key).map_or(1, |(_, version)| version + 1);
        inner.flags.insert(key.to_string(), (value.to_string(), version));
    }
}

fn token(inner: &Inner) -> String {
    format!("{CANARY}-{}", inner.rotations)
}

fn answer(inner: &mut Inner, request: &Request) -> Reply {
    if request.header("authorization") != format!("Bearer {}", token(inner)) {
        return Reply::new(401, format!("I do not know {}", request.header("authorization")));
    }
    let Some(key) = request.path.strip_prefix("/flags/").and_then(|rest| rest.strip_suffix("?app=shop%26co"))
    else {
        return Reply::new(404, "no such path");
    };
    let Some((value, version)) = inner.flags.get(key).cloned() else {
        return Reply::new(404, "no such flag");
    };
    let shown = |value: &str, version: u64| {
        let body = json!({"data": {key: {"value": value}}}).to_string();
        Reply::new(200, body).with("ETag", &format!("\"{version}\""))
    };
    if request.is_read() {
        return shown(&value, version);
    }
    if request.header("if-match") != format!("\"{version}\"") {
        return Reply::new(412, "another version");
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(next) = body["value"].as_str() else { return Reply::new(400, "no value") };
    inner.flags.insert(key.to_string(), (next.to_string(), version + 1));
    shown(next, version + 1)
}

impl Stand for House {
    fn name(&self) -> &'static str {
        "http"
    }

    fn proved(&self) -> &'static str {
        "a server of the tests"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn spec(&self, url: &str) -> Value {
        json!({"http": {
            "endpoint": {"url": url, "allowAddresses": ["Loopback"], "auth": {"bearer": {"secretRef": {"name": "house"}}}},
            "project": "shop&co",
            "read": [{"path": "/flags/{{key}}?app={{project}}", "value": "/data/{{key}}/value", "version": "ETag"}],
            "cut": [{
                "path": "/flags/{{key}}?app={{project}}",
                "headers": {"If-Match": "{{version}}"},
                "body": "{\"value\": \"{{value}}\", \"by\": \"flyball\"}",
            }],
        }})
    }

    fn header(&self, token: &str) -> Header {
        Header::new("token", "Authorization", &format!("Bearer {token}")).expect("a token is a header")
    }

    fn token(&self) -> String {
        token(&self.inner.lock().expect("no panics"))
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn create(&self, key: &str) {
        self.put(key, "\"on\" & {{before}} é");
    }

    fn delete(&self, key: &str) {
        self.inner.lock().expect("no panics").flags.remove(key);
    }

    fn edit(&self, key: &str) {
        self.put(key, "maybe");
    }

    fn content(&self, key: &str) -> String {
        self.inner
            .lock()
            .expect("no panics")
            .flags
            .get(key)
            .map(|(value, _)| value.clone())
            .unwrap_or_default()
    }
}
