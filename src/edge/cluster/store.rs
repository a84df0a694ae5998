//! Objects in the API server, with the operations of the folder's store.
//!
//! A kind with a status of its own is written in two steps, spec and then status. Whoever stores
//! has stored only if both steps succeeded; what was half stored is completed by the next try.

use super::mirror::{Bare, Mirror};
use crate::edge::crd::schema::kind_named;
use crate::edge::kube::client::{Kube, Part, Unless};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// The object store of one cluster. Clones share it.
#[derive(Debug, Clone)]
pub struct Cluster {
    kube: Kube,
    /// What watches see of the kinds that people may delete, by plural.
    mirrors: BTreeMap<String, Mirror<Bare>>,
    /// Where objects of namespaced kinds are looked for.
    realm: Realm,
}

/// All objects of one kind.
#[derive(Debug)]
pub struct Listing<T> {
    pub objects: Vec<T>,
    /// Objects that cannot be read, in sentences. While there is any, that an object is not among
    /// `objects` does not mean that it does not exist.
    pub problems: Vec<String>,
}

/// An object of a kind that is known to the program.
pub trait Kind: Resource<DynamicType = ()> + Serialize + DeserializeOwned {}
impl<T: Resource<DynamicType = ()> + Serialize + DeserializeOwned> Kind for T {}

impl Cluster {
    /// A store whose writes pass the fence of `kube`. `mirrors` are asked before the API server
    /// is, when it matters whether an object is still there.
    pub fn new(kube: Kube, mirrors: BTreeMap<String, Mirror<Bare>>) -> Self {
        Self { kube, mirrors, realm: Realm::Cluster }
    }

    /// The same, which knows of no other namespaces than the realm's.
    #[must_use]
    pub fn within(self, realm: Realm) -> Self {
        Self { realm, ..self }
    }

    /// Whose objects these are.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Whether a write that begins now may be made.
    pub fn may_write(&self) -> bool {
        self.kube.may_write()
    }

    /// Stores a new object and returns it as stored.
    ///
    /// # Errors
    /// See [`KubeError`].
    pub async fn create<T: Kind>(&self, object: &T) -> Result<T, KubeError> {
        let place = Place::of::<T>(object.namespace().as_deref());
        let mut value = encode(object, &place)?;
        let status = value.as_object_mut().and_then(|object| object.remove("status"));
        let mut stored: Value = self.kube.create(&place, &value).await?;
        if let Some(status) = status.filter(|status| !status.is_null()) {
            value["status"].clone_from(&status);
            stored["status"] = status;
            stored = self.kube.replace(&place, Part::Status, &stored).await?;
        }
        decode(as_sent(value, &mut stored), &place)
    }

    /// The object of that name, if there is one.
    ///
    /// # Errors
    /// See [`KubeError`]; a kind that is not served is an error, not an absence.
    pub async fn get<T: Kind>(&self, namespace: Option<&str>, name: &str) -> Result<Option<T>, KubeError> {
        let place = Place::of::<T>(namespace);
        match self.kube.get::<Value>(&place, name).await {
            Ok(value) => decode(value, &place).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores `next` in the place of `here`, the version that was read: only the parts that differ,
    /// spec before status.
    ///
    /// # Errors
    /// See [`KubeError`]; after an error the first part may be stored.
    pub async fn replace<T: Kind>(&self, next: &T, here: &T) -> Result<T, KubeError> {
        let place = Place::of::<T>(next.namespace().as_deref());
        let (mut next, mut stored) = (encode(next, &place)?, encode(here, &place)?);
        next["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
        let main = |object: &Value| {
            let mut object = object.clone();
            object.as_object_mut().and_then(|object| object.remove("status"));
            object
        };
        let status = next.as_object_mut().and_then(|object| object.remove("status")).unwrap_or_default();
        if main(&next) != main(&stored) {
            let former = stored["status"].clone();
            stored = self.kube.replace(&place, Part::Main, &next).await?;
            stored["status"] = former;
        }
        if status != stored["status"] {
            stored["status"].clone_from(&status);
            stored = self.kube.replace(&place, Part::Status, &stored).await?;
        }
        if !status.is_null() {
            next["status"] = status;
        }
        decode(as_sent(next, &mut stored), &place)
    }

    /// Deletes the object of that name, if it is still the one that `unless` says. One that is gone
    /// already is no error.
    ///
    /// # Errors
    /// See [`KubeError`].
    pub async fn delete<T: Kind>(
        &self,
        namespace: Option<&str>,
        name: &str,
        unless: &Unless,
    ) -> Result<(), KubeError> {
        match self.kube.delete(&Place::of::<T>(namespace), name, unless).await {
            Err(error) if error.is_not_found() => Ok(()),
            done => done,
        }
    }

    /// All objects of a kind, in `namespace` or in all of the realm.
    ///
    /// # Errors
    /// See [`KubeError`]. One bad object is a problem in the listing, and so is a namespace of several
    /// that we may not look into.
    pub async fn list<T: Kind>(&self, namespace: Option<&str>) -> Result<Listing<T>, KubeError> {
        let parts = match namespace {
            None if is_namespaced::<T>() => self.realm.parts(),
            namespace => vec![namespace.map(str::to_string)],
        };
        let mut listing = Listing { objects: Vec::new(), problems: Vec::new() };
        let mut closed = 0;
        for part in &parts {
            let place = Place::of::<T>(part.as_deref());
            let items = match self.kube.list(&place, false).await {
                Err(error @ KubeError::Forbidden { .. }) if closed + 1 < parts.len() => {
                    closed += 1;
                    listing.problems.push(error.to_string());
                    continue;
                }
                listed => listed?.items,
            };
            for item in items {
                match decode(item, &place) {
                    Ok(object) => listing.objects.push(object),
                    Err(error) => listing.problems.push(error.to_string()),
                }
            }
        }
        Ok(listing)
    }

    /// Whether the object is gone for sure: a live read found the kind and not the object. Asked
    /// only where its watch does not see it.
    ///
    /// # Errors
    /// See [`KubeError`]: nothing is known then.
    pub async fn is_gone<T: Kind>(&self, namespace: Option<&str>, name: &str) -> Result<bool, KubeError> {
        let key = (namespace.unwrap_or_default().to_string(), name.to_string());
        if self.mirrors.get(T::plural(&()).as_ref()).is_some_and(|mirror| mirror.contains(&key)) {
            return Ok(false);
        }
        match self.kube.get::<Bare>(&Place::of::<T>(namespace), name).await {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn is_namespaced<T: Kind>() -> bool {
    kind_named(&T::kind(&())).is_some_and(|kind| kind.namespaced)
}

fn encode<T: Kind>(object: &T, place: &Place) -> Result<Value, KubeError> {
    serde_json::to_value(object).map_err(|error| KubeError::Invalid {
        object: place.describe(&object.name_any()),
        message: error.to_string(),
    })
}

/// What was sent, with the metadata that it was stored with. An API server whose definitions are
/// older leaves out fields that it does not know; comparing with what it kept would have us write
/// them again for ever.
fn as_sent(mut sent: Value, stored: &mut Value) -> Value {
    sent["metadata"] = stored["metadata"].take();
    sent
}

fn decode<T: Kind>(value: Value, place: &Place) -> Result<T, KubeError> {
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_string();
    serde_json::from_value(value)
        .map_err(|error| KubeError::Malformed { object: place.describe(&name), detail: error.to_string() })
}
