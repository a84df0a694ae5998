//! Plain HTTP to loopback, just enough to ask a shop, a Prometheus or a governor.
//!
//! Speaks HTTP/1.0, so that the answer ends with the connection and is never chunked. Must not
//! be used for anything but the processes of the rig.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST: u64 = 64 << 20;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The body, if the status is 200.
    ///
    /// # Errors
    /// Status and body otherwise.
    pub fn ok(self) -> Result<String, String> {
        match self.status {
            200 => Ok(self.body),
            status => Err(format!("status {status}: {}", self.body.trim())),
        }
    }

    /// The JSON of a good answer.
    ///
    /// # Errors
    /// As [`Answer::ok`], or what is wrong with the JSON.
    pub fn json(self) -> Result<serde_json::Value, String> {
        let body = self.ok()?;
        serde_json::from_str(&body).map_err(|error| format!("no JSON: {error}: {body}"))
    }
}

/// GET `path` of the server on `port`.
///
/// # Errors
/// Whatever kept the answer from coming.
pub fn get(port: u16, path: &str) -> Result<Answer, String> {
    send(port, &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"))
}

/// POST `body` as JSON.
///
/// # Errors
/// As [`get`].
pub fn post(port: u16, path: &str, body: &str) -> Result<Answer, String> {
    let length = body.len();
    let head = "Host: 127.0.0.1\r\nContent-Type: application/json";
    send(port, &format!("POST {path} HTTP/1.0\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}"))
}

fn send(port: u16, request: &str) -> Result<Answer, String> {
    let failed = |error: std::io::Error| format!("port {port}: {error}");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut bytes = Vec::new();
    stream.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("port {port}: no answer"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| format!("port {port}: no status in {head:?}"))?;
    Ok(Answer { status, body: body.to_string() })
}

/// `text` as one value of a query string.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
