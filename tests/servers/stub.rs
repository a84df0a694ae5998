//! Stubs: they answer as the stores' own descriptions say, and prove no more than that.
//!
//! LaunchDarkly: its REST API's description, version 2, "Updates using JSON patch" and the
//! representation of a flag. Flipt: environments.proto of its repository, version 2 (GetResource,
//! UpdateResource, `revision`).

use super::stand::{CANARY, Stand};
use super::wire::{self, Reply, Request};
use flyball::edge::http::header::Header;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// Which store is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Like {
    LaunchDarkly,
    Flipt,
}

#[derive(Default)]
struct Inner {
    flags: BTreeMap<String, Value>,
    /// Of the whole store.
    revision: u64,
    rotations: u32,
}

/// The stub.
pub struct Stub {
    like: Like,
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl Stub {
    pub fn start(like: Like) -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let address = wire::serve(move |request| {
            let mut inner = shared.lock().expect("no panics");
            let token = format!("{CANARY}-{}", inner.rotations);
            let expected = if like == Like::Flipt { format!("Bearer {token}") } else { token };
            Some(match request.header("authorization") == expected {
                false => Reply::new(401, json!({"message": "unauthorized"}).to_string()),
                true if like == Like::Flipt => flipt(&mut inner, request),
                true => launch_darkly(&mut inner, request),
            })
        });
        Self { like, address, inner }
    }

    fn change(&self, key: &str, change: impl FnOnce(&mut Value)) {
        let mut inner = self.inner.lock().expect("no panics");
        inner.revision += 1;
        let flag = inner.flags.entry(key.to_string()).or_insert(Value::Null);
        change(flag);
        if self.like == Like::LaunchDarkly {
            let version = flag["environments"]["production"]["version"].as_i64().unwrap_or(0);
            flag["environments"]["production"]["version"] = json!(version + 1);
        }
    }
}

fn launch_darkly(inner: &mut Inner, request: &Request) -> Reply {
    let path = request.path.split('?').next().unwrap_or_default();
    let absent = || Reply::new(404, json!({"code": "not_found", "message": "Unknown flag key"}).to_string());
    let Some(key) = path.strip_prefix("/api/v2/flags/shop/") else { return absent() };
    let Some(flag) = inner.flags.get_mut(key) else { return absent() };
    if request.method == "PATCH" {
        assert!(!request.path.contains("ignoreConflicts"));
        let patch: Vec<Value> = serde_json::from_slice(&request.body).unwrap_or_default();
        for op in &patch {
            let pointer = op["path"].as_str().unwrap_or_default();
            let Some(place) = flag.pointer_mut(pointer) else { return Reply::new(400, "{}") };
            match op["op"].as_str() {
                Some("test") if *place == op["value"] => {}
                Some("replace") => *place = op["value"].clone(),
                _ => return Reply::new(409, json!({"code": "conflict"}).to_string()),
            }
        }
        let version = flag["environments"]["production"]["version"].as_i64().unwrap_or(0);
        flag["environments"]["production"]["version"] = json!(version + 1);
    }
    Reply::new(200, flag.to_string())
}

fn flipt(inner: &mut Inner, request: &Request) -> Reply {
    let resources = "/api/v2/environments/production/namespaces/shop/resources";
    let shown = |inner: &Inner, key: &str| match inner.flags.get(key) {
        Some(payload) => {
            let mut payload = payload.clone();
            if payload["enabled"] == json!(false) {
                payload.as_object_mut().expect("a payload").remove("enabled");
            }
            let resource = json!({"namespaceKey": "shop", "key": key, "payload": payload});
            let revision = format!("r{}", inner.revision);
            Reply::new(200, json!({"resource": resource, "revision": revision}).to_string())
        }
        None => Reply::new(404, json!({"code": 5}).to_string()),
    };
    if request.method == "PUT" && request.path == resources {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let key = body["key"].as_str().unwrap_or_default().to_string();
        if body["revision"] != json!(format!("r{}", inner.revision)) {
            return Reply::new(409, json!({"code": 10}).to_string());
        }
        if body["payload"]["@type"] != json!("flipt.core.Flag") || !inner.flags.contains_key(&key) {
            return Reply::new(400, json!({"code": 3}).to_string());
        }
        inner.revision += 1;
        inner.flags.insert(key.clone(), body["payload"].clone());
        return shown(inner, &key);
    }
    match request.path.strip_prefix(&format!("{resources}/flipt.core.Flag/")) {
        Some(key) => shown(inner, key),
        None => Reply::new(404, json!({"code": 5}).to_string()),
    }
}

impl Stand for Stub {
    fn name(&self) -> &'static str {
        match self.like {
            Like::LaunchDarkly => "launchDarkly",
            Like::Flipt => "flipt",
        }
    }

    fn proved(&self) -> &'static str {
        "stub"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn spec(&self, url: &str) -> Value {
        let auth = json!({"bearer": {"secretRef": {"name": "token"}}});
        json!({self.name(): {
            "endpoint": {"url": url, "allowAddresses": ["Loopback"], "auth": auth},
            "project": "shop", "environment": "production",
        }})
    }

    fn header(&self, token: &str) -> Header {
        let scheme = if self.like == Like::Flipt { "Bearer " } else { "" };
        Header::new("token", "Authorization", &format!("{scheme}{token}")).expect("a token is a header")
    }

    fn token(&self) -> String {
        format!("{CANARY}-{}", self.inner.lock().expect("no panics").rotations)
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn create(&self, key: &str) {
        let made = 1_790_000_000_000 + self.inner.lock().expect("no panics").revision;
        self.change(key, |flag| {
            *flag = match self.like {
                Like::LaunchDarkly => json!({
                    "key": key, "archived": false, "creationDate": made, "_version": 1,
                    "environments": {"production": {
                        "on": true, "archived": false, "version": 7, "lastModified": 1_790_000_000_000_i64,
                        "offVariation": 1, "fallthrough": {"variation": 0}, "rules": [], "targets": [],
                        "contextTargets": [], "prerequisites": [], "_environmentName": "Production",
                    }},
                }),
                Like::Flipt => json!({
                    "@type": "flipt.core.Flag", "key": key, "type": "BOOLEAN_FLAG_TYPE", "name": key,
                    "description": "é", "enabled": true,
                }),
            };
        });
    }

    fn delete(&self, key: &str) {
        let mut inner = self.inner.lock().expect("no panics");
        inner.revision += 1;
        inner.flags.remove(key);
    }

    fn edit(&self, key: &str) {
        self.change(key, |flag| match self.like {
            Like::LaunchDarkly => {
                flag["environments"]["production"]["fallthrough"] = json!({"variation": 1});
            }
            Like::Flipt => flag["description"] = json!("edited"),
        });
    }

    fn content(&self, key: &str) -> String {
        let inner = self.inner.lock().expect("no panics");
        match (inner.flags.get(key), self.like) {
            (Some(flag), Like::LaunchDarkly) => {
                let here = &flag["environments"]["production"];
                format!("{} {}", here["on"], here["fallthrough"])
            }
            (Some(flag), Like::Flipt) => format!("{} {}", flag["enabled"], flag["description"]),
            (None, _) => String::new(),
        }
    }
}
