//! The stores that the governor's objects may lie in: a folder, or a cluster.
//!
//! The one place where they differ to the rest of the program. Trouble is a sentence, except for
//! the one kind of it that changes what is to be done.

use super::effect::chain;
use crate::edge::cluster::notebook::Notebook;
use crate::edge::cluster::store::Cluster;
use crate::edge::kube::client::Unless;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::realm::Realm;
use crate::edge::store::error::StoreError;
use crate::edge::store::object::Precondition;
use crate::edge::store::{Directory, Stored};
use chrono::{DateTime, Utc};
use kube::ResourceExt;
use thiserror::Error;

/// Where objects lie.
#[derive(Debug, Clone)]
pub enum Store {
    Directory(Directory),
    Cluster(Cluster),
}

/// Why an object was not read or stored.
#[derive(Debug, Error)]
pub enum Trouble {
    /// Its namespace is gone, so there is nowhere to store it.
    #[error("{0}")]
    Homeless(String),
    /// Somebody deleted it since it was stored last.
    #[error("{0} was deleted by somebody else")]
    Deleted(String),
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failed(chain(&error))
    }
}

impl From<KubeError> for Trouble {
    fn from(error: KubeError) -> Self {
        match error {
            KubeError::NoNamespace { .. } => Self::Homeless(chain(&error)),
            _ => Self::Failed(chain(&error)),
        }
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        trouble.to_string()
    }
}

impl Store {
    /// Whether a write that begins now may be made: in a cluster, whether our lease outlasts it.
    pub fn may_write(&self) -> bool {
        match self {
            Self::Directory(_) => true,
            Self::Cluster(cluster) => cluster.may_write(),
        }
    }

    /// Where namespaced objects are looked for.
    pub fn realm(&self) -> Realm {
        match self {
            Self::Directory(_) => Realm::Cluster,
            Self::Cluster(cluster) => cluster.realm().clone(),
        }
    }

    /// Where a governor of single namespaces keeps what it remembers; None: in the Governor.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn notebook(&self, home: &str) -> Result<Option<Notebook>, Trouble> {
        match self {
            Self::Cluster(cluster) if !cluster.realm().is_cluster() => {
                Ok(Some(Notebook::open(cluster.clone(), home).await?))
            }
            Self::Cluster(_) | Self::Directory(_) => Ok(None),
        }
    }

    /// The object of that name, if there is one.
    ///
    /// # Errors
    /// The store's own.
    pub async fn get<T: Stored>(&self, namespace: Option<&str>, name: &str) -> Result<Option<T>, Trouble> {
        match self {
            Self::Directory(folder) => Ok(folder.get(namespace, name).await?),
            Self::Cluster(cluster) => Ok(cluster.get(namespace, name).await?),
        }
    }

    /// All objects of a kind, in `namespace` or everywhere. What cannot be read is a sentence in
    /// `problems`.
    ///
    /// # Errors
    /// The store's own.
    pub async fn list<T: Stored>(
        &self,
        namespace: Option<&str>,
        problems: &mut Vec<String>,
    ) -> Result<Vec<T>, Trouble> {
        match self {
            Self::Directory(folder) => {
                let mut listing = folder.list::<T>().await?;
                problems.extend(listing.problems.iter().map(|problem| chain(problem)));
                listing
                    .objects
                    .retain(|object| namespace.is_none() || object.namespace().as_deref() == namespace);
                Ok(listing.objects)
            }
            Self::Cluster(cluster) => {
                let listing = cluster.list(namespace).await?;
                problems.extend(listing.problems);
                Ok(listing.objects)
            }
        }
    }

    /// Creates or replaces an object; None where `known` says so already. What others put into the
    /// metadata stays; a write that met somebody else's is repeated once on what is there now.
    ///
    /// # Errors
    /// The store's own.
    pub async fn put<T: Stored>(
        &self,
        known: Option<&T>,
        mut next: T,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, Trouble> {
        let there = match known {
            Some(known) => match self.update(known, next.clone()).await {
                Err(Trouble::Deleted(_)) => None,
                done => return done,
            },
            None => self.get::<T>(next.namespace().as_deref(), &next.name_any()).await?,
        };
        if let Some(there) = there {
            *next.meta_mut() = there.meta().clone();
            match self.update(&there, next.clone()).await {
                Err(Trouble::Deleted(_)) => {}
                Ok(None) => return Ok(Some(there)),
                done => return done,
            }
        }
        next.meta_mut().resource_version = None;
        next.meta_mut().uid = None;
        self.create(&next, now).await.map(Some)
    }

    /// Replaces an object that was stored before, as [`Store::put`] does.
    ///
    /// # Errors
    /// [`Trouble::Deleted`] if it is not there any more; the store's own.
    pub async fn update<T: Stored>(&self, known: &T, mut next: T) -> Result<Option<T>, Trouble> {
        *next.meta_mut() = known.meta().clone();
        if serde_json::to_value(known).ok() == serde_json::to_value(&next).ok() {
            return Ok(None);
        }
        if let Ok(stored) = self.replace(&next, known).await {
            return Ok(Some(stored));
        }
        let (name, namespace) = (next.name_any(), next.namespace());
        let Some(there) = self.get::<T>(namespace.as_deref(), &name).await? else {
            return Err(Trouble::Deleted(format!("{} {name}", T::kind(&()))));
        };
        *next.meta_mut() = there.meta().clone();
        self.replace(&next, &there).await.map(Some)
    }

    /// Stores `next` in the place of `here`.
    ///
    /// # Errors
    /// The store's own; a conflict if `here` is not what is stored.
    pub async fn replace<T: Stored>(&self, next: &T, here: &T) -> Result<T, Trouble> {
        match self {
            Self::Directory(folder) => {
                Ok(folder.replace(next, &here.resource_version().unwrap_or_default()).await?)
            }
            Self::Cluster(cluster) => Ok(cluster.replace(next, here).await?),
        }
    }

    /// Deletes an object, if it is still this incarnation. One that is gone already is no error.
    ///
    /// # Errors
    /// The store's own.
    pub async fn delete<T: Stored>(&self, object: &T) -> Result<(), Trouble> {
        let (namespace, name, uid) = (object.namespace(), object.name_any(), object.uid());
        match self {
            Self::Directory(folder) => {
                let unless = Precondition { uid, resource_version: None };
                match folder.delete::<T>(namespace.as_deref(), &name, unless).await {
                    Err(StoreError::NotFound { .. }) => Ok(()),
                    done => Ok(done?),
                }
            }
            Self::Cluster(cluster) => {
                let unless = Unless { uid, resource_version: None };
                Ok(cluster.delete::<T>(namespace.as_deref(), &name, &unless).await?)
            }
        }
    }

    /// Whether an object is gone for sure.
    ///
    /// # Errors
    /// The store could not be read: then nothing is known.
    pub async fn is_gone<T: Stored>(&self, namespace: Option<&str>, name: &str) -> Result<bool, Trouble> {
        match self {
            Self::Directory(folder) => Ok(folder.get::<T>(namespace, name).await?.is_none()),
            Self::Cluster(cluster) => Ok(cluster.is_gone::<T>(namespace, name).await?),
        }
    }

    async fn create<T: Stored>(&self, object: &T, now: DateTime<Utc>) -> Result<T, Trouble> {
        match self {
            Self::Directory(folder) => Ok(folder.create(object, now).await?),
            Self::Cluster(cluster) => Ok(cluster.create(object).await?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::crd::kind::service_health::{ServiceHealth, ServiceHealthSpec, ServiceHealthStatus};

    fn health(score: f64) -> ServiceHealth {
        let mut health = ServiceHealth::new("cart", ServiceHealthSpec { service: "cart".into() });
        health.metadata.namespace = Some("shop".into());
        health.status = Some(ServiceHealthStatus { score: Some(score), ..ServiceHealthStatus::default() });
        health
    }

    #[tokio::test]
    async fn an_update_never_brings_back_what_somebody_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::Directory(Directory::open(folder.path()).await.unwrap());
        let now = DateTime::UNIX_EPOCH;
        let known = store.put(None, health(1.0), now).await.unwrap().expect("it is new");
        assert!(store.update(&known, health(1.0)).await.unwrap().is_none(), "it is so already");
        let known = store.update(&known, health(2.0)).await.unwrap().expect("it changed");
        store.delete(&known).await.unwrap();

        let refused = store.update(&known, health(3.0)).await.unwrap_err();
        assert!(matches!(refused, Trouble::Deleted(_)), "{refused}");
        assert!(store.get::<ServiceHealth>(Some("shop"), "cart").await.unwrap().is_none());
        let again = store.put(Some(&known), health(3.0), now).await.unwrap().expect("put makes it anew");
        assert_ne!(again.uid(), known.uid());
    }
}
