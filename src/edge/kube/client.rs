//! The calls: get, list, create, replace, patch, delete, each with a deadline and a size cap.

use super::connect::Connection;
use super::error::KubeError;
use super::fence::Fence;
use super::place::Place;
use http_body_util::{BodyExt, Limited};
use hyper::http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;
use url::form_urlencoded::Serializer;

/// Longest that one call may take, its wait for a turn included, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// Calls in flight at once.
const CONCURRENCY: usize = 16;
/// Largest answer, in bytes: a page of a list is far below it.
const ANSWER_MAX: usize = 64 << 20;
/// Objects of one page of a list.
const PAGE: u32 = 500;
/// Who we are in logs of the API server and in managedFields.
pub const MANAGER: &str = "flyball";
const AGENT: &str = concat!("flyball/", env!("CARGO_PKG_VERSION"));

/// The client. Clones share connections and the bound on concurrency.
#[derive(Clone)]
pub struct Kube {
    pub(super) client: Client,
    permits: Arc<Semaphore>,
    fence: Fence,
    timeout: Duration,
    /// Host of the API server.
    host: Arc<str>,
}

impl fmt::Debug for Kube {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kube").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Which part of an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything but status, where the kind has a status of its own.
    Main,
    Status,
}

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// An object whose fields replace those of the stored one; null removes one.
    Merge,
    /// A list of operations, `test` among them.
    Json,
}

/// What must be true of an object for it to be deleted.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unless {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// All objects of a place, and the version to watch from.
#[derive(Debug)]
pub struct Objects {
    pub items: Vec<Value>,
    pub version: String,
}

/// One call, before it is made.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) accept: &'static str,
    pub(super) content: &'static str,
    pub(super) body: Vec<u8>,
    /// What it is about, for errors.
    pub(super) object: String,
}

pub(super) const JSON: &str = "application/json";
const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

impl Kube {
    /// A client over a connection, with the default deadline and no fence.
    pub fn new(connection: &Connection) -> Self {
        Self {
            client: connection.client.clone(),
            permits: Arc::new(Semaphore::new(CONCURRENCY)),
            fence: Fence::open(),
            timeout: TIMEOUT,
            host: Url::parse(&connection.url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_string))
                .unwrap_or_default()
                .into(),
        }
    }

    /// Longest that one call may take: what a write of ours anywhere may take, for that is how long
    /// the fence looks ahead.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Host of the API server, a name or an address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The same client with another deadline per call.
    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// The same client, whose writes pass only where `fence` lets them.
    pub fn fenced(&self, fence: Fence) -> Self {
        Self { fence, ..self.clone() }
    }

    /// Whether a write that begins now would pass the fence.
    pub fn may_write(&self) -> bool {
        self.fence.passes(self.timeout)
    }

    /// One object.
    ///
    /// # Errors
    /// See [`KubeError`].
    pub async fn get<T: DeserializeOwned>(&self, place: &Place, name: &str) -> Result<T, KubeError> {
        let call = Call::read(place, name, Vec::new());
        self.answer(call).await
    }

    /// Every object of a place, page by page; `metadata_only` leaves spec and status out.
    ///
    /// # Errors
    /// See [`KubeError`]; a page that fails ends it.
    pub async fn list(&self, place: &Place, metadata_only: bool) -> Result<Objects, KubeError> {
        let mut all = Vec::new();
        let mut next = String::new();
        loop {
            let mut query = vec![("limit", PAGE.to_string())];
            query.extend(place.labels().map(|labels| ("labelSelector", labels.to_string())));
            if !next.is_empty() {
                query.push(("continue", next));
            }
            let accept = if metadata_only { METADATA_LIST } else { JSON };
            let mut page: Value = self.answer(Call { accept, ..Call::read(place, "", query) }).await?;
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                all.extend(items.into_iter().map(|item| typed(item, place)));
            }
            let said = |field: &str| page["metadata"][field].as_str().unwrap_or_default().to_string();
            next = said("continue");
            if next.is_empty() {
                return Ok(Objects { items: all, version: said("resourceVersion") });
            }
        }
    }

    /// Creates an object and returns it as stored.
    ///
    /// # Errors
    /// See [`KubeError`].
    pub async fn create<T>(&self, place: &Place, object: &T) -> Result<T, KubeError>
    where
        T: Serialize + DeserializeOwned,
    {
        let name = name_of(object);
        self.write(Method::POST, place.path(), JSON, encode(object, place, &name)?, place.describe(&name))
            .await
    }

    /// Replaces one part of an object. Its `metadata.resourceVersion` says what it replaces.
    ///
    /// # Errors
    /// See [`KubeError`]: a conflict if that version is not the stored one.
    pub async fn replace<T>(&self, place: &Place, part: Part, object: &T) -> Result<T, KubeError>
    where
        T: Serialize + DeserializeOwned,
    {
        let name = name_of(object);
        let path = path(place, &name, part);
        self.write(Method::PUT, path, JSON, encode(object, place, &name)?, place.describe(&name)).await
    }

    /// Patches one part of an object and returns it as stored.
    ///
    /// # Errors
    /// See [`KubeError`]: a failed `test` is Invalid.
    pub async fn patch<T: DeserializeOwned>(
        &self,
        place: &Place,
        (name, part): (&str, Part),
        form: PatchForm,
        patch: &impl Serialize,
    ) -> Result<T, KubeError> {
        let content = match form {
            PatchForm::Merge => "application/merge-patch+json",
            PatchForm::Json => "application/json-patch+json",
        };
        let path = path(place, name, part);
        let body = encode(patch, place, name)?;
        self.write(Method::PATCH, path, content, body, place.describe(name)).await
    }

    /// Deletes an object, if it is still the one that `unless` says.
    ///
    /// # Errors
    /// See [`KubeError`].
    pub async fn delete(&self, place: &Place, name: &str, unless: &Unless) -> Result<(), KubeError> {
        let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": unless});
        let path = path(place, name, Part::Main);
        let body = body.to_string().into_bytes();
        self.write::<Value>(Method::DELETE, path, JSON, body, place.describe(name)).await.map(drop)
    }

    async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        content: &'static str,
        body: Vec<u8>,
        object: String,
    ) -> Result<T, KubeError> {
        if !self.may_write() {
            return Err(KubeError::Fenced { object });
        }
        // After this the API server gives up, too: no write of ours comes about long after we have.
        let mut query = vec![("timeout", format!("{}ms", self.timeout.as_millis().max(1)))];
        if method != Method::DELETE {
            query.push(("fieldManager", MANAGER.to_string()));
        }
        self.answer(Call { method, path, query, accept: JSON, content, body, object }).await
    }

    async fn answer<T: DeserializeOwned>(&self, call: Call) -> Result<T, KubeError> {
        let object = call.object.clone();
        let late = |_| KubeError::Timeout { object: object.clone(), after: self.timeout };
        let bytes = tokio::time::timeout(self.timeout, self.bytes(call)).await.map_err(late)??;
        // The library's own message could hold a Secret; where it went wrong is enough.
        serde_json::from_slice(&bytes).map_err(|error| KubeError::Malformed {
            object,
            detail: format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column()),
        })
    }

    async fn bytes(&self, call: Call) -> Result<Vec<u8>, KubeError> {
        let object = call.object.clone();
        let _permit = self.permits.acquire().await;
        let response = self.send(call).await?;
        body(response, &object).await
    }

    /// Sends a call; an answer that is no success is an error.
    pub(super) async fn send(&self, call: Call) -> Result<Response<Body>, KubeError> {
        let object = call.object.clone();
        let unavailable = |source: Box<dyn std::error::Error + Send + Sync>| KubeError::Unavailable {
            object: object.clone(),
            source,
        };
        let request = call.request().map_err(|error| unavailable(Box::new(error)))?;
        let response = self.client.send(request).await.map_err(|error| unavailable(Box::new(error)))?;
        let code = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response);
        }
        let bytes = body(response, &object).await?;
        Err(KubeError::of(&object, code, serde_json::from_slice(&bytes).ok()))
    }
}

impl Call {
    pub(super) fn read(place: &Place, name: &str, query: Vec<(&'static str, String)>) -> Self {
        let path = if name.is_empty() { place.path() } else { path(place, name, Part::Main) };
        let object = place.describe(name);
        Self { method: Method::GET, path, query, accept: JSON, content: JSON, body: Vec::new(), object }
    }

    fn request(self) -> Result<Request<Body>, hyper::http::Error> {
        let query = Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let uri = if query.is_empty() { self.path } else { format!("{}?{query}", self.path) };
        let request = Request::builder().method(self.method).uri(uri);
        let request = request.header("accept", self.accept).header("user-agent", AGENT);
        request.header("content-type", self.content).body(Body::from(self.body))
    }
}

fn path(place: &Place, name: &str, part: Part) -> String {
    let status = if part == Part::Status { "/status" } else { "" };
    format!("{}/{name}{status}", place.path())
}

async fn body(response: Response<Body>, object: &str) -> Result<Vec<u8>, KubeError> {
    let collected = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
    let collected =
        collected.map_err(|source| KubeError::Unavailable { object: object.to_string(), source })?;
    Ok(collected.to_bytes().into())
}

/// Items of a list do not say what they are.
fn typed(mut item: Value, place: &Place) -> Value {
    let resource = place.resource();
    item["apiVersion"] = json!(resource.api_version);
    item["kind"] = json!(resource.kind);
    item
}

fn name_of<T: Serialize>(object: &T) -> String {
    let value = serde_json::to_value(object).unwrap_or_default();
    value["metadata"]["name"].as_str().unwrap_or_default().to_string()
}

fn encode<T: Serialize>(object: &T, place: &Place, name: &str) -> Result<Vec<u8>, KubeError> {
    serde_json::to_vec(object)
        .map_err(|error| KubeError::Invalid { object: place.describe(name), message: error.to_string() })
}
