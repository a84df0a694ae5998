//! A door on this machine into a Prometheus of the cluster, by way of the API server's service proxy.
//!
//! The one HTTP client speaks to addresses; what authenticates a person to the API server may be a
//! certificate or another program, which only the kube client knows. Its path is a secret, so that nobody
//! else on the machine comes in, and only the questions of Prometheus' API pass.

use crate::edge::kube::client::Kube;
use crate::edge::kube::service::ServicePort;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Largest question, in bytes.
const QUESTION_MAX: usize = 1 << 20;
/// What may be asked.
const QUESTIONS: [&str; 2] = ["/api/v1/query", "/api/v1/query_range"];
/// Rest after a connection that could not be taken.
const REST: Duration = Duration::from_millis(100);

/// The door; it closes when dropped.
#[derive(Debug)]
pub struct Door {
    /// Where it is.
    pub url: String,
    task: JoinHandle<()>,
}

/// What is behind it.
struct Behind {
    kube: Kube,
    service: ServicePort,
    key: String,
}

impl Door {
    /// Opens one on a free port of loopback.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn open(kube: Kube, service: ServicePort) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let part = || RandomState::new().hash_one(0);
        let key = format!("/{:016x}{:016x}", part(), part());
        let url = format!("http://{}{key}", listener.local_addr()?);
        let behind = Arc::new(Behind { kube, service, key });
        Ok(Self { url, task: tokio::spawn(serve(listener, behind)) })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, behind: Arc<Behind>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let behind = behind.clone();
        tokio::spawn(async move {
            let pass = service_fn(|request| pass(&behind, request));
            // A connection that breaks is its client's to notice.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), pass).await;
        });
    }
}

async fn pass(behind: &Behind, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().strip_prefix(&behind.key).unwrap_or_default().to_string();
    if !QUESTIONS.contains(&path.as_str()) {
        return Ok(answer(404, Vec::new()));
    }
    let Ok(form) = Limited::new(request.into_body(), QUESTION_MAX).collect().await else {
        return Ok(answer(413, Vec::new()));
    };
    Ok(match behind.kube.post_form(&behind.service, &path, form.to_bytes().into()).await {
        Ok((status, body)) => answer(status, body),
        Err(_) => answer(502, Vec::new()),
    })
}

fn answer(status: u16, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::BAD_GATEWAY);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::http::fake_server::{Answer, FakeServer};
    use crate::edge::kube::connect::connect;
    use crate::edge::prometheus::client::{Client, Settings};

    const SCALAR: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[0,"7"]}}"#;

    /// An API server that answers everything with `answer`, and a client of it.
    async fn behind(answer: Answer) -> (FakeServer, Kube) {
        let server = FakeServer::start(vec![answer]).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        let url = server.url();
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: \"{url}\"}}}}]\n\
             users: [{{name: u, user: {{token: t}}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
        );
        std::fs::write(&path, config).unwrap();
        let kube = Kube::new(&connect(Some(&path)).await.unwrap());
        (server, kube)
    }

    #[tokio::test]
    async fn a_question_passes_to_the_service_and_nothing_else_does() {
        let (server, kube) =
            behind(Answer::reply(200, "content-type: application/json\r\n", SCALAR.as_bytes())).await;
        let door = Door::open(kube, ServicePort::read("monitoring/prometheus:9090").unwrap()).await.unwrap();
        let client = Client::new(Settings::new(&door.url)).unwrap();
        let answer = client.instant("up", chrono::DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(answer.samples[0].value, 7.0);
        let asked = server.requests().remove(0);
        let path = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query ";
        assert!(asked.starts_with(&format!("POST {path}")) && asked.contains("query=up&time=0"), "{asked}");
        let (address, _) = door.url.rsplit_once('/').unwrap();
        for url in [address.to_string(), format!("{address}/0123456789abcdef0123456789abcdef")] {
            let stranger = Client::new(Settings::new(&url)).unwrap();
            let refused = stranger.instant("up", chrono::DateTime::UNIX_EPOCH).await.unwrap_err().to_string();
            assert!(refused.contains("404"), "{refused}");
        }
        assert_eq!(server.requests().len(), 1, "strangers reach nothing");
    }

    #[tokio::test]
    async fn a_refusal_is_passed_on_as_it_is() {
        let (_server, kube) = behind(Answer::reply(403, "", b"{}")).await;
        let door = Door::open(kube, ServicePort::read("monitoring/prometheus").unwrap()).await.unwrap();
        let client = Client::new(Settings::new(&door.url)).unwrap();
        let refused = client.instant("up", chrono::DateTime::UNIX_EPOCH).await.unwrap_err().to_string();
        assert!(refused.contains("403"), "{refused}");
    }
}
