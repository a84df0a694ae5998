//! The API server as any client sees it: objects are JSON, addressed by their paths.
//!
//! Owns the connection and the verbs. Must not use the program's own types, which could hide a
//! wrong name, nor wait for anything: that is the callers' business.

use serde_json::Value;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::Runtime;

const PATIENCE: Duration = Duration::from_secs(20);
/// Deletes are not waited for, so that a test sees what happens meanwhile.
const BACKGROUND: &str = r#"{"propagationPolicy": "Background"}"#;

/// One person's way into the API server.
#[derive(Clone)]
pub struct Api {
    pub server: String,
    token: String,
    client: reqwest::Client,
    ca: reqwest::Certificate,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The object of a good answer.
    ///
    /// # Errors
    /// Status and message otherwise.
    pub fn ok(self) -> Result<Value, String> {
        let value: Value = serde_json::from_str(&self.body).unwrap_or(Value::Null);
        match self.status {
            200..300 => Ok(value),
            status => Err(format!("{status}: {}", value["message"].as_str().unwrap_or(&self.body))),
        }
    }
}

/// Where whatever waits for the network runs.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("an async runtime can be started"))
}

fn client_of(
    ca: &reqwest::Certificate,
    more: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> reqwest::Client {
    let builder = reqwest::Client::builder().tls_certs_only([ca.clone()]).no_proxy();
    more(builder).build().expect("an HTTP client can be made")
}

impl Api {
    /// As the user of a kubeconfig in JSON.
    pub fn of(kubeconfig: &Path) -> Self {
        let text = std::fs::read_to_string(kubeconfig).expect("the kubeconfig is there");
        let config: Value = serde_json::from_str(&text).expect("the kubeconfig is JSON");
        let cluster = &config["clusters"][0]["cluster"];
        let text = |value: &Value| value.as_str().expect("the kubeconfig is whole").to_string();
        let ca = std::fs::read(kubeconfig.with_file_name("pki").join("ca.crt")).expect("the CA is there");
        // Somebody else may have chosen the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = reqwest::Certificate::from_pem(&ca).expect("the CA is PEM");
        Self {
            server: text(&cluster["server"]),
            token: text(&config["users"][0]["user"]["token"]),
            client: client_of(&ca, |builder| builder.timeout(PATIENCE)),
            ca,
        }
    }

    /// The same person, who reaches the server by another way.
    pub fn at(&self, url: &str) -> Self {
        Self { server: url.to_string(), ..self.clone() }
    }

    /// A client for whoever has credentials of their own and streams for as long as they like.
    pub fn untimed_client(&self) -> reqwest::Client {
        client_of(&self.ca, |builder| builder.no_gzip())
    }

    /// One request.
    ///
    /// # Errors
    /// Why there was no answer.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: String) -> Result<Answer, String> {
        let method = method.parse().expect("the method is one");
        let request = self.client.request(method, format!("{}{path}", self.server));
        let request = request.bearer_auth(&self.token).header("content-type", kind).body(body);
        runtime().block_on(async {
            let answer = request.send().await.map_err(|error| format!("{path}: {error:?}"))?;
            let status = answer.status().as_u16();
            let body = answer.text().await.map_err(|error| format!("{path}: {error:?}"))?;
            Ok(Answer { status, body })
        })
    }

    /// The object or list at `path`.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        self.send("GET", path, "application/json", String::new())?.ok()
    }

    /// The text at `path`.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub fn text(&self, path: &str) -> Result<String, String> {
        match self.send("GET", path, "application/json", String::new())? {
            Answer { status: 200, body } => Ok(body),
            other => Err(format!("{}: {}", other.status, other.body)),
        }
    }

    /// The members of the list at `path`.
    ///
    /// # Errors
    /// There was no answer.
    pub fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        match self.get(path)?["items"].take() {
            Value::Array(items) => Ok(items),
            other => Err(format!("{path} is no list: {other}")),
        }
    }

    /// Changes the object at `path` by a JSON merge patch, as `kubectl edit` does.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn merge(&self, path: &str, patch: &Value) -> Result<Value, String> {
        self.send("PATCH", path, "application/merge-patch+json", patch.to_string())?.ok()
    }

    /// Replaces the object at `path`, which must still be the version that `object` was read as.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn replace(&self, path: &str, object: &Value) -> Result<Value, String> {
        self.send("PUT", path, "application/json", object.to_string())?.ok()
    }

    /// Deletes the object at `path`.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn delete(&self, path: &str) -> Result<Value, String> {
        self.send("DELETE", path, "application/json", BACKGROUND.to_string())?.ok()
    }

    /// Server-side apply of one YAML document at `path`; unknown fields are refused.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn apply(&self, path: &str, yaml: &str) -> Result<Value, String> {
        let query = "fieldManager=person&force=true&fieldValidation=Strict";
        self.send("PATCH", &format!("{path}?{query}"), "application/apply-patch+yaml", yaml.to_string())?.ok()
    }
}
