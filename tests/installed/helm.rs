//! Helm, as people call it.

use crate::live::tools::{find, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Helm under test, and whose cluster it sees.
pub struct Helm {
    pub program: PathBuf,
    kubeconfig: Option<PathBuf>,
}

impl Helm {
    /// The installed one, with no cluster. None: it is missing and FLYBALL_ALLOW_SKIP=1 allows that.
    pub fn find() -> Option<Self> {
        let program = unless_skipped(find("FLYBALL_HELM"))?;
        Some(Self { program, kubeconfig: None })
    }

    /// The same on a cluster.
    pub fn on(&self, kubeconfig: &Path) -> Self {
        Self { program: self.program.clone(), kubeconfig: Some(kubeconfig.to_owned()) }
    }

    /// What it prints.
    ///
    /// # Errors
    /// What it says on standard error.
    pub fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_remove("KUBECONFIG");
        // Without a cluster it must not find one by chance.
        let nowhere = PathBuf::from("/nonexistent");
        command.env("KUBECONFIG", self.kubeconfig.as_ref().unwrap_or(&nowhere));
        let output = command.output().expect("helm can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(format!("{}{}", text(&output.stdout), text(&output.stderr))),
        }
    }

    /// The manifests that the chart of this checkout makes in namespace `flyball`.
    ///
    /// # Errors
    /// Why it makes none.
    pub fn template(&self, arguments: &[&str]) -> Result<String, String> {
        let chart = chart().display().to_string();
        let head = ["template", "flyball", &chart, "--namespace", "flyball", "--kube-version", "1.36.3"];
        self.run(&[&head, arguments].concat())
    }
}

/// The chart of this checkout.
pub fn chart() -> PathBuf {
    repository().join("charts/flyball")
}

/// What there is, or nothing if it is missing and that is allowed.
pub fn unless_skipped<T>(found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(missing) if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
            println!("skipped: {missing}");
            None
        }
        Err(missing) => panic!("{missing} (FLYBALL_ALLOW_SKIP=1 skips this)"),
    }
}
