//! The flag server that applications ask, in the place of flagd.
//!
//! Owns its start, on a flag file or on a FeatureFlag object, and the question an application asks.

use super::http;
use super::process::{Process, free_port};
use super::tools::Tools;
use super::wait::until;
use std::path::Path;
use std::process::Command;

/// An OFREP server on one source of flags.
pub struct Ofrep {
    pub port: u16,
    _server: Process,
}

impl Ofrep {
    /// Serves the flags of `file`.
    pub fn of_file(tools: &Tools, folder: &Path, file: &Path) -> Self {
        let mut command = Command::new(&tools.ofrep);
        command.arg("--flags").arg(file);
        Self::serve(folder, command)
    }

    /// Serves the FeatureFlag `namespace`/`name` in the API server of `kubeconfig`.
    pub fn of_object(
        tools: &Tools,
        folder: &Path,
        (namespace, name): (&str, &str),
        kubeconfig: &Path,
    ) -> Self {
        Self::of_objects(tools, folder, (namespace, &[name]), kubeconfig)
    }

    /// Serves FeatureFlags of a namespace, of which the later win; only the first must be there.
    pub fn of_objects(
        tools: &Tools,
        folder: &Path,
        (namespace, names): (&str, &[&str]),
        kubeconfig: &Path,
    ) -> Self {
        let mut command = Command::new(&tools.ofrep);
        for name in names {
            command.args(["--flags", &format!("core.openfeature.dev/{namespace}/{name}")]);
        }
        command.env("KUBECONFIG", kubeconfig);
        Self::serve(folder, command)
    }

    fn serve(folder: &Path, mut command: Command) -> Self {
        let port = free_port();
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        let server = Process::start("ofrep", &folder.join("ofrep.log"), &mut command);
        until("the OFREP server serves", 60, || http::get(port, "/healthz")?.ok());
        Self { port, _server: server }
    }

    /// What an application is told the flag is.
    ///
    /// # Errors
    /// What it answered instead.
    pub fn ask(&self, key: &str) -> Result<bool, String> {
        let path = format!("/ofrep/v1/evaluate/flags/{key}");
        let answer = http::post(self.port, &path, "{\"context\":{\"targetingKey\":\"u\"}}")?.json()?;
        answer["value"].as_bool().ok_or(format!("no boolean: {answer}"))
    }
}
