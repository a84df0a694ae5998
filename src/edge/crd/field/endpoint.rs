//! How an endpoint outside is reached: credentials, trust, addresses.
//!
//! Owns the fields that all cluster-scoped endpoint kinds share. Secrets are named, never held.

use super::reference::KeyRef;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shape of a URL.
pub const URL: &str = r"^https?://[^\s/?#]+[^\s]*$";

/// Credentials, by reference. Exactly one of `bearer` and `basic`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.bearer) != has(self.basic)").message(Message::Expression(
    "'auth needs exactly one of bearer and basic: remove '+ (has(self.basic) ? 'one of them' : 'auth, or add one')".into()
)))]
pub struct Auth {
    /// A token that is sent as `Authorization: Bearer`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer: Option<SecretHolder>,
    /// A user name and a password. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic: Option<SecretHolder>,
}

/// Where a secret lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretHolder {
    /// The Secret. Its `key` is by default `token` for tokens; basic credentials are read from
    /// the keys `username` and `password`. Required.
    pub secret_ref: KeyRef,
}

/// Certificates that are trusted. Exactly one of `secretRef` and `configMapRef`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.secretRef) != has(self.configMapRef)").message(Message::Expression(
    "'ca needs exactly one of secretRef and configMapRef, and has ' + (has(self.secretRef) ? 'both' : 'none')".into()
)))]
pub struct Ca {
    /// A Secret with PEM certificates, by default under the key `ca.crt`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<KeyRef>,
    /// A ConfigMap with PEM certificates, by default under the key `ca.crt`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<KeyRef>,
}

/// Addresses that are refused unless they are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GuardedAddress {
    Loopback,
    LinkLocal,
    ApiServer,
}

impl GuardedAddress {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "Loopback",
            Self::LinkLocal => "LinkLocal",
            Self::ApiServer => "ApiServer",
        }
    }
}

/// An HTTP endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Where it is, `https://host:port/path`. Required.
    #[schemars(length(min = 1, max = 2048), regex(pattern = URL))]
    pub url: String,
    /// Credentials. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Certificates that are trusted. Default: the public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<Ca>,
    /// Kinds of addresses that the URL may resolve to although they are refused otherwise:
    /// `Loopback`, `LinkLocal`, `ApiServer`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), extend("x-kubernetes-list-type" = "set"))]
    pub allow_addresses: Vec<GuardedAddress>,
}

impl Endpoint {
    /// The words of `allowAddresses`.
    pub fn allowed(&self) -> Vec<&'static str> {
        self.allow_addresses.iter().map(|address| address.as_str()).collect()
    }
}
