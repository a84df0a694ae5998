//! The other stores inside Kubernetes, and their fences: a ConfigMap with and without its label,
//! and a provider that does not allow the namespace.

use crate::kubernetes::address;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::{FLAGS, Rig};
use crate::live::flags::{CATALOG, DOCUMENT, cut_of};
use crate::live::ofrep::Ofrep;
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::wait::{throughout, until};
use serde_json::{Value, json};

/// Key of the ConfigMap under which the document stands.
const KEY: &str = "flags.json";

/// A document under a key: cut and given back, to the very bytes.
pub fn config_map(rig: &Rig, part: &Part) {
    let lab = open(rig, "config-map", "maps", &json!({"flyball.dev/flags": "true"}));
    part.incident_begins();
    until("the document is cut", 90, || cut_of(&document(rig, &lab)?["flags"][CATALOG]));
    lab.await_decision("Holding/");
    assert_eq!(lab.flags(), lab.document, "the FeatureFlag beside it was touched");
    part.incident_ends();
    lab.await_decision("Ended/Restored");
    assert_eq!(text(rig, &lab).as_deref(), Ok(DOCUMENT), "not the very bytes came back");
}

/// Without its label a ConfigMap is not written, and the Decision says which label is missing.
pub fn unlabelled(rig: &Rig, part: &Part) {
    let lab = open(rig, "unlabelled", "maps", &json!({}));
    part.incident_begins();
    says_why(&lab, &["flyball.dev/flags", "kubectl label"]);
    assert_eq!(text(rig, &lab).as_deref(), Ok(DOCUMENT), "a closed ConfigMap was written");
    part.incident_ends();
}

/// A provider that does not allow the namespace is not used, and the Decision says why.
pub fn not_allowed(rig: &Rig, part: &Part) {
    let lab = open(rig, "not-allowed", "guarded", &json!({}));
    let version = lab.version();
    part.incident_begins();
    says_why(&lab, &["guarded", "allow"]);
    assert_eq!(lab.version(), version, "a flag that is not allowed was written");
    part.incident_ends();
}

/// Flags are cut in an object of our own: a tool that keeps theirs as they were undoes nothing, and
/// nothing is written to theirs.
pub fn overlay(rig: &Rig, part: &Part) {
    let lab = open(rig, "overlaid", "beside", &json!({}));
    let objects = (lab.namespace, [FLAGS, "flags-cut"].as_slice());
    let kubeconfig = rig.plane.folder.join("kubeconfig");
    let ofrep = Ofrep::of_objects(&rig.tools, &rig.folder_of("overlaid"), objects, &kubeconfig);
    let served = |value: bool| match ofrep.ask(CATALOG)? {
        served if served == value => Ok(()),
        served => Err(format!("it is {served}")),
    };
    until("the flag is on", 30, || served(true));
    // flagd is asked since when clients are served the cut.
    let flagd = format!("http://127.0.0.1:{}", ofrep.port);
    rig.plane.apply(&BESIDE.replace("FLAGD", &flagd));
    part.incident_begins();
    until("the cut is served", 90, || served(false));
    lab.await_decision("Holding/");
    until("the Decision says since when clients are served the cut", 60, || {
        let decision = lab.decision()?.0;
        let at =
            [&decision["spec"], &decision["status"]].map(|part| part["flags"][0]["servedAt"].is_string());
        if at.contains(&true) { Ok(()) } else { Err(decision.to_string()) }
    });
    let document: Value = serde_json::from_str(DOCUMENT).expect("it is JSON");
    let path = format!("{}?fieldManager=argocd-controller", lab.flags_path());
    let mut synced = 0;
    throughout("the cut stands while a tool writes what it keeps", 5, || {
        synced += 1;
        let labels = json!({"synced": synced.to_string()});
        rig.plane
            .admin
            .merge(&path, &json!({"metadata": {"labels": labels}, "spec": {"flagSpec": document}}))?;
        served(false)
    });
    lab.await_decision("Holding/");
    let version = lab.version();
    part.incident_ends();
    lab.await_decision("Ended/Restored");
    until("the flag is on again", 30, || served(true));
    lab.await_no_hold();
    assert_eq!(lab.version(), version, "the object of others was written");
    let ours = rig.plane.admin.get(&address::one("FeatureFlag", lab.namespace, "flags-cut"));
    assert_eq!(ours.expect("our object can be read")["spec"]["flagSpec"]["flags"], json!({}));
}

/// The episode is told, with these words, and never acts.
fn says_why(lab: &Lab, words: &[&str]) {
    let told = || {
        let (decision, policy) = (lab.decisions()?, lab.plane.admin.get(&lab.policy())?);
        let health = lab.health().map_or(Value::Null, |health| health["status"].clone());
        let told = format!("{decision:?} {} {health}", policy["status"]);
        match words.iter().all(|word| told.contains(word)) {
            true => Ok(()),
            false => Err(told),
        }
    };
    until(&format!("somebody in {} is told why", lab.namespace), 120, told);
    throughout("nothing is held", 3, || match lab.holds()? {
        holds if holds.is_empty() => Ok(()),
        holds => Err(format!("{holds:?}")),
    });
}

/// A namespace with a ConfigMap, whose policy names another provider.
fn open<'a>(rig: &'a Rig, namespace: &'static str, provider: &str, labels: &Value) -> Lab<'a> {
    rig.plane.apply(PROVIDERS);
    rig.plane.open_shop(namespace);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {KEY: DOCUMENT},
        "metadata": {"name": FLAGS, "namespace": namespace, "labels": labels}});
    rig.plane.create(&map.to_string()).expect("the ConfigMap can be created");
    let yaml = Terms { namespace, ..Terms::default() }.yaml();
    let yaml = yaml.replace("providerRef: {name: flags}", &format!("providerRef: {{name: {provider}}}"));
    rig.plane.apply(&yaml);
    Lab::on(rig.plane, namespace)
}

fn text(rig: &Rig, lab: &Lab) -> Result<String, String> {
    let map = rig.plane.admin.get(&address::one("ConfigMap", lab.namespace, FLAGS))?;
    map["data"][KEY].as_str().map(String::from).ok_or(format!("no {KEY} in {map}"))
}

fn document(rig: &Rig, lab: &Lab) -> Result<Value, String> {
    serde_json::from_str(&text(rig, lab)?).map_err(|error| format!("no JSON: {error}"))
}

const BESIDE: &str = r#"apiVersion: flyball.dev/v1alpha1
kind: FlagProvider
metadata: {name: beside}
spec:
  openFeature:
    object: {name: flags-cut}
    overlay: true
    base: {name: flags}
    served: {ofrep: {url: "FLAGD", allowAddresses: [Loopback]}}
"#;

const PROVIDERS: &str = r#"apiVersion: flyball.dev/v1alpha1
kind: FlagProvider
metadata: {name: maps}
spec:
  configMap: {object: {name: flags}, key: flags.json}
---
apiVersion: flyball.dev/v1alpha1
kind: FlagProvider
metadata: {name: guarded}
spec:
  openFeature: {object: {name: flags}}
  allow: [{namespaceSelector: {matchLabels: {team: somebody-else}}}]
"#;
