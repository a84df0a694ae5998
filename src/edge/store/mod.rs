//! Objects in a folder, for a governor without Kubernetes.
//!
//! Owns what the API server would: names, uids, versions, conflicts. One YAML file an object,
//! replaced all or nothing, so that a crash leaves the old one or the new one; one governor a
//! folder. Edits by hand are welcome and count as writes by somebody else. Must not know what
//! the kinds mean.

pub mod disk;
pub mod error;
pub mod object;
pub mod place;
pub mod shelf;

#[cfg(test)]
mod store_test;

use crate::edge::file::error::FileError;
use crate::edge::file::lane::{Asker, Lane};
use crate::edge::file::text;
use chrono::{DateTime, Utc};
use error::StoreError;
use kube::Resource;
use object::{OBJECT_MAX, Precondition};
use place::{Kind, Place};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// An object store in a folder. Clones share it; the folder is free for others once all are gone.
#[derive(Debug, Clone)]
pub struct Directory {
    root: Arc<Path>,
    lane: Lane,
    _lock: Arc<File>,
}

/// All objects of one kind, by namespace and name.
#[derive(Debug)]
pub struct Listing<T> {
    pub objects: Vec<T>,
    /// Files that hold no object of the kind, or none that can be read. While there is any, that
    /// an object is not among `objects` does not mean that it does not exist.
    pub problems: Vec<StoreError>,
}

/// What the store keeps: an object of a kind that is known to the program.
pub trait Stored: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone {}
impl<T: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone> Stored for T {}

impl Directory {
    /// Takes the folder `root`, creating it if need be, and clears what a crash left there.
    ///
    /// # Errors
    /// Locked by another governor, or the operating system's own.
    pub async fn open(root: &Path) -> Result<Self, StoreError> {
        let lane = Lane::default();
        let root: Arc<Path> = root.into();
        let folder = root.clone();
        let lock = lane.run("opening the store", move |_| disk::take(&folder)).await?;
        Ok(Self { root, lane, _lock: Arc::new(lock) })
    }

    /// Stores a new object and returns it as stored. Its uid, generation and creation time are
    /// given here.
    ///
    /// # Errors
    /// Exists, an invalid name, unwritable, or the file's own.
    pub async fn create<T: Stored>(&self, object: &T, now: DateTime<Utc>) -> Result<T, StoreError> {
        let (kind, place) = (Kind::of::<T>(), place_of(object)?);
        let value = object::fresh(encode(object, &kind, &place)?, &kind, now);
        let text = object::text(value, &kind, &place)?;
        let (root, held) = (self.root.clone(), (kind.clone(), place.clone()));
        let stored = self
            .lane
            .run("creating an object", move |asker| disk::create(&root, &held.0, &held.1, &text, asker));
        decode(stored.await?, &kind, &place, &self.root)
    }

    /// The object of that name, if there is one.
    ///
    /// # Errors
    /// An invalid name, malformed, or the file's own.
    pub async fn get<T: Stored>(&self, namespace: Option<&str>, name: &str) -> Result<Option<T>, StoreError> {
        let (kind, place) = (Kind::of::<T>(), Place::new(namespace, name)?);
        let path = place.path(&kind, &self.root);
        let read = self.lane.run("reading an object", move |_| text::read(&path, OBJECT_MAX)).await;
        match read {
            Ok(text) => decode(text, &kind, &place, &self.root).map(Some),
            Err(FileError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores `object` in the place of the one whose `resourceVersion` is `expected`, and returns
    /// it as stored. One that is stored already is not written again.
    ///
    /// # Errors
    /// Conflict, not found, unwritable, or the file's own.
    pub async fn replace<T: Stored>(&self, object: &T, expected: &str) -> Result<T, StoreError> {
        let (kind, place) = (Kind::of::<T>(), place_of(object)?);
        let value = encode(object, &kind, &place)?;
        let (root, held) = (self.root.clone(), (kind.clone(), place.clone()));
        let expected = expected.to_string();
        let stored = self.lane.run("replacing an object", move |asker| {
            disk::replace(&root, &held.0, &held.1, (value, &expected), asker)
        });
        decode(stored.await?, &kind, &place, &self.root)
    }

    /// Deletes the object of that name.
    ///
    /// # Errors
    /// Conflict with the precondition, not found, or the file's own.
    pub async fn delete<T: Stored>(
        &self,
        namespace: Option<&str>,
        name: &str,
        precondition: Precondition,
    ) -> Result<(), StoreError> {
        let (kind, place) = (Kind::of::<T>(), Place::new(namespace, name)?);
        let root = self.root.clone();
        let work = move |asker: &Asker| disk::delete(&root, &kind, &place, &precondition, asker);
        self.lane.run("deleting an object", work).await
    }

    /// All objects of a kind.
    ///
    /// # Errors
    /// The kind's folder cannot be listed, or holds too many. One bad file is a problem in the
    /// listing.
    pub async fn list<T: Stored>(&self) -> Result<Listing<T>, StoreError> {
        let kind = Kind::of::<T>();
        let (root, of) = (self.root.clone(), kind.clone());
        let (texts, mut problems) = self.lane.run("listing objects", move |_| disk::list(&root, &of)).await?;
        let mut objects = Vec::new();
        for (place, text) in texts {
            match decode(text, &kind, &place, &self.root) {
                Ok(object) => objects.push(object),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(Listing { objects, problems })
    }
}

fn place_of<T: Stored>(object: &T) -> Result<Place, StoreError> {
    let metadata = object.meta();
    Place::new(metadata.namespace.as_deref(), metadata.name.as_deref().unwrap_or(""))
}

fn encode<T: Stored>(object: &T, kind: &Kind, place: &Place) -> Result<Value, StoreError> {
    let unwritable = |detail: String| StoreError::Unwritable { object: place.describe(kind), detail };
    match serde_json::to_value(object) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(unwritable("it is not an object".to_string())),
        Err(error) => Err(unwritable(error.to_string())),
    }
}

fn decode<T: Stored>(text: String, kind: &Kind, place: &Place, root: &Path) -> Result<T, StoreError> {
    let path = place.path(kind, root);
    let value = object::parse(&text, kind, place, &path)?;
    serde_json::from_value(value).map_err(|e| StoreError::Malformed { path, detail: e.to_string() })
}
