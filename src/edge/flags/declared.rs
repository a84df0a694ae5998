//! From an accepted FlagProvider to a store that can be used.

use super::error::{FlagError, Subject};
use super::file::{self, FlagFile};
use super::format::Format;
use super::object::shape::Shape;
use super::object::store::{self, FlagObjects};
use super::provider::Provider;
use crate::domain::model::provider::ObjectTemplate;
use crate::edge::crd::accept::flag_provider::{Accepted, Place};
use crate::edge::crd::kind::flag_provider::FlagFormat;
use crate::edge::kube::client::Kube;

/// What stores are opened with.
#[derive(Debug, Clone)]
pub struct Home {
    /// Id of this installation: marks in flags carry it.
    pub installation: String,
    /// None where there is no cluster.
    pub kube: Option<Kube>,
}

/// Opens the store of the FlagProvider `name`. Objects are not read yet.
///
/// # Errors
/// The file cannot be used; there is no cluster.
pub async fn open(name: &str, accepted: &Accepted, home: &Home) -> Result<Provider, FlagError> {
    match &accepted.place {
        Place::File { path, format } => {
            let declared = file::Declared {
                name: name.to_string(),
                path: path.into(),
                format: Some(match format {
                    FlagFormat::Flagd => Format::Flagd,
                    FlagFormat::KeyValue => Format::KeyValue,
                }),
                access: accepted.access.clone(),
                propagation: accepted.propagation,
            };
            FlagFile::open(declared, &home.installation).await.map(Provider::File)
        }
        Place::Document { object, key } => {
            inside(name, accepted, home, (Shape::Document(key.clone()), object))
        }
        Place::Values { object } => inside(name, accepted, home, (Shape::Value, object)),
        Place::FeatureFlags { object } => inside(name, accepted, home, (Shape::FeatureFlag, object)),
    }
}

fn inside(
    name: &str,
    accepted: &Accepted,
    home: &Home,
    (shape, object): (Shape, &ObjectTemplate),
) -> Result<Provider, FlagError> {
    let Some(kube) = home.kube.clone() else {
        return Err(FlagError::NoCluster(Subject { provider: name.to_string(), key: None }));
    };
    let declared = store::Declared {
        name: name.to_string(),
        shape,
        object: object.clone(),
        access: accepted.access.clone(),
        propagation: accepted.propagation,
    };
    Ok(Provider::Object(FlagObjects::new(declared, kube, &home.installation)))
}
