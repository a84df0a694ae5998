//! Something outside that an object declares: what each kind of it has to say of itself.
//!
//! Owns the list of steps that all kinds share: accepted, its secrets read, opened, tried. A kind is
//! one implementation; how often and in which order the steps are taken is not its business.

use super::vault::{Credentials, Vault};
use crate::domain::model::problem::Problem;
use crate::domain::model::reason::Reason;
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::flags::declared::Home;
use chrono::{DateTime, Utc};
use kube::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// One kind. A value is one that is open; clones share its connections.
pub trait Outside: Clone + Send + Sync + 'static {
    /// The kind of object that declares it.
    type Object: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Send + Sync;
    /// What of its declaration is known without asking anybody.
    type Accepted: Send + Sync;

    /// The word for the kind of object.
    const KIND: &'static str;
    /// What is missing where there is none, for people.
    const WITHOUT: &'static str;
    /// Whether what it writes carries the installation's id.
    const MARKS: bool;

    /// Judges the declaration.
    ///
    /// # Errors
    /// Every problem found.
    fn accept(object: &Self::Object) -> Result<Self::Accepted, Vec<Problem>>;

    /// What the object was last said to be.
    fn status(object: &Self::Object) -> Option<ConfigStatus>;

    /// Reads what it is shown and trusted by; None where it has no secrets.
    fn credentials(
        accepted: &Self::Accepted,
        vault: &Vault,
    ) -> impl Future<Output = Option<Result<Credentials, Vec<Problem>>>> + Send;

    /// Opens it.
    ///
    /// # Errors
    /// Why it cannot be used as it is declared.
    fn open(
        name: &str,
        accepted: &Self::Accepted,
        home: &Home,
        credentials: Credentials,
    ) -> impl Future<Output = Result<Self, Vec<Problem>>> + Send;

    /// Takes over from the same one with other secrets.
    fn succeed(&self, _former: &Self) {}

    /// Whether it can be used, tried without changing anything.
    ///
    /// # Errors
    /// Why not, in a person's words.
    fn answer(&self, trial: &Trial) -> impl Future<Output = Result<(), Reason>> + Send;

    /// What may be expected of it, one sentence each.
    fn words(&self) -> Vec<String>;
}

/// How one is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// A namespace in which it is used.
    pub namespace: String,
    pub now: DateTime<Utc>,
}
