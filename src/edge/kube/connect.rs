//! From an identity to a client: a kubeconfig, or what a pod is given.

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Longest that a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the API server is, and who we are to it.
#[derive(Clone)]
pub struct Connection {
    pub(super) client: Client,
    /// The API server, for people.
    pub url: String,
    /// The namespace that the identity names.
    pub namespace: String,
}

/// Which cluster, and as whom, as kubectl's options say it.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig; None: its current one.
    pub context: Option<String>,
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("kubeconfig {}: it cannot be used", path.display())]
    Kubeconfig {
        path: PathBuf,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("--context {context}: the kubeconfig has no such context that can be used")]
    Context {
        context: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("no cluster is known: give --kubeconfig, set KUBECONFIG, or run in a pod with a service account")]
    Unknown(#[source] Box<dyn Error + Send + Sync>),
    #[error("no client can be made for {url}")]
    Client {
        url: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A client with the identity of the kubeconfig at `path`; without a path, of `KUBECONFIG` or the
/// home directory's, or else of the pod. Nothing is asked yet.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(path: Option<&Path>) -> Result<Connection, ConnectError> {
    connect_to(&Chosen { kubeconfig: path.map(Path::to_path_buf), context: None }).await
}

/// The same with a context of a person's choice.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_to(chosen: &Chosen) -> Result<Connection, ConnectError> {
    let config = match (&chosen.kubeconfig, &chosen.context) {
        (Some(path), context) => from_file(path, context.as_deref()).await?,
        (None, Some(context)) => of_context(context).await?,
        (None, None) => Config::infer().await.map_err(|source| ConnectError::Unknown(Box::new(source)))?,
    };
    let (url, namespace) = (config.cluster_url.to_string(), config.default_namespace.clone());
    let failed = |source: Box<dyn Error + Send + Sync>| ConnectError::Client { url: url.clone(), source };
    let client = Client::try_from(bounded(config)).map_err(|error| failed(Box::new(error)))?;
    Ok(Connection { client, url, namespace })
}

async fn from_file(path: &Path, context: Option<&str>) -> Result<Config, ConnectError> {
    let failed =
        |source: Box<dyn Error + Send + Sync>| ConnectError::Kubeconfig { path: path.to_path_buf(), source };
    let read = Kubeconfig::read_from(path).map_err(|error| failed(Box::new(error)))?;
    let config = Config::from_custom_kubeconfig(read, &options(context)).await;
    config.map_err(|error| match context {
        Some(context) => ConnectError::Context { context: context.to_string(), source: Box::new(error) },
        None => failed(Box::new(error)),
    })
}

/// By `KUBECONFIG`, or the home directory's.
async fn of_context(context: &str) -> Result<Config, ConnectError> {
    let config = Config::from_kubeconfig(&options(Some(context))).await;
    config.map_err(|error| ConnectError::Context { context: context.to_string(), source: Box::new(error) })
}

fn options(context: Option<&str>) -> KubeConfigOptions {
    KubeConfigOptions { context: context.map(str::to_string), ..KubeConfigOptions::default() }
}

/// The library's own retries and timeouts give way to ours: each call has one deadline and one try.
fn bounded(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = None;
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
        clusters: [{name: c, cluster: {server: \"http://127.0.0.1:1\"}}]\n\
        users: [{name: u, user: {token: t}}]\n\
        contexts: [{name: c, context: {cluster: c, user: u, namespace: shop}}, \
                   {name: d, context: {cluster: c, user: u, namespace: pay}}]\n";

    #[tokio::test]
    async fn a_kubeconfig_gives_server_and_namespace_and_a_bad_one_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        std::fs::write(&good, CONFIG).unwrap();
        let connection = connect(Some(&good)).await.unwrap();
        assert_eq!((connection.url.as_str(), connection.namespace.as_str()), ("http://127.0.0.1:1/", "shop"));
        let missing = connect(Some(&folder.path().join("missing"))).await.err().unwrap();
        assert!(missing.to_string().contains("missing"), "{missing}");
        let of =
            |context: &str| Chosen { kubeconfig: Some(good.clone()), context: Some(context.to_string()) };
        assert_eq!(connect_to(&of("d")).await.unwrap().namespace, "pay");
        let unknown = connect_to(&of("e")).await.err().unwrap();
        assert!(unknown.to_string().contains("--context e"), "{unknown}");
    }

    #[test]
    fn the_library_does_not_try_again_by_itself() {
        let config = bounded(Config::new("http://127.0.0.1:1".parse().unwrap()));
        assert!(!config.default_retry);
    }
}
