//! A published description of an API, served by Prism: each request is held against it.

use crate::live::process::{Process, folder_for_now, free_port};
use crate::live::tools::{find, repository};
use crate::live::wait::until;
use crate::servers::wire::{self, Request};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;

/// A description, and what it said until now.
pub struct Description {
    address: SocketAddr,
    said: Mutex<(u64, Vec<String>)>,
    _process: Process,
}

impl Description {
    /// Serves what the variable `name` names; `wrong` is a request that it must not take.
    pub fn start(name: &str, right: &Request, wrong: &Request) -> Self {
        let [program, file] =
            ["FLYBALL_PRISM", name].map(|name| find(name).unwrap_or_else(|why| panic!("{why}")));
        let port = free_port();
        let mut command = Command::new(program);
        command.args(["mock", "--errors", "-h", "127.0.0.1", "-p", &port.to_string()]);
        command.arg(file).current_dir(repository());
        let mut process = Process::start("prism", &folder_for_now().join("prism.log"), &mut command);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        until("Prism serves the description", 120, || {
            assert!(process.ended().is_none(), "it ended: {}", process.last_words());
            match wire::ask(address, right) {
                Some(reply) if reply.status == 200 => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        let status = wire::ask(address, wrong).map(|reply| reply.status);
        assert_eq!(status, Some(422), "it tells right from wrong");
        Self { address, said: Mutex::default(), _process: process }
    }

    /// Holds a request against it.
    pub fn hold(&self, request: &Request) {
        let mut asked = Request::new(&request.method, &request.path);
        asked.body.clone_from(&request.body);
        if !request.body.is_empty() {
            asked = asked.with("content-type", request.header("content-type"));
        }
        let reply = wire::ask(self.address, &asked).expect("Prism answers");
        if reply.status >= 400 {
            let (sent, said) = (String::from_utf8_lossy(&request.body), String::from_utf8_lossy(&reply.body));
            self.blame(format!("{} {} {sent}: {} {said}", request.method, request.path, reply.status));
        }
        self.said.lock().expect("no panics").0 += 1;
    }

    /// Something else was wrong with a request.
    pub fn blame(&self, why: String) {
        self.said.lock().expect("no panics").1.push(why);
    }

    /// Fails if any request was wrong, or hardly one was asked.
    pub fn judge(&self) {
        let said = self.said.lock().expect("no panics");
        assert!(said.0 > 50, "{} requests were held against the description", said.0);
        assert_eq!(said.1, Vec::<String>::new());
    }
}
