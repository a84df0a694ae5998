//! FlagProviders that are servers: what of their declaration no schema can check.

use super::problems::Problems;
use super::request::{self, Requests};
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Capabilities;
use crate::edge::crd::field::endpoint::Endpoint;
use crate::edge::crd::kind::flag_server::{HttpStore, ServerStore, TokenForm};
use std::time::Duration;

/// An accepted server.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    pub endpoint: Endpoint,
    /// Where in the manifest it stands: `spec.unleash.endpoint`.
    pub field: String,
    pub store: Store,
}

/// Which server it is, and where in it the flags are.
#[derive(Debug, Clone, PartialEq)]
pub enum Store {
    Unleash { project: String, environment: String },
    LaunchDarkly { project: String, environment: String },
    Flipt { namespace: String, environment: String },
    Http(Requests),
}

/// How long clients of Unleash take at most by default until they ask again.
const POLLED: Duration = Duration::from_secs(15);

impl Store {
    /// How long after a write clients serve it, unless the provider says otherwise.
    pub fn propagation(&self) -> Duration {
        match self {
            Self::Unleash { .. } => POLLED,
            Self::LaunchDarkly { .. } | Self::Flipt { .. } | Self::Http(_) => Duration::ZERO,
        }
    }

    /// What such a server can do.
    pub fn capabilities(&self) -> Capabilities {
        let (precondition, history) = match self {
            Self::Unleash { .. } => (false, true),
            Self::LaunchDarkly { .. } | Self::Flipt { .. } => (true, false),
            Self::Http(requests) => (requests.has_precondition(), false),
        };
        Capabilities { precondition, history, self_ending: false }
    }

    /// What its flags may be cut to; empty: anything.
    pub fn fallbacks(&self) -> &'static [&'static str] {
        match self {
            Self::Unleash { .. } | Self::Flipt { .. } => &["off", "on"],
            // What being on serves there depends on whom.
            Self::LaunchDarkly { .. } => &["off"],
            Self::Http(_) => &[],
        }
    }

    /// Whether the token is sent by itself, without the word Bearer.
    pub fn sends_bare_tokens(&self) -> bool {
        match self {
            Self::Unleash { .. } | Self::LaunchDarkly { .. } => true,
            Self::Flipt { .. } => false,
            Self::Http(requests) => requests.token == TokenForm::Bare,
        }
    }
}

/// Accepts an Unleash server.
pub fn unleash(problems: &mut Problems, store: &ServerStore) -> Option<Server> {
    let environment = environment(problems, "spec.unleash.environment", store)?;
    authorized(problems, "spec.unleash.endpoint", &store.endpoint)?;
    let project = store.project.clone().unwrap_or_else(|| "default".to_string());
    Some(Server {
        endpoint: store.endpoint.clone(),
        field: "spec.unleash.endpoint".to_string(),
        store: Store::Unleash { project, environment },
    })
}

/// Accepts LaunchDarkly.
pub fn launch_darkly(problems: &mut Problems, store: &ServerStore) -> Option<Server> {
    let environment = environment(problems, "spec.launchDarkly.environment", store)?;
    authorized(problems, "spec.launchDarkly.endpoint", &store.endpoint)?;
    let project = store.project.clone().unwrap_or_else(|| "default".to_string());
    Some(Server {
        endpoint: store.endpoint.clone(),
        field: "spec.launchDarkly.endpoint".to_string(),
        store: Store::LaunchDarkly { project, environment },
    })
}

/// Accepts a Flipt server, which may be open to everybody.
pub fn flipt(store: &ServerStore) -> Server {
    let usual = |text: &Option<String>| text.clone().unwrap_or_else(|| "default".to_string());
    Server {
        endpoint: store.endpoint.clone(),
        field: "spec.flipt.endpoint".to_string(),
        store: Store::Flipt { namespace: usual(&store.project), environment: usual(&store.environment) },
    }
}

/// Accepts a server of somebody's own.
pub fn http(problems: &mut Problems, store: &HttpStore) -> Option<Server> {
    let requests = request::requests(problems, store)?;
    Some(Server {
        endpoint: store.endpoint.clone(),
        field: "spec.http.endpoint".to_string(),
        store: Store::Http(requests),
    })
}

fn environment(problems: &mut Problems, field: &str, store: &ServerStore) -> Option<String> {
    if store.environment.is_none() {
        let fix = "name the environment whose flags are cut, such as production";
        problems.add(Problem::new(
            field,
            "",
            "a flag is on or off in an environment, and none is named",
            fix,
        ));
    }
    store.environment.clone()
}

/// Such a server takes a token.
fn authorized(problems: &mut Problems, field: &str, endpoint: &Endpoint) -> Option<()> {
    if endpoint.auth.as_ref().is_some_and(|auth| auth.bearer.is_some()) {
        return Some(());
    }
    let fix = "put a token into a Secret of the governor's namespace, and name it in auth.bearer.secretRef";
    problems.add(Problem::new(
        format!("{field}.auth"),
        "",
        "the server takes a token, and none is named",
        fix,
    ));
    None
}
