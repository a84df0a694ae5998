//! Credentials and certificates, read from the Secrets and ConfigMaps that name them.
//!
//! Owns their reading and nothing else: what is read goes into a client, and is never shown.

use crate::domain::model::id::digest;
use crate::domain::model::problem::Problem;
use crate::edge::crd::accept::server::Server;
use crate::edge::crd::field::endpoint::{Auth, Ca, Endpoint};
use crate::edge::crd::field::reference::KeyRef;
use crate::edge::crd::kind::metric_source::{MetricSourceSpec, TENANT_HEADER, Tenant};
use crate::edge::http::header::Header;
use crate::edge::kube::client::Kube;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde_json::Value;
use std::time::Duration;

/// How old secrets may be until they are read again: people change them.
pub const ROTATION: Duration = Duration::from_secs(60);
/// What stands before a token.
const BEARER: &str = "Bearer ";

/// Where secrets are read.
pub struct Vault {
    kube: Kube,
    /// Namespace of references that name none.
    home: String,
}

/// What a client presents and trusts.
#[derive(Default)]
pub struct Credentials {
    pub headers: Vec<Header>,
    /// PEM certificates that are trusted instead of the public ones.
    pub ca: Option<Vec<u8>>,
    /// Of everything that was read.
    parts: Vec<String>,
}

impl Credentials {
    /// Changes with what was read, and tells nothing of it.
    pub fn digest(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        digest(&parts, 32)
    }

    fn add(&mut self, field: &str, name: &str, value: &str) -> Result<(), Problem> {
        self.headers.push(Header::new(field, name, value)?);
        self.parts.push(value.to_string());
        Ok(())
    }
}

impl Vault {
    /// Reads through `kube`; `home` is the governor's own namespace.
    pub fn new(kube: Kube, home: &str) -> Self {
        Self { kube, home: home.to_string() }
    }

    /// What a source is asked with.
    ///
    /// # Errors
    /// Every problem found; no secret is in them.
    pub async fn credentials(&self, spec: &MetricSourceSpec) -> Result<Credentials, Vec<Problem>> {
        let mut credentials = Credentials::default();
        let mut problems = Vec::new();
        if let Some(auth) = &spec.auth {
            problems.extend(self.authorize(("spec", BEARER), auth, &mut credentials).await.err());
        }
        if let Some(ca) = &spec.ca {
            problems.extend(self.trust("spec", ca, &mut credentials).await.err());
        }
        if let Some(Tenant { header, value }) = &spec.tenant {
            let header = header.as_deref().unwrap_or(TENANT_HEADER);
            problems.extend(credentials.add("spec.tenant.value", header, value).err());
        }
        if problems.is_empty() { Ok(credentials) } else { Err(problems) }
    }

    /// What a server of flags is asked with. Its secrets lie in the governor's own namespace: a
    /// provider is not to reach into others'.
    ///
    /// # Errors
    /// Every problem found; no secret is in them.
    pub async fn for_server(&self, server: &Server) -> Result<Credentials, Vec<Problem>> {
        let Endpoint { auth, ca, .. } = &server.endpoint;
        let mut credentials = Credentials::default();
        let mut problems = self.strangers(server);
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(auth) = auth {
            let scheme = if server.store.sends_bare_tokens() { "" } else { BEARER };
            let done = self.authorize((&server.field, scheme), auth, &mut credentials).await;
            problems.extend(done.err());
        }
        if let Some(ca) = ca {
            problems.extend(self.trust(&server.field, ca, &mut credentials).await.err());
        }
        if problems.is_empty() { Ok(credentials) } else { Err(problems) }
    }

    /// References that leave the governor's own namespace.
    fn strangers(&self, server: &Server) -> Vec<Problem> {
        let Endpoint { auth, ca, .. } = &server.endpoint;
        let auth = auth.as_ref();
        let bearer = auth.and_then(|auth| auth.bearer.as_ref()).map(|holder| &holder.secret_ref);
        let basic = auth.and_then(|auth| auth.basic.as_ref()).map(|holder| &holder.secret_ref);
        let secret = ca.as_ref().and_then(|ca| ca.secret_ref.as_ref());
        let named = [("auth.bearer", bearer), ("auth.basic", basic), ("ca", secret)];
        let strange = named.into_iter().filter_map(|(part, reference)| {
            let namespace = reference?.namespace.as_ref().filter(|namespace| **namespace != self.home)?;
            let fix = format!("put the Secret into {}, and leave namespace out", self.home);
            let message = "a provider's Secret is read from the governor's own namespace only";
            Some(Problem::new(
                format!("{}.{part}.secretRef.namespace", server.field),
                namespace,
                message,
                fix,
            ))
        });
        strange.collect()
    }

    async fn authorize(
        &self,
        (at, scheme): (&str, &str),
        auth: &Auth,
        credentials: &mut Credentials,
    ) -> Result<(), Problem> {
        if let Some(bearer) = &auth.bearer {
            let field = format!("{at}.auth.bearer.secretRef");
            let token = self.secret(&field, &bearer.secret_ref, "token").await?;
            return credentials.add(&field, "Authorization", &format!("{scheme}{}", token.trim()));
        }
        let Some(basic) = &auth.basic else { return Ok(()) };
        let field = &format!("{at}.auth.basic.secretRef");
        let named = |key: &str| KeyRef { key: Some(key.to_string()), ..basic.secret_ref.clone() };
        let user = self.secret(field, &named("username"), "username").await?;
        let password = self.secret(field, &named("password"), "password").await?;
        let pair = STANDARD.encode(format!("{}:{}", user.trim(), password.trim_end_matches('\n')));
        credentials.add(field, "Authorization", &format!("Basic {pair}"))
    }

    async fn trust(&self, at: &str, ca: &Ca, credentials: &mut Credentials) -> Result<(), Problem> {
        let pem = match (&ca.secret_ref, &ca.config_map_ref) {
            (Some(reference), _) => self.secret(&format!("{at}.ca.secretRef"), reference, "ca.crt").await?,
            (None, Some(reference)) => {
                let field = &format!("{at}.ca.configMapRef");
                let object =
                    self.read(field, reference, Place::of::<ConfigMap>(self.place(reference))).await?;
                let key = reference.key.as_deref().unwrap_or("ca.crt");
                let text = object["data"][key].as_str();
                text.map(str::to_string).ok_or_else(|| missing(field, reference, key))?
            }
            (None, None) => return Ok(()),
        };
        credentials.parts.push(pem.clone());
        credentials.ca = Some(pem.into_bytes());
        Ok(())
    }

    /// One key of a Secret, as text.
    async fn secret(&self, field: &str, reference: &KeyRef, usual: &str) -> Result<String, Problem> {
        let object = self.read(field, reference, Place::of::<Secret>(self.place(reference))).await?;
        let key = reference.key.as_deref().unwrap_or(usual);
        let encoded = object["data"][key].as_str().ok_or_else(|| missing(field, reference, key))?;
        let bytes = STANDARD.decode(encoded).ok();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
            let fix = "store it as text";
            Problem::new(format!("{field}.key"), key, "what stands there is no text", fix)
        })
    }

    async fn read(&self, field: &str, reference: &KeyRef, place: Place) -> Result<Value, Problem> {
        let read = self.kube.get::<Value>(&place, &reference.name).await;
        read.map_err(|error| {
            let fix = match &error {
                KubeError::NotFound { .. } => "create it, or name another",
                KubeError::Forbidden { .. } => {
                    "let the governor read it, or put it into the governor's namespace"
                }
                _ => "it is tried again",
            };
            Problem::new(format!("{field}.name"), &reference.name, error.to_string(), fix)
        })
    }

    fn place<'a>(&'a self, reference: &'a KeyRef) -> Option<&'a str> {
        Some(reference.namespace.as_deref().unwrap_or(&self.home))
    }
}

fn missing(field: &str, reference: &KeyRef, key: &str) -> Problem {
    let message = format!("{} has no such key", reference.name);
    Problem::new(format!("{field}.key"), key, message, "add the key, or name another")
}
