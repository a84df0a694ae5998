//! etcd, the API server and the controller manager, started by the very script that people use.
//!
//! Owns one control plane with the kinds and the governor's account in it. Ends with the test
//! binary, whatever happens to it.

use super::address;
use super::api::Api;
use super::rig::FLAGS;
use crate::live::flags::DOCUMENT;
use crate::live::process::{end_with_us, free_ports};
use crate::live::tools::{find, repository};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the suite starts by the script; the rest it starts itself, where a test needs it.
const PARTS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "definitions"];
/// Where metrics and flags are, and budgets and a breaker that get in nobody's way.
const FLEET: &str = include_str!("fleet.yaml");
/// Ports that the script may use.
const PORTS: u16 = 10;

/// One control plane.
pub struct ControlPlane {
    pub folder: PathBuf,
    /// As the person with all rights.
    pub admin: Api,
    first_port: u16,
    kubectl: PathBuf,
}

impl ControlPlane {
    /// Starts one in `folder`, and waits until it has the kinds.
    ///
    /// # Errors
    /// A program is missing.
    pub fn up(folder: &Path) -> Result<Self, String> {
        for program in ["FLYBALL_ETCD", "FLYBALL_KUBE_APISERVER", "FLYBALL_KUBE_CONTROLLER_MANAGER"] {
            find(program)?;
        }
        let kubectl = find("FLYBALL_KUBECTL")?;
        let first_port = free_ports(PORTS);
        run(folder, first_port, "up", &PARTS);
        let admin = Api::of(&folder.join("kubeconfig"));
        Ok(Self { folder: folder.to_owned(), admin, first_port, kubectl })
    }

    /// Ends a part, and waits until it has gone.
    pub fn down(&self, part: &str) {
        run(&self.folder, self.first_port, "down", &[part]);
    }

    /// Starts a part again, on its data.
    pub fn start(&self, part: &str) {
        run(&self.folder, self.first_port, "up", &[part]);
    }

    /// What `kubectl` prints, as the person with all rights.
    ///
    /// # Errors
    /// What it says on standard error.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.kubectl);
        command.args(arguments).env("KUBECONFIG", self.folder.join("kubeconfig"));
        command.env("KUBECACHEDIR", self.folder.join("kubectl-cache"));
        let output = command.output().expect("kubectl can be started");
        let (said, complaint) = texts(&output);
        if output.status.success() { Ok(said) } else { Err(complaint) }
    }

    /// Applies every document of `yaml`.
    pub fn apply(&self, yaml: &str) {
        for document in yaml.split("\n---\n") {
            self.try_apply(document).unwrap_or_else(|refusal| panic!("{refusal}\n{document}"));
        }
    }

    /// Applies one document.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn try_apply(&self, document: &str) -> Result<Value, String> {
        let object: Value = serde_yaml::from_str(document).map_err(|e| format!("{e}:\n{document}"))?;
        self.admin.apply(&address::of(&object), document)
    }

    /// Creates the object of one document, which the server reads itself: types, too.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn create(&self, document: &str) -> Result<Value, String> {
        let object: Value = serde_yaml::from_str(document).map_err(|e| format!("{e}:\n{document}"))?;
        let path = address::of(&object);
        let (all, _) = path.rsplit_once('/').expect("a path has a parent");
        let path = format!("{all}?fieldValidation=Strict");
        self.admin.send("POST", &path, "application/yaml", document.to_string())?.ok()
    }

    /// Makes a namespace.
    pub fn make_namespace(&self, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.apply(&object.to_string());
    }

    /// Makes a namespace with the flags of the suite.
    pub fn open_shop(&self, namespace: &str) {
        self.make_namespace(namespace);
        let spec: Value = serde_json::from_str(DOCUMENT).expect("the document is JSON");
        let object = json!({
            "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
            "metadata": {"name": FLAGS, "namespace": namespace}, "spec": {"flagSpec": spec},
        });
        self.create(&object.to_string()).expect("the flags can be created");
    }

    /// Declares the Prometheus, the provider of flags and the budgets.
    pub fn declare_fleet(&self, prometheus: &str) {
        self.apply(&FLEET.replace("PROMETHEUS", prometheus));
    }

    /// The kubeconfig of the governor's account.
    pub fn governor_kubeconfig(&self) -> PathBuf {
        self.folder.join("flyball.kubeconfig")
    }
}

/// Runs the script, and has what it started end with us.
fn run(folder: &Path, first_port: u16, command: &str, parts: &[&str]) {
    let mut script = Command::new(repository().join("tests/cluster"));
    script.arg(command).args(parts).env("FLYBALL_CLUSTER_DIR", folder);
    script.env("FLYBALL_CLUSTER_PORT", first_port.to_string());
    let output = script.output().expect("tests/cluster can be started");
    for part in parts {
        let noted = std::fs::read_to_string(folder.join("pids").join(part)).unwrap_or_default();
        if let Some(id) = noted.split(' ').next().and_then(|id| id.parse().ok()) {
            end_with_us(id);
        }
    }
    let (said, complaint) = texts(&output);
    assert!(output.status.success(), "tests/cluster {command} failed: {complaint}{said}");
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
