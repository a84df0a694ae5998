//! From an accepted FlagProvider to a store that can be used.

use super::error::{FlagError, Subject};
use super::file::{self, FlagFile};
use super::format::Format;
use super::object::shape::Shape;
use super::object::store::{self, FlagObjects};
use super::outer::flipt::{self, Flipt};
use super::outer::launch_darkly::{self, LaunchDarkly};
use super::outer::reach::Reach;
use super::outer::store::{Kind, Outer};
use super::outer::unleash::{self, Unleash};
use super::outer::web::{self, Web};
use super::provider::Provider;
use super::served::{By, Served};
use crate::domain::model::provider::{ObjectTemplate, ProviderFacts};
use crate::edge::crd::accept::flag_provider::{Accepted, Clients, ClientsBy, Place};
use crate::edge::crd::accept::server::{Server, Store};
use crate::edge::crd::kind::flag_provider::FlagFormat;
use crate::edge::http::client::Limits;
use crate::edge::http::line::{self, Keys, Line};
use crate::edge::kube::client::{Kube, TIMEOUT};
use crate::edge::kube::realm::Realm;
use std::time::Duration;

/// Largest answer of a server, in bytes.
const ANSWER_MAX: usize = 4 << 20;
/// Longest that one call to a server may take: what comes of a write must be read within the same
/// operation.
const CALL: Duration = Duration::from_secs(5);

/// What stores are opened with.
#[derive(Debug, Clone)]
pub struct Home {
    /// Id of this installation: marks in flags carry it.
    pub installation: String,
    /// None where there is no cluster.
    pub kube: Option<Kube>,
    /// Where in the cluster cuts of ours are looked for.
    pub realm: Realm,
}

/// Opens the store of the FlagProvider `name`. Objects are not read yet.
///
/// # Errors
/// The file cannot be used; there is no cluster; the endpoint cannot be used as it is declared.
pub async fn open(name: &str, accepted: &Accepted, home: &Home, keys: Keys) -> Result<Provider, FlagError> {
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
            inside(name, accepted, home, (Shape::Document(key.clone()), object, None))
        }
        Place::Values { object } => inside(name, accepted, home, (Shape::Value, object, None)),
        Place::FeatureFlags { object, base } => {
            let shape = if base.is_some() { Shape::Overlay } else { Shape::FeatureFlag };
            inside(name, accepted, home, (shape, object, base.as_ref()))
        }
        Place::Server(server) => outside(name, accepted, home, (server, keys)),
    }
}

/// The same provider, whose clients' side is asked what it serves, where its declaration says who.
///
/// # Errors
/// That endpoint cannot be used as it is declared.
pub fn with_clients(
    provider: Provider,
    accepted: &Accepted,
    home: &Home,
    keys: Keys,
) -> Result<Provider, FlagError> {
    let Some(Clients { endpoint, field, by }) = &accepted.clients else { return Ok(provider) };
    let limits = Limits { timeout: CALL, max_bytes: ANSWER_MAX };
    let place = line::Declared { field, url: &endpoint.url, allowed: endpoint.allowed() };
    let line = Line::open(&place, keys, limits, &hosts(home));
    let line = line.map_err(|problem| FlagError::Declared(Box::new(problem)))?;
    let by = match by {
        ClientsBy::Ofrep => By::Ofrep,
        ClientsBy::Unleash => By::UnleashClient,
    };
    let served = Served::new(&provider.facts().name, line, by);
    Ok(match provider {
        Provider::Object(objects) => Provider::Object(objects.asking(served)),
        Provider::Outer(outer) => Provider::Outer(Box::new(outer.asking(served))),
        other => other,
    })
}

/// Where the API server is, which endpoints are not to be.
fn hosts(home: &Home) -> Vec<String> {
    home.kube.iter().map(|kube| kube.host().to_string()).collect()
}

fn inside(
    name: &str,
    accepted: &Accepted,
    home: &Home,
    (shape, object, base): (Shape, &ObjectTemplate, Option<&ObjectTemplate>),
) -> Result<Provider, FlagError> {
    let Some(kube) = home.kube.clone() else {
        return Err(FlagError::NoCluster(Subject { provider: name.to_string(), key: None }));
    };
    let declared = store::Declared {
        name: name.to_string(),
        shape,
        object: object.clone(),
        base: base.cloned(),
        access: accepted.access.clone(),
        propagation: accepted.propagation,
    };
    Ok(Provider::Object(FlagObjects::new(declared, kube, &home.installation).within(home.realm.clone())))
}

fn outside(
    name: &str,
    accepted: &Accepted,
    home: &Home,
    (server, keys): (&Server, Keys),
) -> Result<Provider, FlagError> {
    let declared = |problem| FlagError::Declared(Box::new(problem));
    let spec = &server.endpoint;
    if home.kube.is_none() && (spec.auth.is_some() || spec.ca.is_some()) {
        return Err(FlagError::NoSecrets(Subject { provider: name.to_string(), key: None }));
    }
    let within = home.kube.as_ref().map_or(TIMEOUT, Kube::timeout);
    let limits = Limits { timeout: CALL.min(within / 3), max_bytes: ANSWER_MAX };
    let place = line::Declared { field: &server.field, url: &spec.url, allowed: spec.allowed() };
    let line = Line::open(&place, keys, limits, &hosts(home)).map_err(declared)?;
    let at = line.endpoint.to_string();
    let reach = Reach::new(name, line);
    let (store, project, kind) = match &server.store {
        Store::Unleash { project, environment } => (
            unleash::STORE,
            format!("{project}/{environment}"),
            Kind::Unleash(Unleash::new(reach, project, environment)),
        ),
        Store::LaunchDarkly { project, environment } => (
            launch_darkly::STORE,
            format!("{project}/{environment}"),
            Kind::LaunchDarkly(LaunchDarkly::new(reach, project, environment)),
        ),
        Store::Flipt { namespace, environment } => (
            flipt::STORE,
            format!("{namespace}/{environment}"),
            Kind::Flipt(Flipt::new(reach, namespace, environment)),
        ),
        Store::Http(requests) => (
            web::STORE,
            format!("{}/{}/{}", requests.project, requests.environment, requests.identity),
            Kind::Web(Web::new(reach, requests.clone())),
        ),
    };
    let facts = ProviderFacts {
        name: name.to_string(),
        store: store.to_string(),
        endpoint: at,
        project: Some(project),
        object: None,
        base: None,
        capabilities: accepted.place.capabilities(),
        fallbacks: accepted.place.fallbacks(),
        access: accepted.access.clone(),
        propagation: accepted.propagation,
    };
    Ok(Provider::Outer(Box::new(Outer::new(facts, kind, &home.installation, within))))
}
