//! A governor under test: `flyball run` as a process of its own, under its ServiceAccount.
//!
//! Owns its command line, its port and its log. What it decides is read from the API server.

use super::proxy::Proxy;
use crate::live::http::{self, Answer};
use crate::live::process::{Process, free_port};
use crate::live::wait::until;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// One replica, running or not.
pub struct Governor {
    pub name: String,
    pub port: u16,
    program: PathBuf,
    kubeconfig: PathBuf,
    /// How long its Lease lasts, for scenarios in which somebody must take over soon.
    pub lease: &'static str,
    log: PathBuf,
    process: Option<Process>,
}

impl Governor {
    /// A replica that reaches the API server by `kubeconfig`, not started yet; its log goes into
    /// `folder`.
    pub fn prepare(program: &Path, kubeconfig: &Path, folder: &Path, name: &str) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        Self {
            name: name.to_string(),
            port: free_port(),
            program: program.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
            lease: "30s",
            log: folder.join(format!("{name}.log")),
            process: None,
        }
    }

    /// Starts it.
    pub fn start(&mut self) {
        self.process = None;
        let mut command = Command::new(&self.program);
        command.args(["run", "--log", "json", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(["--identity", &self.name, "--lease", self.lease]);
        command.env("KUBECONFIG", &self.kubeconfig);
        self.process = Some(Process::start(&self.name, &self.log, &mut command));
    }

    /// Starts it behind `proxy`, which may kill it.
    pub fn start_behind(&mut self, proxy: &Proxy) {
        self.start();
        proxy.expect(self.process.as_ref().expect("it was started").id());
    }

    /// Starts it and waits until it is ready.
    pub fn up(mut self) -> Self {
        self.start();
        self.await_ready();
        self
    }

    /// Waits until /readyz says yes.
    pub fn await_ready(&mut self) {
        let name = self.name.clone();
        until(&format!("governor {name} is ready"), 90, || {
            if let Some(status) = self.ended() {
                panic!("governor {name} ended ({status}):\n{}", self.last_words());
            }
            self.get("/readyz")?.ok()
        });
    }

    /// GET from its port.
    ///
    /// # Errors
    /// Why there was no answer.
    pub fn get(&self, path: &str) -> Result<Answer, String> {
        http::get(self.port, path)
    }

    /// How its process ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut().and_then(Process::ended)
    }

    /// SIGKILL; it is gone when this returns.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGTERM, and how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        let process = self.process.as_mut().expect("it was started");
        process.signal("TERM");
        until(&format!("governor {} ends on SIGTERM", self.name), 60, || {
            process.ended().ok_or("it runs".to_string())
        })
    }

    fn last_words(&self) -> String {
        self.process.as_ref().map(Process::last_words).unwrap_or_default()
    }
}
