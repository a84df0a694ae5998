//! A service's metrics, served again as they were: the first scrape once, the second from then on.

use super::super::live::process::free_port;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

/// Serves `1.txt` and `2.txt` of `folder` on the port that it gives, until the tests end.
pub fn again(folder: &Path) -> u16 {
    let scrapes = ["1.txt", "2.txt"].map(|name| {
        let file = folder.join(name);
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    });
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    std::thread::spawn(move || {
        let last = &scrapes[scrapes.len() - 1];
        let texts = scrapes.iter().chain(std::iter::repeat(last));
        for (caller, text) in listener.incoming().zip(texts) {
            let Ok(mut caller) = caller else { continue };
            let length = text.len();
            // One read takes the whole of a scrape's request; what it says does not matter.
            let _ = caller.read(&mut [0; 4096]);
            let head = "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8";
            let _ = write!(caller, "{head}\r\nContent-Length: {length}\r\n\r\n{text}");
        }
    });
    port
}
