//! The small HTTP server: `/metrics`, `/livez` and `/readyz`.
//!
//! Owns listening and answering. It only reads: GET, no body, one request per connection. What a
//! stranger can cost it is bounded: connections, header size, and the time of each. Must not
//! judge health itself; `health` does.

use super::health::{Health, Probe};
use super::metrics::Metrics;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Where it listens unless the user says otherwise: this machine only.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9464";

const CONNECTIONS_MAX: usize = 32;
const HEADER_BYTES_MAX: usize = 8 * 1024;
const HEADER_TIME: Duration = Duration::from_secs(5);
/// Longest life of a connection: reading, answering and the client's reading.
const CONNECTION_TIME: Duration = Duration::from_secs(10);
/// How long a shutdown waits for answers under way.
const FAREWELL_TIME: Duration = Duration::from_secs(3);
/// Pause after a failed accept, so that running out of descriptors is not a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Why the server cannot start.
#[derive(Debug, Error)]
pub enum ServerError {
    #[error(
        "listen address {value:?} is not an IP address with a port; write one such as 127.0.0.1:9464, 0.0.0.0:9464 or [::1]:9464"
    )]
    ParseAddress { value: String },
    #[error("cannot listen on {address}; choose an address of this machine and a port that is free")]
    Listen { address: SocketAddr, source: io::Error },
}

/// What the server shows, shared with the loops that keep it up to date.
pub struct Shown {
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    /// Monotonic time since the program started: the clock of `health`.
    pub elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Begins to listen on `address`, an IP address and a port; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be read, is not this machine's, or is taken.
    pub async fn bind(address: &str) -> Result<Self, ServerError> {
        let parsed = address.trim().parse::<SocketAddr>();
        let address = parsed.map_err(|_| ServerError::ParseAddress { value: address.to_string() })?;
        let listen = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self { listener, address })
    }

    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` turns true or its sender is gone, then lets answers under way
    /// finish for a few seconds.
    pub async fn serve(self, shown: Arc<Shown>, mut shutdown: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        tokio::select! {
            () = self.accept_all(&shown, &places, &mut connections) => {}
            _ = shutdown.wait_for(|stop| *stop) => {}
        }
        drop(self.listener);
        let rest = async { while connections.join_next().await.is_some() {} };
        if timeout(FAREWELL_TIME, rest).await.is_err() {
            connections.shutdown().await;
        }
    }

    /// Accepts while there is a place; the system queues or refuses the others. Never returns.
    async fn accept_all(&self, shown: &Arc<Shown>, places: &Arc<Semaphore>, connections: &mut JoinSet<()>) {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            while connections.try_join_next().is_some() {}
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let shown = shown.clone();
                    connections.spawn(async move {
                        talk(stream, shown).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the telemetry server could not accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn talk(stream: TcpStream, shown: Arc<Shown>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = answer(&shown, request.method(), request.uri().path(), request.uri().query());
        async move { Ok::<_, Infallible>(response) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_header_size(HEADER_BYTES_MAX);
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION_TIME, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection to the telemetry server broke"),
        Err(_) => tracing::debug!("a connection to the telemetry server took too long"),
    }
}

fn answer(shown: &Shown, method: &Method, path: &str, query: Option<&str>) -> Response<Full<Bytes>> {
    if method != Method::GET {
        let refusal = "only GET is answered here\n".to_string();
        return with(respond(StatusCode::METHOD_NOT_ALLOWED, PLAIN, refusal), ALLOW, "GET");
    }
    match path {
        "/metrics" => metrics(&shown.metrics),
        "/livez" => probe(shown, Probe::Live, query),
        "/readyz" => probe(shown, Probe::Ready, query),
        _ => respond(
            StatusCode::NOT_FOUND,
            PLAIN,
            "there are /metrics, /livez and /readyz; add ?verbose to see every check\n".to_string(),
        ),
    }
}

fn metrics(metrics: &Metrics) -> Response<Full<Bytes>> {
    match metrics.encode() {
        Ok(text) => respond(StatusCode::OK, OPEN_METRICS, text),
        Err(_) => {
            let sentence = "the metrics cannot be written as text\n".to_string();
            respond(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, sentence)
        }
    }
}

fn probe(shown: &Shown, probe: Probe, query: Option<&str>) -> Response<Full<Bytes>> {
    let report = shown.health.report(probe, (shown.elapsed)());
    let status = if report.well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let asked = |part: &str| part.split('=').next() == Some("verbose");
    let verbose = query.is_some_and(|query| query.split('&').any(asked));
    with(respond(status, PLAIN, report.text(verbose)), CACHE_CONTROL, "no-store")
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    with(response, CONTENT_TYPE, content_type)
}

fn with(mut response: Response<Full<Bytes>>, name: HeaderName, value: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    struct Running {
        address: SocketAddr,
        health: Arc<Health>,
        stop: watch::Sender<bool>,
        done: JoinHandle<()>,
    }

    async fn start() -> Running {
        let server = Server::bind("127.0.0.1:0").await.unwrap();
        let health = Arc::new(Health::new());
        let shown = Arc::new(Shown {
            metrics: Arc::new(Metrics::new("1.2.3")),
            health: health.clone(),
            elapsed: Box::new(|| Duration::from_secs(100)),
        });
        let (stop, stopped) = watch::channel(false);
        let address = server.address();
        Running { address, health, stop, done: tokio::spawn(server.serve(shown, stopped)) }
    }

    /// Sends `request` as it stands, returns everything until the server hangs up.
    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await
    }

    #[tokio::test]
    async fn metrics_are_served_as_openmetrics_text() {
        let running = start().await;
        let answer = get(running.address, "/metrics").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(OPEN_METRICS));
        assert!(answer.contains("flyball_build_info{version=\"1.2.3\"} 1\n"));
        assert!(answer.ends_with("# EOF\n"));
    }

    #[tokio::test]
    async fn probes_answer_with_the_truth_and_a_sentence() {
        let running = start().await;
        let (address, health) = (running.address, &running.health);
        assert!(get(address, "/livez").await.starts_with("HTTP/1.1 503"), "nothing started yet");
        health.require_live("cycle", Duration::from_secs(90), Duration::from_secs(95));
        health.require_ready("policies", None, "no policies are loaded yet");
        assert!(get(address, "/livez").await.ends_with("\r\n\r\nok\n"));
        let unready = get(address, "/readyz").await;
        assert!(unready.starts_with("HTTP/1.1 503"), "{unready}");
        assert!(unready.ends_with("[-] policies: no policies are loaded yet\n"), "{unready}");
        health.beat("policies", Duration::from_secs(99));
        let ready = get(address, "/readyz?verbose").await;
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
        assert!(ready.ends_with("[+] cycle: ok\n[+] policies: ok, 1 s ago\n"), "{ready}");
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused() {
        let running = start().await;
        assert!(get(running.address, "/").await.starts_with("HTTP/1.1 404"));
        let post = "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi";
        let answer = exchange(running.address, post).await;
        assert!(answer.starts_with("HTTP/1.1 405") && answer.contains("allow: GET"), "{answer}");
        let huge = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(2 * HEADER_BYTES_MAX));
        assert!(exchange(running.address, &huge).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test]
    async fn silent_connections_do_not_lock_others_out_for_ever() {
        let running = start().await;
        running.health.beat("source", Duration::ZERO);
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            silent.push(TcpStream::connect(running.address).await.unwrap());
        }
        let answer = timeout(HEADER_TIME + CONNECTION_TIME, get(running.address, "/readyz")).await;
        assert!(answer.expect("a place becomes free").ends_with("ok\n"));
    }

    #[tokio::test]
    async fn a_shutdown_ends_it_even_with_a_silent_connection() {
        let running = start().await;
        let _silent = TcpStream::connect(running.address).await.unwrap();
        get(running.address, "/livez").await;
        running.stop.send(true).unwrap();
        timeout(FAREWELL_TIME * 2, running.done).await.expect("it ends in time").unwrap();
        assert!(TcpStream::connect(running.address).await.is_err());
    }

    #[tokio::test]
    async fn an_address_that_does_not_work_is_named() {
        for value in ["", "9464", "localhost", "127.0.0.1", "127.0.0.1:99999"] {
            let error = Server::bind(value).await.unwrap_err().to_string();
            assert!(error.starts_with(&format!("listen address {value:?} is not an IP address")), "{error}");
        }
        let taken = Server::bind("127.0.0.1:0").await.unwrap();
        let error = Server::bind(&taken.address().to_string()).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot listen on {}", taken.address())));
        assert!(Server::bind("192.0.2.1:1").await.is_err(), "not an address of this machine");
    }
}
