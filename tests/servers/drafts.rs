//! A server in which a change is a draft until it is published, as Apollo's description has it: the
//! provider is the very example of docs/providers.md.

use super::stand::{CANARY, Stand};
use super::wire::{self, Reply, Request};
use flyball::edge::http::header::Header;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

const DOCUMENT: &str = include_str!("../../docs/providers.md");
const NAMESPACE: &str = "/openapi/v1/envs/PRO/apps/shop/clusters/default/namespaces/application";

#[derive(Default, Clone)]
struct Inner {
    drafts: BTreeMap<String, String>,
    published: BTreeMap<String, String>,
    rotations: u32,
}

/// The server.
pub struct Drafts {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl Drafts {
    pub fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let address =
            wire::serve(move |request| Some(answer(&mut shared.lock().expect("no panics"), request)));
        Self { address, inner }
    }
}

fn answer(inner: &mut Inner, request: &Request) -> Reply {
    if request.header("authorization") != format!("{CANARY}-{}", inner.rotations) {
        return Reply::new(401, "{}");
    }
    let Some(path) = request.path.strip_prefix(NAMESPACE) else { return Reply::new(404, "{}") };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (request.method.as_str(), path, path.strip_prefix("/items/")) {
        ("GET", "/releases/latest", _) => {
            Reply::new(200, json!({"name": "r", "configurations": inner.published}).to_string())
        }
        ("POST", "/releases", _) if body["releasedBy"] == "flyball" => {
            inner.published = inner.drafts.clone();
            Reply::new(200, "{}")
        }
        ("GET", _, Some(key)) => match inner.drafts.get(key) {
            Some(value) => Reply::new(200, json!({"key": key, "value": value}).to_string()),
            None => Reply::new(404, "{}"),
        },
        ("PUT", _, Some(key)) if body["key"] == key && inner.drafts.contains_key(key) => {
            let Some(value) = body["value"].as_str() else { return Reply::new(400, "{}") };
            inner.drafts.insert(key.to_string(), value.to_string());
            Reply::new(200, "")
        }
        _ => Reply::new(404, "{}"),
    }
}

impl Stand for Drafts {
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
        let blocks = DOCUMENT.split("```yaml\n").map(|rest| rest.split("```").next().unwrap_or_default());
        let text =
            blocks.into_iter().find(|text| text.contains("{name: apollo}")).expect("it is in the document");
        let mut object: Value = serde_yaml::from_str(text).expect("it is YAML");
        let endpoint = &mut object["spec"]["http"]["endpoint"];
        endpoint["url"] = json!(url);
        endpoint["allowAddresses"] = json!(["Loopback"]);
        object["spec"].take()
    }

    fn header(&self, token: &str) -> Header {
        Header::new("token", "Authorization", token).expect("a token is a header")
    }

    fn token(&self) -> String {
        format!("{CANARY}-{}", self.inner.lock().expect("no panics").rotations)
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn create(&self, key: &str) {
        let mut inner = self.inner.lock().expect("no panics");
        inner.drafts.insert(key.to_string(), "on".to_string());
        inner.published = inner.drafts.clone();
    }

    fn delete(&self, key: &str) {
        let mut inner = self.inner.lock().expect("no panics");
        inner.drafts.remove(key);
        inner.published.remove(key);
    }

    fn edit(&self, key: &str) {
        let mut inner = self.inner.lock().expect("no panics");
        inner.drafts.insert(key.to_string(), "maybe".to_string());
        inner.published = inner.drafts.clone();
    }

    fn content(&self, key: &str) -> String {
        let inner = self.inner.lock().expect("no panics");
        format!("{:?} {:?}", inner.drafts.get(key), inner.published.get(key))
    }
}
