//! What a governor of single namespaces keeps of itself: a ConfigMap in its own namespace.
//!
//! Owns its form: what otherwise stands in the Governor's status, which several such installations read and
//! none may write, and the order of an uninstall, which concerns one of them only.

use super::store::Cluster;
use crate::edge::crd::kind::governor::GovernorStatus;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::yaml;
use k8s_openapi::api::core::v1::ConfigMap;
use std::collections::BTreeMap;

/// Name of the ConfigMap.
pub const NAME: &str = "flyball-governor";
/// Key of an order to give everything back; any value is one.
pub const RELEASE_ALL: &str = "releaseAll";
/// The order of an uninstall, which the next installation takes back.
pub const UNTIL_INSTALLED: &str = "until-installed";
/// Key of the order that is being obeyed.
pub const OBEYED: &str = "releaseAllObeyed";
/// Key of what the governor remembers and says, as in a Governor's status.
const STATUS: &str = "status";

/// The ConfigMap as it was last read or written.
#[derive(Debug, Clone)]
pub struct Notebook {
    store: Cluster,
    home: String,
    known: Option<ConfigMap>,
    status: GovernorStatus,
    /// The order that the loop knows of.
    obeyed: Option<String>,
}

impl Notebook {
    /// Reads what is there; nothing is an empty one.
    ///
    /// # Errors
    /// See [`KubeError`]; malformed, if somebody else wrote into what we remember.
    pub async fn open(store: Cluster, home: &str) -> Result<Self, KubeError> {
        let status = GovernorStatus::default();
        let mut book = Self { store, home: home.to_string(), known: None, status, obeyed: None };
        book.refresh().await?;
        Ok(book)
    }

    /// Reads it again.
    ///
    /// # Errors
    /// As [`Notebook::open`]: what was known stays.
    pub async fn refresh(&mut self) -> Result<(), KubeError> {
        let there = self.store.get::<ConfigMap>(Some(&self.home), NAME).await?;
        self.status = match there.as_ref().and_then(|map| map.data.as_ref()?.get(STATUS)) {
            Some(text) => read(text).map_err(|why| KubeError::Malformed {
                object: self.describe(),
                detail: format!("{STATUS}: {why}; take that key out if nothing is held"),
            })?,
            None => GovernorStatus::default(),
        };
        self.known = there;
        Ok(())
    }

    fn describe(&self) -> String {
        Place::of::<ConfigMap>(Some(&self.home)).describe(NAME)
    }

    /// What the governor remembers and says.
    pub fn status(&self) -> &GovernorStatus {
        &self.status
    }

    /// The version that is known; None: there is none.
    pub fn version(&self) -> Option<&str> {
        self.known.as_ref()?.metadata.resource_version.as_deref()
    }

    /// Whether everything is to be given back. Who asks obeys: the next [`Notebook::put`] says so.
    pub fn obey(&mut self) -> bool {
        let order = self.known.as_ref().and_then(|map| map.data.as_ref()?.get(RELEASE_ALL));
        self.obeyed = order.cloned();
        self.obeyed.is_some()
    }

    /// Stores what the governor remembers; nothing is written where it is so already.
    ///
    /// # Errors
    /// See [`KubeError`]; a conflict if somebody else wrote meanwhile.
    pub async fn put(&mut self, status: GovernorStatus) -> Result<(), KubeError> {
        let mut next = self.known.clone().unwrap_or_default();
        let data = next.data.get_or_insert_with(BTreeMap::new);
        if self.known.is_none() || self.status != status {
            let text = yaml::to_string(&status);
            let text = text.map_err(|message| KubeError::Invalid { object: self.describe(), message })?;
            data.insert(STATUS.to_string(), text);
        }
        match &self.obeyed {
            Some(order) => drop(data.insert(OBEYED.to_string(), order.clone())),
            None => drop(data.remove(OBEYED)),
        }
        let stored = match &self.known {
            Some(known) if known.data == next.data => return Ok(()),
            Some(known) => self.store.replace(&next, known).await?,
            None => {
                next.metadata.name = Some(NAME.to_string());
                next.metadata.namespace = Some(self.home.clone());
                self.store.create(&next).await?
            }
        };
        (self.known, self.status) = (Some(stored), status);
        Ok(())
    }
}

fn read(text: &str) -> Result<GovernorStatus, String> {
    serde_json::from_value(yaml::to_value(text)?).map_err(|error| error.to_string())
}
