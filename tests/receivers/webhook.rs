//! A server of the kind that people have in-house: it takes our JSON, if the signature over time and
//! body holds and the time is not long ago.

use super::stand::{CANARY, Signature, Stand, now};
use crate::servers::wire::{self, Reply, Request};
use flyball::edge::notify::declared::Keys;
use flyball::edge::notify::receiver::sign::{self, Secret};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Inner {
    taken: Vec<(String, String)>,
    /// Time and signature of the last.
    signed: (String, String),
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
        let address = wire::serve(move |request| {
            let mut inner = shared.lock().expect("no panics");
            let reply = answer(&inner, request);
            if reply.status == 204 {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let header = |name| request.header(name).to_string();
                inner.signed = (header("x-flyball-timestamp"), header("x-flyball-signature"));
                inner.taken.push((request.path.clone(), body));
            }
            Some(reply)
        });
        Self { address, inner }
    }
}

fn secret(rotations: u32) -> String {
    format!("{CANARY}-{rotations}")
}

fn answer(inner: &Inner, request: &Request) -> Reply {
    let sent = request.header("x-flyball-timestamp");
    let at = sent.parse::<i64>().unwrap_or(0);
    let expected = sign::webhook(&Secret::new(&secret(inner.rotations)), at, &request.body);
    let old = (now().timestamp() - at).abs() > 300;
    if old || request.header("x-flyball-signature") != expected {
        return Reply::new(401, "the signature does not hold");
    }
    let message: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let keyed = message["key"] == json!(request.header("x-flyball-key"));
    let known = message["version"] == "v1" && message["title"].is_string() && keyed;
    Reply::new(if known { 204 } else { 422 }, "")
}

fn keys(secret: &str) -> Keys {
    Keys { sign: Some(Secret::new(secret)), ..Keys::default() }
}

impl Stand for House {
    fn name(&self) -> &'static str {
        "`webhook`"
    }

    fn proved(&self) -> &'static str {
        "a server of the tests"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn spec(&self, base: &str) -> Value {
        json!({"webhook": {"url": format!("{base}/flyball"), "signSecretRef": {"name": "sign"}}})
    }

    fn keys(&self, _: &str) -> Keys {
        keys(&secret(self.inner.lock().expect("no panics").rotations))
    }

    fn strange_keys(&self, _: &str) -> Keys {
        keys(&format!("{CANARY}-strange"))
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn taken(&self) -> Vec<(String, String)> {
        self.inner.lock().expect("no panics").taken.clone()
    }

    fn signature(&self) -> Option<Signature> {
        let inner = self.inner.lock().expect("no panics");
        let ((at, given), (_, body)) = (&inner.signed, inner.taken.last()?);
        let given = given.strip_prefix("sha256=")?.to_string();
        let signed = format!("{at}.{body}");
        Some(Signature { key: secret(inner.rotations), signed, form: "hex", given })
    }

    fn no_in_the_body(&self) -> Option<Reply> {
        None
    }

    fn too_much(&self) -> (Reply, Duration) {
        (Reply::new(429, "").with("Retry-After", "7"), Duration::from_secs(7))
    }
}
