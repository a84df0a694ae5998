//! Flag stores that are servers: where they are, and how one of your own is asked.

use crate::edge::crd::field::endpoint::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A server with flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerStore {
    /// Where the server is. Required.
    pub endpoint: Endpoint,
    /// Project that the flags belong to. Default: the server's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub project: Option<String>,
    /// Environment whose flags are cut. Default: the server's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub environment: Option<String>,
    /// Unleash's client API, which is asked what clients are served after a cut. Default: nobody is
    /// asked, and `propagation` counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<ClientServed>,
}

/// Who is asked what clients of Unleash are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientServed {
    /// The client API, by the server's URL; it takes a client token of the environment. Required.
    pub client: Endpoint,
}

/// Who is asked what clients of flagd are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfrepServed {
    /// What speaks OFREP, such as flagd on port 8016. Required.
    pub ofrep: Endpoint,
}

/// A server of your own, by the requests that read and write a flag. In them stand `{{key}}`,
/// `{{project}}`, `{{environment}}`; in those that write also `{{value}}` (what is to stand there),
/// `{{before}}` (what stood there) and `{{version}}` (what `read` found).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpStore {
    /// Where the server is. Required.
    pub endpoint: Endpoint,
    /// What `{{project}}` stands for. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub project: Option<String>,
    /// What `{{environment}}` stands for. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub environment: Option<String>,
    /// How the token of `endpoint.auth.bearer` is sent: `Bearer`, after that word; or `Bare`, by itself.
    /// Default: Bearer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenForm>,
    /// How a flag's value is written: `Text`, a string; or `Json`: true, false, a number or a string, as
    /// JSON has them. Default: Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<ValueForm>,
    /// Requests that read a flag: `GET`, each answering with its value, or 404. With several, all must
    /// show the same, such as a draft and what is published. Required.
    #[serde(default)]
    #[schemars(length(max = 2), extend("x-kubernetes-list-type" = "atomic"))]
    pub read: Vec<HttpRead>,
    /// Requests that set a flag to its fallback, in order. Required.
    #[serde(default)]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub cut: Vec<HttpWrite>,
    /// Requests that set a flag to its original, in order. Default: those of `cut`, with another
    /// `{{value}}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub restore: Vec<HttpWrite>,
}

/// A request that reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRead {
    /// Path and query under the endpoint's URL. Required.
    #[schemars(length(min = 1, max = 2048))]
    pub path: String,
    /// JSON pointer to the value in the answer, such as `/configurations/{{key}}`; what it points to
    /// may be missing: then the flag does not exist. Default: the whole answer is the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub value: Option<String>,
    /// Where the version stands that `{{version}}` is: a JSON pointer, which begins with `/`, or the
    /// name of a header, such as `ETag`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub version: Option<String>,
}

/// A request that writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpWrite {
    /// The method: `PUT`, `POST`, `PATCH` or `DELETE`. Default: PUT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<WriteMethod>,
    /// Path and query under the endpoint's URL. Required.
    #[schemars(length(min = 1, max = 2048))]
    pub path: String,
    /// Headers, such as `If-Match: "{{version}}"`; never credentials, which belong into `auth`.
    /// Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8), schema_with = "headers")]
    pub headers: BTreeMap<String, String>,
    /// The body. In JSON, variables stand inside strings; a string that is `{{value}}` alone is the value
    /// itself if `values` is `Json`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8192))]
    pub body: Option<String>,
    /// What the body is: `Json`, `Form` (`a={{key}}&b={{value}}`, encoded for you) or `Text`.
    /// Default: Json.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_form: Option<BodyForm>,
}

/// How a token is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TokenForm {
    #[default]
    Bearer,
    Bare,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValueForm {
    #[default]
    Text,
    Json,
}

/// Methods that write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WriteMethod {
    #[default]
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "POST")]
    Post,
    #[serde(rename = "PATCH")]
    Patch,
    #[serde(rename = "DELETE")]
    Delete,
}

/// What a body is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BodyForm {
    #[default]
    Json,
    Form,
    Text,
}

fn headers(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": 8,
        "additionalProperties": {"type": "string", "maxLength": 512},
    })
}
