//! `flyball ensure`: objects that must be there are created; what is there is left as it is.
//!
//! For installers, whose definitions are served only a moment after they were applied: that is
//! waited for. The one thing taken back is a `releaseAll` that an uninstall ordered and nobody has
//! edited since.

use super::order::{governors, take_back, take_back_in};
use crate::domain::model::problem::Problem;
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::manifest::{self, Entry};
use crate::edge::crd::schema::{API_VERSION, Kind, kind_named};
use crate::edge::http::retry;
use crate::edge::kube::client::Kube;
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// What is to be there, in which cluster.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// Namespace of namespaced objects that name none.
    pub namespace: String,
    /// The namespaces that the governor has.
    pub realm: Realm,
    /// How long definitions that are not served yet, and an API server out of reach, are waited for.
    pub wait: Duration,
}

/// Why not everything is there.
#[derive(Debug, thiserror::Error)]
pub enum EnsureError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{origin}:{line}: {problem}")]
    Manifest { origin: String, line: usize, problem: Box<Problem> },
    #[error("{origin}:{line}: {kind} is no kind of {API_VERSION}; only those are created")]
    Foreign { origin: String, line: usize, kind: String },
    #[error("not within {}s: {last}", wait.as_secs())]
    Late { wait: Duration, last: String },
    #[error(transparent)]
    Refused(#[from] KubeError),
    #[error("what was done cannot be printed")]
    Print(#[from] io::Error),
}

/// One object, and where it belongs.
struct Wanted {
    place: Place,
    words: String,
    object: Value,
}

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Created,
    LeftAlone,
    Resumed,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::LeftAlone => "is there, and left as it is",
            Self::Resumed => "is there; releaseAll, which an uninstall ordered, is taken back",
        }
    }
}

/// Creates what is missing of the manifests, each an origin and its text.
///
/// # Errors
/// A manifest that cannot be read, before anything is created; an object that the API server
/// refuses; one that could not be created in time.
pub async fn ensure(
    options: &Options,
    manifests: &[(String, String)],
    out: &mut impl Write,
) -> Result<(), EnsureError> {
    let mut all = Vec::new();
    for (origin, text) in manifests {
        for entry in manifest::read(origin, text) {
            all.push(wanted(origin, entry, &options.namespace)?);
        }
    }
    let kube = Kube::new(&connect(options.kubeconfig.as_deref()).await?);
    if !options.realm.is_cluster() && taken_back(&kube, options).await? {
        writeln!(out, "releaseAll, which an uninstall ordered of this installation, is taken back")?;
    }
    for one in all {
        let done = in_time(&kube, &one, options.wait).await?;
        writeln!(out, "{}: {}", one.words, done.words())?;
    }
    Ok(())
}

fn wanted(origin: &str, entry: Entry, home: &str) -> Result<Wanted, EnsureError> {
    let Entry { line, kind, name, mut document, object, .. } = entry;
    let origin = origin.to_string();
    if let Err(problems) = object {
        let problem = problems.into_iter().next().unwrap_or_else(|| Problem::new("", "", "unreadable", ""));
        return Err(EnsureError::Manifest { origin, line, problem: Box::new(problem) });
    }
    let ours = document["apiVersion"] == API_VERSION;
    let Some(Kind { plural, namespaced, .. }) = kind_named(&kind).filter(|_| ours) else {
        return Err(EnsureError::Foreign { origin, line, kind });
    };
    let (group, version) = API_VERSION.split_once('/').unwrap_or_default();
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, &kind), plural);
    let namespace = namespaced.then(|| {
        let named = document["metadata"]["namespace"].as_str();
        named.unwrap_or(home).to_string()
    });
    if let Some(namespace) = &namespace {
        document["metadata"]["namespace"] = json!(namespace);
    }
    let place = Place::new(resource, namespace.as_deref());
    Ok(Wanted { place, words: format!("{kind} {name}"), object: document })
}

/// Tries until it is there, or the time is over.
async fn in_time(kube: &Kube, wanted: &Wanted, wait: Duration) -> Result<Done, EnsureError> {
    within(wait, || create(kube, wanted)).await
}

/// Takes the order to this installation alone back.
async fn taken_back(kube: &Kube, options: &Options) -> Result<bool, EnsureError> {
    within(options.wait, || take_back_in(kube, &options.namespace)).await
}

/// Calls until it succeeds or is refused for good, or the time is over.
async fn within<T, F>(wait: Duration, call: impl Fn() -> F) -> Result<T, EnsureError>
where
    F: Future<Output = Result<T, KubeError>>,
{
    let mut last = "nothing was answered".to_string();
    let tries = async {
        let mut tried = 0;
        loop {
            match call().await {
                Err(error) if may_pass(&error) => last = sentence(&error),
                done => return done,
            }
            tried += 1;
            tokio::time::sleep(retry::pause(tried.min(5))).await;
        }
    };
    match tokio::time::timeout(wait, tries).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(EnsureError::Late { wait, last }),
    }
}

/// Whether the same call may do better in a moment.
fn may_pass(error: &KubeError) -> bool {
    matches!(
        error,
        KubeError::NotServed { .. }
            | KubeError::Unavailable { .. }
            | KubeError::Timeout { .. }
            | KubeError::Conflict { .. }
    )
}

async fn create(kube: &Kube, wanted: &Wanted) -> Result<Done, KubeError> {
    match kube.create::<Value>(&wanted.place, &wanted.object).await {
        Ok(_) => Ok(Done::Created),
        Err(KubeError::Exists { .. }) if wanted.place == governors() => {
            Ok(if take_back(kube).await? { Done::Resumed } else { Done::LeftAlone })
        }
        Err(KubeError::Exists { .. }) => Ok(Done::LeftAlone),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        manifest::read("objects.yaml", text).remove(0)
    }

    #[test]
    fn an_object_knows_its_place_and_its_namespace() {
        let governor =
            "apiVersion: flyball.dev/v1alpha1\nkind: Governor\nmetadata: {name: default}\nspec: {}\n";
        let one = wanted("f", entry(governor), "flyball").unwrap();
        assert_eq!(one.place, governors());
        assert_eq!(one.words, "Governor default");
        let policy = "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {name: a}\n\
             spec: {signals: [{name: a, query: up}]}\n";
        let one = wanted("f", entry(policy), "shop").unwrap();
        assert_eq!(one.place.path(), "/apis/flyball.dev/v1alpha1/namespaces/shop/healthpolicies");
        assert_eq!(one.object["metadata"]["namespace"], "shop");
    }

    #[test]
    fn what_is_wrong_or_not_ours_is_named_with_its_line() {
        let foreign = "\n\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
        let refused = wanted("f.yaml", entry(foreign), "shop").err().unwrap().to_string();
        assert!(refused.starts_with("f.yaml:") && refused.contains("Secret"), "{refused}");
        let wrong = "apiVersion: flyball.dev/v1alpha1\nkind: MetricSource\nmetadata: {name: a}\nspec: {}\n";
        let refused = wanted("f.yaml", entry(wrong), "shop").err().unwrap().to_string();
        assert!(refused.starts_with("f.yaml:1: spec.url"), "{refused}");
    }
}
