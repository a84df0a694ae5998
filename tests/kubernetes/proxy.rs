//! A door to the API server that counts writes, and kills whoever writes: before the write gets
//! through, or after it was done and before anybody hears of it.
//!
//! Speaks plain HTTP to the governor and TLS to the server. Everything else passes untouched,
//! watches as they stream.

use super::api::runtime;
use super::control_plane::ControlPlane;
use super::write::{Fate, Plan, Write};
use crate::live::process::{free_port, send};
use futures::TryStreamExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::{TcpListener, TcpStream};

type Body = UnsyncBoxBody<Bytes, reqwest::Error>;
/// Headers that belong to one connection, not to the message.
const OF_THE_CONNECTION: [&str; 5] =
    ["host", "connection", "content-length", "transfer-encoding", "keep-alive"];

/// One governor's door.
pub struct Proxy {
    pub kubeconfig: PathBuf,
    pub url: String,
    door: Arc<Door>,
}

struct Door {
    server: String,
    client: reqwest::Client,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    plan: Plan,
    /// Process group of the governor; none while it is dead.
    governor: Option<u32>,
    seen: Vec<Write>,
}

impl Proxy {
    /// Opens a door for the account of `plane`; its kubeconfig goes into `folder`.
    pub fn open(plane: &ControlPlane, folder: &Path) -> Self {
        let port = free_port();
        let text = std::fs::read_to_string(plane.governor_kubeconfig()).expect("the kubeconfig is there");
        let mut config: Value = serde_json::from_str(&text).expect("the kubeconfig is JSON");
        let url = format!("http://127.0.0.1:{port}");
        config["clusters"][0]["cluster"] = json!({ "server": url });
        let kubeconfig = folder.join("proxy.kubeconfig");
        std::fs::write(&kubeconfig, config.to_string()).expect("a file can be written");
        let (server, client) = (plane.admin.server.clone(), plane.admin.untimed_client());
        let door = Arc::new(Door { server, client, inside: Mutex::default() });
        let listener = runtime().block_on(TcpListener::bind(("127.0.0.1", port)));
        runtime().spawn(listen(listener.expect("the port is free"), door.clone()));
        Self { kubeconfig, url, door }
    }

    /// Kills the next governors as `plan` says.
    pub fn follow(&self, plan: Plan) {
        self.door.lock().plan = plan;
    }

    /// What is left of the plan.
    pub fn plan(&self) -> Plan {
        self.door.lock().plan.clone()
    }

    /// From now on writes come from this process group.
    pub fn expect(&self, governor: u32) {
        self.door.lock().governor = Some(governor);
    }

    /// All writes that got through, oldest first.
    pub fn writes(&self) -> Vec<Write> {
        self.door.lock().seen.clone()
    }
}

async fn listen(listener: TcpListener, door: Arc<Door>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, door.clone()));
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    let service = service_fn(move |request| pass(request, door.clone()));
    // An error is a connection that ended: the governor's, or cut by us.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Passes one request on. An error closes the connection without an answer.
async fn pass(request: Request<Incoming>, door: Arc<Door>) -> Result<Response<Body>, String> {
    let write = Write::of(request.method().as_str(), request.uri().path());
    let fate = door.fate(write.as_ref());
    if fate == Fate::DieBefore {
        return Err(door.kill());
    }
    let answer = door.forward(request).await?;
    let (mut head, body) = Response::new(answer).into_parts();
    head.status = body.status();
    for (name, value) in body.headers() {
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            head.headers.append(name, value.clone());
        }
    }
    let Some(write) = write else {
        let frames = body.bytes_stream().map_ok(Frame::data);
        return Ok(Response::from_parts(head, StreamBody::new(frames).boxed_unsync()));
    };
    let whole = body.bytes().await.map_err(|error| error.to_string())?;
    door.lock().seen.push(Write { status: head.status.as_u16(), ..write });
    if fate == Fate::DieAfter {
        return Err(door.kill());
    }
    Ok(Response::from_parts(head, Full::new(whole).map_err(|never| match never {}).boxed_unsync()))
}

impl Door {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What becomes of whoever asks. The dead write no more.
    fn fate(&self, write: Option<&Write>) -> Fate {
        let mut inside = self.lock();
        match (write, inside.governor) {
            (None, _) => Fate::Live,
            (Some(_), None) => Fate::DieBefore,
            (Some(write), Some(_)) => inside.plan.fate(&write.what),
        }
    }

    fn kill(&self) -> String {
        if let Some(governor) = self.lock().governor.take() {
            send("KILL", governor);
        }
        "its governor is dead".to_string()
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<reqwest::Response, String> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        let mut onward = self.client.request(head.method, format!("{}{path}", self.server)).body(body);
        for (name, value) in &head.headers {
            if !OF_THE_CONNECTION.contains(&name.as_str()) {
                onward = onward.header(name, value);
            }
        }
        onward.send().await.map_err(|error| format!("{error:?}"))
    }
}
