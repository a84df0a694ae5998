//! Credentials and certificates, read from the Secrets and ConfigMaps that name them.
//!
//! Owns their reading and nothing else: what is read goes into a client, and is never shown.

use crate::domain::model::id::digest;
use crate::domain::model::problem::Problem;
use crate::edge::crd::field::endpoint::{Auth, Ca, Endpoint};
use crate::edge::crd::field::reference::KeyRef;
use crate::edge::http::header::Header;
use crate::edge::kube::client::Kube;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde_json::Value;
use std::collections::BTreeMap;
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
    /// Secrets that are no headers, by the word of who asked for them.
    secrets: BTreeMap<&'static str, String>,
    /// What a second server is shown and trusted by.
    pub beside: Option<Box<Credentials>>,
    /// Of everything that was read.
    parts: Vec<String>,
}

/// Which credentials a declaration asks for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The field that `auth` and `ca` stand in.
    pub field: &'a str,
    pub auth: Option<&'a Auth>,
    pub ca: Option<&'a Ca>,
    /// Whether the token is sent by itself, without the word Bearer.
    pub bare: bool,
    /// Whether its Secrets may lie outside the governor's own namespace.
    pub anywhere: bool,
}

impl<'a> Wanted<'a> {
    /// What `auth` and `ca` of `field` ask for.
    pub fn at(field: &'a str, auth: Option<&'a Auth>, ca: Option<&'a Ca>) -> Self {
        Self { field, auth, ca, bare: false, anywhere: false }
    }

    /// What an endpoint asks for; `bare`: the server takes its token without the word Bearer.
    pub fn of(field: &'a str, endpoint: &'a Endpoint, bare: bool) -> Self {
        Self { bare, ..Self::at(field, endpoint.auth.as_ref(), endpoint.ca.as_ref()) }
    }
}

impl Credentials {
    /// Changes with what was read, and tells nothing of it.
    pub fn digest(&self) -> String {
        let beside = self.beside.as_ref().map(|beside| beside.digest());
        let parts: Vec<&str> = self.parts.iter().chain(&beside).map(String::as_str).collect();
        digest(&parts, 32)
    }

    /// A secret that [`Vault::keep`] read.
    pub fn secret(&self, word: &str) -> Option<&str> {
        self.secrets.get(word).map(String::as_str)
    }

    /// Adds a header.
    ///
    /// # Errors
    /// Its value cannot stand in one.
    pub fn add(&mut self, field: &str, name: &str, value: &str) -> Result<(), Problem> {
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

    /// Reads what is wanted.
    ///
    /// # Errors
    /// Every problem found; no secret is in them.
    pub async fn read(&self, wanted: &Wanted<'_>) -> Result<Credentials, Vec<Problem>> {
        let mut credentials = Credentials::default();
        let mut problems = self.strangers(wanted);
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(auth) = wanted.auth {
            let scheme = if wanted.bare { "" } else { BEARER };
            problems.extend(self.authorize((wanted.field, scheme), auth, &mut credentials).await.err());
        }
        if let Some(ca) = wanted.ca {
            problems.extend(self.trust(wanted.field, ca, &mut credentials).await.err());
        }
        if problems.is_empty() { Ok(credentials) } else { Err(problems) }
    }

    /// Reads one more secret, under `usual` unless the reference says otherwise, for
    /// [`Credentials::secret`]. It lies in the governor's own namespace. `field` is the reference's.
    ///
    /// # Errors
    /// It is not there, or lies elsewhere; the secret is not in it.
    pub async fn keep(
        &self,
        field: &str,
        reference: &KeyRef,
        (word, usual): (&'static str, &str),
        credentials: &mut Credentials,
    ) -> Result<(), Problem> {
        if let Some(stranger) = self.stranger(field, reference) {
            return Err(stranger);
        }
        let secret = self.secret(field, reference, usual).await?;
        credentials.parts.push(secret.clone());
        credentials.secrets.insert(word, secret);
        Ok(())
    }

    /// References that leave the governor's own namespace: only a source's may.
    fn strangers(&self, wanted: &Wanted<'_>) -> Vec<Problem> {
        if wanted.anywhere {
            return Vec::new();
        }
        let bearer = wanted.auth.and_then(|auth| auth.bearer.as_ref()).map(|holder| &holder.secret_ref);
        let basic = wanted.auth.and_then(|auth| auth.basic.as_ref()).map(|holder| &holder.secret_ref);
        let secret = wanted.ca.and_then(|ca| ca.secret_ref.as_ref());
        let named = [("auth.bearer", bearer), ("auth.basic", basic), ("ca", secret)];
        let strange = named.into_iter().filter_map(|(part, reference)| {
            self.stranger(&format!("{}.{part}.secretRef", wanted.field), reference?)
        });
        strange.collect()
    }

    fn stranger(&self, field: &str, reference: &KeyRef) -> Option<Problem> {
        let namespace = reference.namespace.as_ref().filter(|namespace| **namespace != self.home)?;
        let fix = format!("put the Secret into {}, and leave namespace out", self.home);
        let message = "a provider's Secret is read from the governor's own namespace only";
        Some(Problem::new(format!("{field}.namespace"), namespace, message, fix))
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
                    self.object(field, reference, Place::of::<ConfigMap>(self.place(reference))).await?;
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
        let object = self.object(field, reference, Place::of::<Secret>(self.place(reference))).await?;
        let key = reference.key.as_deref().unwrap_or(usual);
        let encoded = object["data"][key].as_str().ok_or_else(|| missing(field, reference, key))?;
        let bytes = STANDARD.decode(encoded).ok();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
            let fix = "store it as text";
            Problem::new(format!("{field}.key"), key, "what stands there is no text", fix)
        })
    }

    async fn object(&self, field: &str, reference: &KeyRef, place: Place) -> Result<Value, Problem> {
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
