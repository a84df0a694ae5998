//! Two releases that have single namespaces each, side by side: one eases the shop under the rights of its
//! role alone and is uninstalled against resistance, the other notices nothing of it.

use super::helm::chart;
use super::release::{IMAGE, Stand};
use super::told;
use crate::kubernetes::address;
use crate::live::shop::Shop;
use crate::live::wait::until;
use serde_json::{Value, json};

/// How the store refuses: every write of a flag in the shop.
const CLOSED: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: closed}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [core.openfeature.dev], apiVersions: ['*'], operations: [UPDATE], resources: [featureflags]}]
  validations: [{expression: 'false', message: the store is closed for today}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: closed}
spec: {policyName: closed, validationActions: [Deny]}
";

/// The whole life of both.
pub fn two_of_single_namespaces_live_side_by_side(stand: &Stand, shop: &Shop) {
    let team = Team { stand };
    stand.told("two releases of single namespaces are installed", || team.install());
    told::rights_are_golden(
        stand.node(),
        "team-a:flyball",
        ("can-i-alone.txt", &["team-a", "shop", "team-b", "default"]),
    );
    stand.told("the one that has the shop cuts", || team.eases(shop));
    stand.told("no governor runs: the uninstall says so", || team.is_not_uninstalled_unattended());
    stand.told("the store refuses: the uninstall says so", || team.is_not_uninstalled_in_vain());
    stand.told("the store is mended: uninstalled", || team.is_uninstalled(shop));
}

struct Team<'a> {
    stand: &'a Stand<'a>,
}

impl Team<'_> {
    fn helm(&self, namespace: &str, arguments: &[&str]) -> String {
        let said = self.stand.try_helm(namespace, arguments);
        said.unwrap_or_else(|complaint| panic!("helm {arguments:?}: {complaint}"))
    }

    /// Nobody has the whole cluster any more; what it declared stays.
    fn install(&self) {
        self.helm("flyball", &["uninstall", "flyball", "--wait", "--timeout", "2m"]);
        let chart = chart().display().to_string();
        let install = |release: &str, namespace: &str, watched: &str| {
            let watched =
                format!("crds.install=false,watchNamespaces={{{watched}}},lease=10s,uninstall.wait=6s");
            let head = ["install", release, &chart, "--create-namespace", "--set", IMAGE, "--set", &watched];
            self.stand.try_helm(namespace, &[&head[..], &["--wait", "--timeout", "2m"]].concat())
        };
        let notes = install("flyball", "team-a", "shop").unwrap_or_else(|complaint| panic!("{complaint}"));
        assert!(notes.contains("It governs shop and nothing else"), "{notes}");
        let refusal = install("flyball", "team-b", "shop").expect_err("two have the same namespace");
        assert!(refusal.contains("flyball-governed") && refusal.contains("shop"), "{refusal}");
        self.stand.try_helm("team-b", &["uninstall", "flyball", "--no-hooks"]).ok();
        install("flyball", "team-b", "team-b").unwrap_or_else(|complaint| panic!("{complaint}"));
        let said = until("the policy says who has it", 60, || {
            let policy = self.stand.node().admin.get(&address::one("HealthPolicy", "shop", "rejects"))?;
            let conditions = policy["status"]["conditions"].to_string();
            conditions
                .contains("governed from namespace team-a")
                .then_some(conditions.clone())
                .ok_or(conditions)
        });
        assert!(said.contains("policies of the cluster are not followed"), "{said}");
        let said = self.helm("team-a", &["test", "flyball", "--logs"]);
        assert!(said.contains("FlagProvider flags: can be used"), "{said}");
        for namespace in ["team-a", "team-b"] {
            let lease = self
                .stand
                .node()
                .admin
                .get(&format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/flyball"));
            let holder = lease.expect("it is there")["spec"]["holderIdentity"].to_string();
            assert!(holder.contains("flyball"), "{holder}");
        }
    }

    /// Cut under the rights of the role, and held by who has the shop, with a mark of its own.
    fn eases(&self, shop: &Shop) {
        let before = self.shared();
        self.stand.recover_after("10m");
        shop.slow(true);
        self.stand.await_cut();
        let holds = self.stand.holds_of("team-a");
        assert_eq!((holds.len(), self.stand.holds_of("team-b").len()), (1, 0));
        let installation = holds[0]["spec"]["installation"].as_str().unwrap_or_default().to_string();
        assert!(installation.ends_with(".team-a"), "{installation}");
        let kept = self.notebook("team-a");
        assert!(kept["data"]["status"].to_string().contains("ledger"), "{kept}");
        assert_eq!(self.shared(), before, "the Governor, which others share, was written");
    }

    /// What stands in the Governor's status.
    fn shared(&self) -> Value {
        let governor = self.stand.node().admin.get(&address::one("Governor", "", "default"));
        governor.expect("it is there")["status"].clone()
    }

    fn notebook(&self, namespace: &str) -> Value {
        let path = format!("/api/v1/namespaces/{namespace}/configmaps/flyball-governor");
        self.stand.node().admin.get(&path).expect("it keeps a notebook")
    }

    /// What the failed Job of an uninstall said.
    fn refused(&self) -> String {
        let uninstall = ["uninstall", "flyball", "--wait", "--timeout", "60s"];
        let refusal = self.stand.try_helm("team-a", &uninstall).expect_err("it was uninstalled");
        assert!(refusal.contains("flyball-release"), "{refusal}");
        assert_eq!(self.stand.holds_of("team-a").len(), 1);
        self.stand.node().kubectl(&["logs", "-n", "team-a", "job/flyball-release"])
    }

    fn scale(&self, replicas: &str) {
        let node = self.stand.node();
        node.kubectl(&["scale", "-n", "team-a", "deploy/flyball", "--replicas", replicas]);
        match replicas {
            "0" => drop(node.kubectl(&[
                "wait",
                "-n",
                "team-a",
                "--for=delete",
                "pod",
                "-l",
                "app.kubernetes.io/component=governor",
                "--timeout=60s",
            ])),
            _ => node.rolled_out("team-a", "flyball"),
        }
    }

    fn is_not_uninstalled_unattended(&self) {
        self.stand.node().apply(CLOSED);
        self.scale("0");
        let said = self.refused();
        assert!(said.contains("1 flag is still held: inventory-strong-check of flags"), "{said}");
        assert!(said.contains("no governor has read the order"), "{said}");
        assert!(said.contains("bring the governor of team-a up"), "{said}");
    }

    fn is_not_uninstalled_in_vain(&self) {
        self.scale("1");
        until("the governor gives the flag back in vain", 60, || {
            let all = self.stand.decisions();
            let told = all.iter().any(|one| one.text().contains("the store is closed for today"));
            told.then_some(()).ok_or(format!("{all:?}"))
        });
        let said = self.refused();
        assert!(said.contains("after 6s 1 flag is still held: inventory-strong-check of flags"), "{said}");
        assert!(!said.lines().last().unwrap_or_default().contains("no governor has read"), "{said}");
        assert!(said.contains("kubectl get dec -A says why a store refuses"), "{said}");
        assert!(
            said.contains("--no-hooks") && said.contains("kubectl patch cm flyball-governor -n team-a"),
            "{said}"
        );
        self.stand.cut().expect("the flag was given back");
    }

    /// Given back once the store lets it be, without a word to the Governor that others share.
    fn is_uninstalled(&self, shop: &Shop) {
        for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
            self.stand.node().kubectl(&["delete", kind, "closed"]);
        }
        until("the flag is given back", 120, || match self.stand.cut() {
            Err(_) if self.stand.holds_of("team-a").is_empty() => Ok(()),
            other => Err(format!("{other:?}")),
        });
        self.helm("team-a", &["uninstall", "flyball", "--wait", "--timeout", "2m"]);
        shop.slow(false);
        let governor =
            self.stand.node().admin.get(&address::one("Governor", "", "default")).expect("it stays");
        assert_eq!(governor["spec"].get("releaseAll"), None, "{governor}");
        assert_eq!(self.notebook("team-a")["data"]["releaseAll"], json!("until-installed"));
        self.stand.node().rolled_out("team-b", "flyball");
        assert!(self.notebook("team-b")["data"].get("releaseAll").is_none());
    }
}
