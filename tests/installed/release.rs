//! The life of one release: installed from the package of 0.1.0, upgraded, through an incident with its pod
//! killed and its node drained, rolled back, and uninstalled during a hold, both ways.

use super::helm::{Helm, chart};
use super::node::Node;
use super::values;
use crate::kubernetes::address;
use crate::live::flags::{INVENTORY, cut_of};
use crate::live::shop::Shop;
use crate::live::stored::Decision;
use crate::live::tools::repository;
use crate::live::wait::{throughout, until};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

/// The chart as it was first packaged.
const FIRST: &str = "tests/data/chart/flyball-0.1.0.tgz";
/// What is declared once Flyball is there.
const POLICY: &str = include_str!("policy.yaml");
/// Longer than any hold here.
const LONG: &str = "10m";
/// The image of this checkout.
pub const IMAGE: &str =
    "image.registry=flyball.test,image.repository=flyball,image.tag=here,image.pullPolicy=Never";
/// That, and short times.
const HERE: [&str; 8] = [
    "--set",
    IMAGE,
    "--set",
    "metricSource.spec.url=http://prometheus.monitoring.svc:9090,metricSource.spec.lag=500ms",
    "--set",
    "governor.spec.startupObservation=2s,governor.spec.breaker.maxBreachingPercent=100",
    "--set",
    "governor.spec.budgets.perWindow.count=256,lease=10s",
];

/// A release, and what it lives with.
pub struct Stand<'a> {
    helm: Helm,
    node: &'a Node,
    everything: PathBuf,
}

/// The whole life.
pub fn lives(helm: &Helm, node: &Node) {
    let shop = node.open_shop();
    let checkpoints = node.folder.join("checkpoints");
    std::fs::create_dir_all(&checkpoints).expect("a folder can be made");
    let everything = values::everything(&node.folder, &checkpoints);
    let stand = Stand { helm: helm.on(&node.kubeconfig()), node, everything };
    stand.told("0.1.0 is installed, and sees", || stand.installs());
    stand.told("a person's Governor outlives the upgrade to everything", || stand.upgrades());
    super::told::values_have_their_effects(&stand);
    stand.told("helm test", || stand.tests());
    stand.told("an incident: cut, and the pod killed", || stand.eases(&shop));
    stand.told("rolled back during the hold", || stand.rolls_back());
    stand.told("the node drained and brought back", || stand.drained());
    drop(shop);
    let shop = node.forward();
    stand.told("restored", || stand.restored());
    stand.told("uninstalled during a hold: Restore", || stand.uninstalls_restoring(&shop));
    stand.told("uninstalled during a hold: Leave, and taken up again", || stand.uninstalls_leaving(&shop));
    super::alone::two_of_single_namespaces_live_side_by_side(&stand, &shop);
}

impl Stand<'_> {
    /// What the cluster says.
    pub fn node(&self) -> &Node {
        self.node
    }

    /// Prints how long a step took.
    pub fn told(&self, what: &str, step: impl FnOnce()) {
        let begun = Instant::now();
        step();
        println!("{what}: {:.1} s", begun.elapsed().as_secs_f64());
    }

    fn helm(&self, arguments: &[&str]) -> String {
        let said = self.try_helm("flyball", arguments);
        said.unwrap_or_else(|complaint| panic!("helm {arguments:?}: {complaint}"))
    }

    /// Helm in a namespace.
    ///
    /// # Errors
    /// What it says on standard error.
    pub fn try_helm(&self, namespace: &str, arguments: &[&str]) -> Result<String, String> {
        self.helm.run(&[arguments, &["--namespace", namespace]].concat())
    }

    /// From nothing to the first score, as a newcomer does it.
    fn installs(&self) {
        let begun = Instant::now();
        let first = repository().join(FIRST).display().to_string();
        let notes =
            self.helm(&[&["install", "flyball", &first, "--wait", "--timeout", "2m"][..], &HERE].concat());
        assert!(notes.contains("kubectl get hpol,svh,dec -A"), "{notes}");
        self.node.apply(POLICY);
        let health = until("the shop has a ServiceHealth", 60, || self.health());
        println!("the first ServiceHealth came {:.1} s after helm install", begun.elapsed().as_secs_f64());
        until("the shop is known and well", 60, || match self.health()?["status"]["verdict"].as_str() {
            Some("Healthy") => Ok(()),
            other => Err(format!("{other:?}: {health}")),
        });
        println!("Healthy, not Learning, {:.1} s after helm install", begun.elapsed().as_secs_f64());
    }

    fn health(&self) -> Result<Value, String> {
        let all = self.node.admin.list(&address::all("ServiceHealth", "shop"))?;
        all.into_iter().next().ok_or("there is no ServiceHealth".to_string())
    }

    /// The chart of this checkout with everything on; what a person changed stays.
    fn upgrades(&self) {
        let governor = address::one("Governor", "", "default");
        let mine = json!({"spec": {"budgets": {"perNamespace": 7}}});
        self.node.admin.merge(&governor, &mine).expect("a person may edit the Governor");
        let (chart, values) = (chart().display().to_string(), self.everything.display().to_string());
        self.helm(&["upgrade", "flyball", &chart, "--values", &values, "--wait", "--timeout", "2m"]);
        let kept = self.node.admin.get(&governor).expect("it is there");
        assert_eq!(
            kept["spec"]["budgets"]["perNamespace"], 7,
            "the upgrade wrote over a person's edit: {kept}"
        );
    }

    /// What the release's own test says.
    fn tests(&self) {
        let said = self.helm(&["test", "flyball", "--logs"]);
        assert!(said.contains("FlagProvider flags: can be used"), "{said}");
        let pod = self.node.admin.get("/api/v1/namespaces/flyball/pods/flyball-check").expect("it stays");
        let limits = &pod["spec"]["containers"][0]["resources"]["limits"];
        assert_eq!(limits["memory"], "96Mi", "hooks.resources");
    }

    /// Slow, cut, and served; the pod that dies meanwhile is followed by another.
    fn eases(&self, shop: &Shop) {
        shop.slow(true);
        self.await_cut();
        until("the shop serves the fallback", 30, || match shop.fallbacks_served() {
            served if served > 0.0 => Ok(()),
            served => Err(format!("{served} times")),
        });
        let former = self.pod();
        self.node.kubectl(&["delete", "pod", "--namespace", "flyball", "--now", &former]);
        self.await_another(&former);
        throughout("the hold goes on under another pod", 5, || self.cut().map(drop));
        assert_eq!(self.decisions().len(), 1, "{:?}", self.decisions());
    }

    /// Back to the values of 0.1.0; the hold does not notice.
    fn rolls_back(&self) {
        self.helm(&["rollback", "flyball", "1", "--wait", "--timeout", "2m"]);
        self.cut().expect("the rollback gave the flag back");
        let kept =
            std::fs::read_dir(self.node.folder.join("checkpoints")).expect("the claim's folder is there");
        assert!(kept.count() > 0, "the pod that went kept no baselines on its claim");
        let listed = self.helm(&["history", "flyball"]);
        assert!(listed.contains("Rollback to 1"), "{listed}");
    }

    /// Everything leaves the node, the governor too, and comes back.
    fn drained(&self) {
        let former = self.pod();
        let evict = ["drain", "node", "--force", "--ignore-daemonsets", "--delete-emptydir-data"];
        self.node.kubectl(&[&evict[..], &["--timeout", "90s", "--grace-period", "2"]].concat());
        self.cut().expect("the drain gave the flag back");
        self.node.kubectl(&["uncordon", "node"]);
        for name in ["flags", "inventory", "load"] {
            self.node.rolled_out("shop", name);
        }
        self.node.rolled_out("monitoring", "prometheus");
        self.await_another(&former);
    }

    /// How long signals must be well before the flag is tried: long, while a hold is to last.
    pub fn recover_after(&self, time: &str) {
        let policy = address::one("HealthPolicy", "shop", "rejects");
        let tier = json!([{"op": "replace", "path": "/spec/tiers/0/recover/for", "value": time}]).to_string();
        let done = self.node.admin.send("PATCH", &policy, "application/json-patch+json", tier);
        done.and_then(|answer| answer.ok()).expect("a person may edit a policy");
    }

    /// The shop began anew and is quick: the one Decision ends by way of a probe.
    fn restored(&self) {
        self.recover_after("4s");
        let decision = until("the Decision is Ended/Restored", 120, || {
            let decisions = self.decisions();
            match decisions.first() {
                Some(one) if one.standing() == "Ended/Restored" => Ok(one.clone()),
                other => Err(format!("{other:?}")),
            }
        });
        assert!(decision.life().contains(&"Probing"), "{:?}", decision.life());
        assert_eq!(self.decisions().len(), 1, "one incident, one Decision: {:?}", self.decisions());
        assert!(self.cut().is_err() && self.holds().is_empty());
    }

    /// Restore: the flag is back before anything goes; people's objects stay, and so does a new install.
    fn uninstalls_restoring(&self, shop: &Shop) {
        self.recover_after(LONG);
        shop.slow(true);
        self.await_cut();
        self.helm(&["uninstall", "flyball", "--wait", "--timeout", "3m"]);
        assert!(self.cut().is_err(), "the flag is still cut: {:?}", self.cut());
        assert_eq!(self.holds(), Vec::<Value>::new());
        self.node.kubectl(&["get", "hpol", "rejects", "--namespace", "shop"]);
        let governor = self.node.admin.get(&address::one("Governor", "", "default")).expect("it stays");
        assert_eq!(governor["spec"]["releaseAll"], true);
        // Pods go after their Deployment, when the garbage collector comes by.
        until("nothing of ours is left", 60, || {
            let kinds = "all,sa,role,rolebinding,cm";
            let left = self.node.try_kubectl(&["get", kinds, "-n", "flyball", "-o", "name"])?;
            let ours = |line: &str| line.contains("flyball") && line != "pod/flyball-check";
            if left.lines().any(ours) { Err(left) } else { Ok(()) }
        });
    }

    /// Leave: the cut stays with its deadline, and the next installation takes it up and ends it.
    fn uninstalls_leaving(&self, shop: &Shop) {
        let chart = chart().display().to_string();
        let install =
            ["install", "flyball", &chart, "--wait", "--timeout", "2m", "--set", "onUninstall=Leave"];
        self.helm(&[&install[..], &HERE].concat());
        let governor = self.node.admin.get(&address::one("Governor", "", "default")).expect("it is there");
        assert!(governor["spec"].get("releaseAll").is_none(), "the order was not taken back: {governor}");
        let cut = self.await_cut();
        self.helm(&["uninstall", "flyball", "--wait", "--timeout", "2m"]);
        assert_eq!(self.holds().len(), 1, "{:?}", self.holds());
        self.cut().expect("the flag was given back");
        println!("left with its deadline {cut}");
        shop.slow(false);
        self.recover_after("4s");
        self.helm(&[&install[..], &HERE].concat());
        until("the next installation gives the flag back", 120, || match (self.cut(), self.holds()) {
            (Err(_), holds) if holds.is_empty() => Ok(()),
            other => Err(format!("{other:?}")),
        });
    }

    /// The deadline of the cut, if the flag is cut.
    pub fn cut(&self) -> Result<f64, String> {
        let object = self.node.admin.get(&address::one("FeatureFlag", "shop", "flags"))?;
        cut_of(&object["spec"]["flagSpec"]["flags"][INVENTORY]).map(|cut| cut.deadline)
    }

    /// Waits until the flag is cut and the Decision says so; the cut's deadline.
    pub fn await_cut(&self) -> f64 {
        let cut = until("the flag is cut", 120, || self.cut());
        until("the Decision is Holding", 60, || {
            let decisions = self.decisions();
            let holding = decisions.iter().any(|decision| decision.phase() == "Holding");
            holding.then_some(()).ok_or(format!("{decisions:?}"))
        });
        cut
    }

    /// The shop's Decisions.
    pub fn decisions(&self) -> Vec<Decision> {
        let all = self.node.admin.list(&address::all("Decision", "shop"));
        all.expect("the server answers").into_iter().map(Decision).collect()
    }

    fn holds(&self) -> Vec<Value> {
        self.holds_of("flyball")
    }

    /// What the governor of a namespace holds.
    pub fn holds_of(&self, namespace: &str) -> Vec<Value> {
        self.node.admin.list(&address::all("FlagHold", namespace)).expect("the server answers")
    }

    /// The pod that governs.
    fn pod(&self) -> String {
        until("one governor is ready", 90, || {
            let all = self
                .node
                .admin
                .list("/api/v1/namespaces/flyball/pods?labelSelector=app.kubernetes.io/component=governor")?;
            let ready = |pod: &&Value| {
                let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
                conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
            };
            let mut names = all.iter().filter(ready).filter_map(|pod| pod["metadata"]["name"].as_str());
            names.next().map(str::to_string).ok_or(format!("{} pods", all.len()))
        })
    }

    fn await_another(&self, former: &str) {
        until("another pod governs", 90, || match self.pod() {
            name if name != former => Ok(()),
            name => Err(format!("{name} still does")),
        });
    }
}
