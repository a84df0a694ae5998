//! A real node, started by the very script that people use; it ends with the test binary.

use super::helm::unless_skipped;
use crate::kubernetes::api::Api;
use crate::live::process::{Process, end_with_us, folder_for_now, free_port};
use crate::live::shop::Shop;
use crate::live::tools::{Tools, find, repository};
use crate::live::wait::until;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What lives on it besides Flyball.
const WORKLOADS: &str = include_str!("workloads.yaml");
/// The kinds of others.
const KINDS: [&str; 2] = [include_str!("../kubernetes/featureflags.yaml"), include_str!("monitoring.yaml")];
/// Its flags.
const FLAGS: &str = include_str!("../kubernetes/stand/flags.yaml");

/// One node with images, kinds of others, and a shop under load.
pub struct Node {
    pub tools: Tools,
    pub folder: PathBuf,
    pub admin: Api,
    kubectl: PathBuf,
}

/// The programs. None: some are missing and FLYBALL_ALLOW_SKIP=1 allows that.
pub fn tools() -> Option<Tools> {
    unless_skipped(Tools::find())
}

impl Node {
    /// Starts one. None: something is missing and FLYBALL_ALLOW_SKIP=1 allows that.
    pub fn up() -> Option<Self> {
        let tools = tools()?;
        let kubectl = unless_skipped(find("FLYBALL_KUBECTL"))?;
        unless_skipped(find("FLYBALL_KUBELET"))?;
        let folder = folder_for_now();
        let begun = Instant::now();
        script(&folder, &tools, "up");
        println!("the node is ready after {:.0} s", begun.elapsed().as_secs_f64());
        script(&folder, &tools, "stock");
        println!("its images are loaded after {:.0} s", begun.elapsed().as_secs_f64());
        let admin = Api::of(&folder.join("kubeconfig"));
        Some(Self { tools, folder, admin, kubectl })
    }

    /// Its kubeconfig, as the person with all rights.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Brings up what lives on it besides Flyball; Prometheus knows a calm past of the shop.
    pub fn open_shop(&self) -> Shop {
        KINDS.iter().for_each(|kinds| self.apply(kinds));
        self.kubectl(&["wait", "--for", "condition=Established", "--timeout", "60s", "crd", "--all"]);
        let access = std::fs::read_to_string(self.kubeconfig()).expect("it is there");
        let server = format!("\"server\": \"{}\"", self.admin.server);
        let access =
            access.replace(&server, "\"server\": \"https://kubernetes.default.svc\"").replace('\n', "");
        let tsdb = self.folder.join("tsdb");
        let workloads = WORKLOADS.replace("'KUBECONFIG'", &format!("'{access}'"));
        let workloads = workloads.replace("TSDB", &tsdb.display().to_string());
        let (others, prometheus) = workloads.rsplit_once("\n---\n").expect("Prometheus is the last");
        self.apply(others);
        self.apply(FLAGS);
        for name in ["flags", "inventory", "load"] {
            self.rolled_out("shop", name);
        }
        let shop = self.forward();
        crate::live::history::write(
            &self.tools,
            &self.folder,
            &tsdb,
            &shop,
            crate::live::wait::epoch() as u64 - 2,
        );
        self.apply(prometheus);
        self.rolled_out("monitoring", "prometheus");
        shop
    }

    /// A way to the shop's own port, which answers only who comes from inside its pod.
    pub fn forward(&self) -> Shop {
        let port = free_port();
        let mut command = Command::new(&self.kubectl);
        command.args(["port-forward", "--namespace", "shop", "deploy/inventory", &format!("{port}:8080")]);
        command.env("KUBECONFIG", self.kubeconfig());
        let way = Process::start("port-forward", &self.folder.join("port-forward.log"), &mut command);
        let shop = Shop::behind(way, ("shop", "inventory"), port);
        until("the shop is reached", 60, || crate::live::http::get(port, "/healthz")?.ok());
        shop
    }

    /// Waits until a Deployment runs as declared.
    pub fn rolled_out(&self, namespace: &str, name: &str) {
        self.kubectl(&[
            "rollout",
            "status",
            "--namespace",
            namespace,
            "--timeout",
            "120s",
            &format!("deploy/{name}"),
        ]);
    }

    /// What kubectl prints, as the person with all rights.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.try_kubectl(arguments).unwrap_or_else(|complaint| panic!("kubectl {arguments:?}: {complaint}"))
    }

    /// The same.
    ///
    /// # Errors
    /// What it says on standard error.
    pub fn try_kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.kubectl);
        command.args(arguments).env("KUBECONFIG", self.kubeconfig());
        command.env("KUBECACHEDIR", self.folder.join("kubectl-cache"));
        let output = command.output().expect("kubectl can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        }
    }

    /// Applies manifests.
    pub fn apply(&self, manifests: &str) {
        let file = self.folder.join("applied.yaml");
        std::fs::write(&file, manifests).expect("a file can be written");
        self.kubectl(&["apply", "--filename", &file.display().to_string()]);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        script(&self.folder, &self.tools, "down");
    }
}

fn script(folder: &Path, tools: &Tools, order: &str) {
    let mut command = Command::new(repository().join("tests/node"));
    command.arg(order).env("FLYBALL_NODE_DIR", folder).env("FLYBALL_BIN", &tools.flyball);
    let output = command.output().expect("tests/node can be started");
    let noted = std::fs::read_to_string(folder.join("pid")).unwrap_or_default();
    if let Some(id) = noted.split(' ').next().and_then(|id| id.parse().ok()) {
        end_with_us(id);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/node {order}: {complaint}");
}
