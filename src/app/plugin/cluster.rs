//! A cluster as the plugin's user sees it: typed reads that one bad object does not stop.

use super::error::PluginError;
use super::plain::{plain, plain_error};
use crate::edge::cluster::lease::NAME as LEASE;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::{Chosen, connect_to};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where to read, and as whom.
#[derive(Debug)]
pub struct Cluster {
    pub kube: Kube,
    /// The namespace of `-n`, else of the kubeconfig's context.
    pub namespace: String,
    /// The governor's own namespace.
    pub home: String,
}

/// What could not be read, by kind.
pub type Unread = BTreeMap<&'static str, String>;

impl Cluster {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// No cluster is known.
    pub async fn open(chosen: &Chosen, namespace: Option<String>, home: String) -> Result<Self, PluginError> {
        let connection = connect_to(chosen).await?;
        let namespace = namespace.unwrap_or_else(|| connection.namespace.clone());
        Ok(Self { kube: Kube::new(&connection), namespace, home })
    }

    /// Every object of a kind in a namespace, or in all. Those that this version cannot read are left out and
    /// noted in `unread`.
    ///
    /// # Errors
    /// The list could not be had.
    pub async fn all<K>(&self, namespace: Option<&str>, unread: &mut Unread) -> Result<Vec<K>, KubeError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let listed = self.kube.list(&Place::of::<K>(namespace), false).await?;
        let mut found = Vec::new();
        for item in listed.items {
            let name = item["metadata"]["name"].as_str().unwrap_or_default().to_string();
            match serde_json::from_value(item) {
                Ok(object) => found.push(object),
                Err(error) => {
                    let said = format!(
                        "{} cannot be read by this version: {}",
                        plain(&name),
                        plain(&error.to_string())
                    );
                    unread.insert(kind::<K>(), said);
                }
            }
        }
        Ok(found)
    }

    /// The same where a refusal is noted and not the end.
    pub async fn try_all<K>(&self, namespace: Option<&str>, unread: &mut Unread) -> Vec<K>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        match self.all(namespace, unread).await {
            Ok(found) => found,
            Err(error) => {
                unread.insert(kind::<K>(), plain_error(&error));
                Vec::new()
            }
        }
    }

    /// One object; None if it does not exist, or could not be read, which is noted.
    pub async fn try_one<K>(&self, namespace: Option<&str>, name: &str, unread: &mut Unread) -> Option<K>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        match self.kube.get(&Place::of::<K>(namespace), name).await {
            Ok(found) => Some(found),
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                unread.insert(kind::<K>(), plain_error(&error));
                None
            }
        }
    }

    /// The governor's Lease, as it stands.
    pub async fn lease(&self, unread: &mut Unread) -> Option<Value> {
        use k8s_openapi::api::coordination::v1::Lease;
        match self.kube.get::<Value>(&Place::of::<Lease>(Some(&self.home)), LEASE).await {
            Ok(lease) => Some(lease),
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                unread.insert("Lease", plain_error(&error));
                None
            }
        }
    }
}

/// The kind's name, which is fixed at compile time.
fn kind<K: Resource<DynamicType = ()>>() -> &'static str {
    match K::kind(&()) {
        std::borrow::Cow::Borrowed(name) => name,
        std::borrow::Cow::Owned(_) => "object",
    }
}
