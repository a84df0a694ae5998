//! Values whose effect can be seen on the installed release, each looked at where it shows.

use super::node::Node;
use super::release::Stand;
use crate::kubernetes::address;
use crate::live::tools::repository;
use crate::live::wait::until;
use serde_json::{Value, json};

/// Where objects stand, the value that made them so, and what must be there.
const FIELDS: &[(&str, &str, &str, &str)] = &[
    ("commonLabels", DEPLOYMENT, "/metadata/labels/team", "\"platform\""),
    ("podLabels", DEPLOYMENT, "/spec/template/metadata/labels/tier", "\"control\""),
    ("podAnnotations", DEPLOYMENT, "/spec/template/metadata/annotations/note", "\"seen\""),
    (
        "serviceAccount.annotations",
        "/api/v1/namespaces/flyball/serviceaccounts/flyball",
        "/metadata/annotations/team",
        "\"platform\"",
    ),
    ("metrics.port", "/api/v1/namespaces/flyball/services/flyball", "/spec/ports/0/port", "9464"),
    (
        "metrics.serviceMonitor",
        "/apis/monitoring.coreos.com/v1/namespaces/flyball/servicemonitors/flyball",
        "/spec/endpoints/0/interval",
        "\"15s\"",
    ),
    (
        "metrics.prometheusRule",
        "/apis/monitoring.coreos.com/v1/namespaces/flyball/prometheusrules/flyball",
        "/spec/groups/0/name",
        "\"flyball\"",
    ),
    ("metrics.dashboard", DASHBOARD, "/metadata/annotations/folder", "\"sre\""),
    ("metrics.dashboard.labels", DASHBOARD, "/metadata/labels/board", "\"sre\""),
    (
        "networkPolicy",
        "/apis/networking.k8s.io/v1/namespaces/flyball/networkpolicies/flyball",
        "/spec/policyTypes/1",
        "\"Egress\"",
    ),
    ("flowSchema", FLOWS, "/status/conditions/0/status", "\"False\""),
    ("flowSchema.priorityLevel", FLOWS, "/spec/priorityLevelConfiguration/name", "\"workload-low\""),
    ("flowSchema.matchingPrecedence", FLOWS, "/spec/matchingPrecedence", "900"),
    ("checkpoints", CLAIM, "/status/phase", "\"Bound\""),
    ("checkpoints.accessModes", CLAIM, "/status/accessModes/0", "\"ReadWriteMany\""),
];

const DASHBOARD: &str = "/api/v1/namespaces/flyball/configmaps/flyball-dashboard";
const FLOWS: &str = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/flyball-flyball";
const CLAIM: &str = "/api/v1/namespaces/flyball/persistentvolumeclaims/flyball-checkpoints";

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/flyball/deployments/flyball";

/// All of them.
pub fn values_have_their_effects(stand: &Stand) {
    let node = stand.node();
    fields_are_as_declared(node);
    the_pod_is_as_declared(node);
    rights_are_the_golden_ones(node);
    approvals_are_of_who_asks(node);
    protected_flags_are_not_cut(node);
    privileges_are_refused(node);
    only_named_secrets_are_read(node);
    the_image_speaks_https(node);
    prometheus_scrapes_the_governor(node);
}

fn fields_are_as_declared(node: &Node) {
    for (value, path, pointer, expected) in FIELDS {
        let object = node.admin.get(path).unwrap_or_else(|refusal| panic!("{value}: {refusal}"));
        let found = object.pointer(pointer).map(Value::to_string).unwrap_or_default();
        assert_eq!(&found, expected, "{value}: {pointer} of {object}");
    }
}

/// What the scheduler and the kubelet made of it.
fn the_pod_is_as_declared(node: &Node) {
    let pods = "/api/v1/namespaces/flyball/pods?labelSelector=app.kubernetes.io/component=governor";
    let pod = node.admin.list(pods).expect("the server answers").remove(0);
    let spec = &pod["spec"];
    assert_eq!(spec["priority"], 1000, "priorityClassName");
    assert_eq!(spec["terminationGracePeriodSeconds"], 20);
    assert_eq!(spec["nodeSelector"]["kubernetes.io/os"], "linux");
    assert_eq!(spec["tolerations"][0]["key"], "spot");
    assert_eq!(spec["topologySpreadConstraints"][0]["topologyKey"], "kubernetes.io/hostname");
    assert!(spec["affinity"]["nodeAffinity"].is_object());
    assert_eq!(spec["securityContext"]["supplementalGroups"][0], 4000, "podSecurityContext");
    let container = &spec["containers"][0];
    assert_eq!(container["securityContext"]["privileged"], false, "securityContext");
    assert!(container["args"].to_string().contains("--log-filter=warn,flyball=info"), "log.filter");
    assert!(container["args"].to_string().contains("--listen=0.0.0.0:9464"), "listenAddress");
    assert_eq!(container["image"], "flyball.test/flyball:here");
    assert_eq!(container["resources"]["limits"]["memory"], "256Mi");
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 0, "{}", pod["status"]);
    let name = pod["metadata"]["name"].as_str().expect("it has a name");
    let log = node.kubectl(&["logs", "--namespace", "flyball", name]);
    let first: Value = serde_json::from_str(log.lines().next().expect("it logs")).expect("log.format: json");
    assert!(first.is_object());
    // What extraArgs ask for is written into what extraVolumes mount: it starts only if both are there.
    assert!(container["args"].to_string().contains("--history=/history/decisions.jsonl"));
}

/// What the governor's account may do, in its own namespace and in a service's.
fn rights_are_the_golden_ones(node: &Node) {
    rights_are_golden(node, "flyball:flyball", ("can-i.txt", &["flyball", "shop", "default"]));
}

/// What an account may do in some namespaces is what `file` says.
pub fn rights_are_golden(node: &Node, account: &str, (file, namespaces): (&str, &[&str])) {
    let mut found = String::new();
    for namespace in namespaces {
        let who = &format!("--as=system:serviceaccount:{account}");
        let listed = node.kubectl(&["auth", "can-i", "--list", who, "--namespace", namespace]);
        let mut lines: Vec<&str> = listed.lines().filter(|line| !line.contains(" [/")).collect();
        lines[1..].sort_unstable();
        found += &format!("# in namespace {namespace}\n{}\n", lines.join("\n"));
    }
    let path = repository().join("tests/data/chart").join(file);
    if std::env::var_os("FLYBALL_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("a file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "FLYBALL_WRITE_GOLDEN=1 writes {}: look at it", path.display());
}

/// `by` is the requester.
fn approvals_are_of_who_asks(node: &Node) {
    let approval = |name: &str, by: &str| {
        json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "DecisionApproval",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"decisionRef": {"name": "d"}, "proposalHash": "0123456789abcdef", "verdict": "Deny", "by": by}})
    };
    let path = address::all("DecisionApproval", "shop");
    let send = |body: Value| node.admin.send("POST", &path, "application/json", body.to_string())?.ok();
    let refusal = send(approval("forged", "ann")).expect_err("somebody else's name was taken");
    assert!(refusal.contains("'ann'") || refusal.contains("spec.by: ann"), "{refusal}");
    assert!(refusal.contains("write admin"), "{refusal}");
    send(approval("mine", "admin")).expect("one's own name is taken");
    node.admin.delete(&address::one("DecisionApproval", "shop", "mine")).expect("it can be deleted");
}

/// The governor may not cut a protected flag; a person may change it, and the governor others.
fn protected_flags_are_not_cut(node: &Node) {
    let flags = address::one("FeatureFlag", "shop", "flags");
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    let add = json!({"spec": {"flagSpec": {"flags": {"payments-limit": flag, "other": flag}}}});
    node.admin.merge(&flags, &add).expect("a person may");
    let cut = |key: &str| {
        let patch = json!({"spec": {"flagSpec": {"flags": {key: {"defaultVariant": "off"}}}}}).to_string();
        let who = "--as=system:serviceaccount:flyball:flyball";
        node.try_kubectl(&[
            "patch",
            "featureflag",
            "flags",
            "-n",
            "shop",
            who,
            "--type",
            "merge",
            "-p",
            &patch,
            "--dry-run=server",
        ])
    };
    let refusal = until("the protected flag is refused", 60, || match cut("payments-limit") {
        Err(refusal) => Ok(refusal),
        Ok(said) => Err(said),
    });
    assert!(refusal.contains("flag payments-limit is protected"), "{refusal}");
    cut("other").expect("other flags may be cut");
    let take = json!({"spec": {"flagSpec": {"flags": {"payments-limit": null, "other": null}}}});
    node.admin.merge(&flags, &take).expect("a person may");
}

/// A tracker whose Secret is named in the values is taken, another one is not, and both say so.
fn only_named_secrets_are_read(node: &Node) {
    for (name, status) in [("others", "False"), ("stores", "True")] {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "flyball"},
            "stringData": {"token": "x"}});
        node.apply(&secret.to_string());
        let auth = json!({"bearer": {"secretRef": {"name": name}}});
        let spec = json!({"gitea": {"url": "http://gitea.shop.svc:3000", "auth": auth}});
        let tracker = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "IssueTracker",
            "metadata": {"name": name}, "spec": spec});
        node.apply(&tracker.to_string());
        let path = address::one("IssueTracker", "", name);
        until(&format!("tracker {name} has Accepted={status}"), 60, || {
            let tracker = node.admin.get(&path)?;
            let conditions = tracker["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let found = conditions.iter().find(|one| one["type"] == "Accepted" && one["status"] == status);
            let told = found.ok_or(format!("{conditions:?}"))?["message"].to_string();
            let refused = told.contains(&format!("secrets \\\"{name}\\\" is forbidden"));
            (refused == (status == "False")).then_some(()).ok_or(told)
        });
        node.admin.delete(&path).expect("it can be deleted");
    }
}

/// The namespace enforces Pod Security `restricted`: what asks for more does not start there.
fn privileges_are_refused(node: &Node) {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": "flyball"},
        "spec": {"containers": [{"name": "c", "image": "flyball.test/flyball:here"}]}});
    let path = "/api/v1/namespaces/flyball/pods";
    let refusal =
        node.admin.send("POST", path, "application/json", pod.to_string()).and_then(|answer| answer.ok());
    assert!(refusal.as_ref().is_err_and(|text| text.contains("restricted")), "{refusal:?}");
}

/// An HTTPS source (the kubelet) whose certificate is of the authority that a ConfigMap holds answers (that
/// it refuses the question is an answer), and with public authorities alone it is not trusted.
fn the_image_speaks_https(node: &Node) {
    let source = |name: &str, ca: Value| {
        let mut spec = json!({"url": "https://10.99.0.1:10250"});
        spec["ca"] = ca;
        json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "MetricSource", "metadata": {"name": name}, "spec": spec})
    };
    let ours = json!({"configMapRef": {"name": "kube-root-ca.crt"}});
    let policy = |name: &str| {
        json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "HealthPolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"sourceRef": {"name": name}, "interval": "1s",
                "signals": [{"name": "up", "query": "sum by (namespace, service) (up)"}]}})
    };
    for (name, ca, words) in [("trusted", ours, "status 404"), ("unknown", Value::Null, "UnknownIssuer")] {
        let mut source = source(name, ca);
        if source["spec"]["ca"].is_null() {
            source["spec"].as_object_mut().expect("it is an object").remove("ca");
        }
        node.apply(&source.to_string());
        node.apply(&policy(name).to_string());
        until(&format!("source {name} says {words}"), 60, || {
            let log =
                node.try_kubectl(&["logs", "--namespace", "flyball", "deploy/flyball", "--tail", "40"])?;
            let said = |line: &str| line.contains(&format!("policy shop/{name} ")) && line.contains(words);
            log.lines().any(said).then_some(()).ok_or(log)
        });
        for (kind, namespace) in [("HealthPolicy", "shop"), ("MetricSource", "")] {
            node.admin.delete(&address::one(kind, namespace, name)).expect("it can be deleted");
        }
    }
}

/// The Service and its port lead to /metrics.
fn prometheus_scrapes_the_governor(node: &Node) {
    let path = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query=flyball_cycles_total";
    until("Prometheus has the governor's metrics", 60, || {
        let answer = node.admin.get(path)?;
        let rows = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        (!rows.is_empty()).then_some(()).ok_or(answer.to_string())
    });
    for query in super::documents::panels() {
        panel_has_data(node, &query);
    }
}

/// What a panel asks has an answer at this very governor; what counts events only once there was one.
fn panel_has_data(node: &Node, query: &str) {
    let eventful = query.ends_with("> 0") || query.contains("flyball_flag_served_seconds");
    let asked = crate::live::http::encode(&query.replace("$job", ".*"));
    let path =
        format!("/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query={asked}");
    until(&format!("Prometheus answers {query}"), 60, || {
        let answer = node.admin.get(&path)?;
        let rows = answer["data"]["result"].as_array().cloned().ok_or(answer.to_string())?;
        let number = |row: &Value| row["value"][1].as_str().is_some_and(|value| value != "NaN");
        match eventful || rows.iter().any(number) {
            true => Ok(()),
            false => Err(answer.to_string()),
        }
    });
}
