//! What `helm template` makes of values: held against golden files, the definitions, and the schema.

use super::helm::{Helm, chart};
use super::values;
use crate::live::process::folder_for_now;
use crate::live::tools::repository;
use serde_json::Value;
use std::path::Path;

/// A wrong value, and parts of what is said about it.
const WRONG: [(&str, &[&str]); 14] = [
    ("imag.tag=1", &["imag"]),
    ("image.tagg=1", &["image", "tagg"]),
    ("image.pullPolicy=Sometimes", &["pullPolicy"]),
    ("onUninstall=Keep", &["onUninstall", "Restore"]),
    ("uninstall.wait=1d", &["uninstall", "wait"]),
    ("replicas=3", &["replicas"]),
    ("rbac.configMaps=true", &["rbac", "configMaps"]),
    ("log.format=xml", &["log", "format"]),
    ("metrics.port=99999", &["port"]),
    ("listenAddress=localhost", &["listenAddress"]),
    ("onUninstall=Leave,crds.keep=false", &["originals of held flags", "set crds.keep: true"]),
    ("watchNamespaces={Shop}", &["watchNamespaces"]),
    (
        "watchNamespaces={shop},rbac.featureFlags.namespaces={pay}",
        &["namespace pay is not in watchNamespaces", "add it there"],
    ),
    ("serviceAccount.create=false", &["serviceAccount.name", "name the account"]),
];

/// A value, what stands in the manifests without it, and with it.
const SWITCHES: [(&str, &str, &str); 17] = [
    ("crds.keep=false", "helm.sh/resource-policy: keep", ""),
    ("crds.install=false", "kind: CustomResourceDefinition", ""),
    ("governor.create=false", "kind: Governor\n    metadata: {name: default}", ""),
    ("metricSource.spec.url=http://p:9090", "", "kind: MetricSource\n    metadata: {name: default}"),
    ("onUninstall=Leave", "helm.sh/hook: pre-delete", ""),
    ("rbac.aggregate=false", "rbac.authorization.k8s.io/aggregate-to-view", ""),
    ("rbac.featureFlags.enabled=false", "core.openfeature.dev", ""),
    ("rbac.featureFlags.overlay=true", "", "resources: [featureflags]\n  verbs: [get, list, patch, create]"),
    ("rbac.configMaps.enabled=true", "", "resources: [configmaps]\n  verbs: [get, list, patch]"),
    ("admission.approvals=false", "kind: ValidatingAdmissionPolicy", ""),
    ("image.digest=sha256:DIGEST", "", "\"flyball-dev/flyball@sha256:DIGEST\""),
    ("watchNamespaces={shop}", "resources: [clusterhealthpolicies]", "  - --watch-namespace=shop\n"),
    ("watchNamespaces={shop}", "aggregate-to-view", "name: flyball-governed\n  namespace: \"shop\""),
    (
        "watchNamespaces={shop}",
        "kind: Governor\n    metadata: {name: default}",
        "operator: In, values: [\"shop\"]",
    ),
    ("imagePullSecrets[0].name=pull", "", "imagePullSecrets:\n        - name: pull"),
    ("fullnameOverride=other", "", "name: \"other-installer\""),
    ("checkpoints.persistent=true,checkpoints.existingClaim=mine", "emptyDir", "claimName: \"mine\""),
];

/// `helm lint --strict`, on the defaults and with everything on.
pub fn lints(helm: &Helm) {
    let folder = folder_for_now();
    let everything = values::everything(&folder, Path::new("/checkpoints"));
    let (chart, everything) = (chart().display().to_string(), everything.display().to_string());
    for more in [&[][..], &["--values", &everything]] {
        let said = helm.run(&[&["lint", "--strict", &chart], more].concat());
        said.unwrap_or_else(|complaint| panic!("{complaint}"));
    }
}

/// A value that does not exist, or cannot be, is refused by its name.
pub fn wrong_values_are_named(helm: &Helm) {
    for (value, parts) in WRONG {
        let refusal = helm.template(&["--set", value]).err();
        let refusal = refusal.unwrap_or_else(|| panic!("{value} is taken"));
        for part in parts {
            assert!(refusal.contains(part), "{value}: {part:?} is not in {refusal}");
        }
    }
    helm.template(&["--set", "global.team=a"]).expect("parent charts may have globals");
}

/// The defaults, without the definitions.
pub fn defaults_are_golden(helm: &Helm) {
    let found = helm.template(&["--set", "crds.install=false"]).expect("the defaults render");
    is_golden("defaults.yaml", &found);
}

/// Everything that is off by default, on; but for the dashboard, which is looked at by its queries.
pub fn everything_is_golden(helm: &Helm) {
    let folder = folder_for_now();
    let everything = values::everything(&folder, Path::new("/checkpoints")).display().to_string();
    let less = "crds.install=false,metrics.dashboard.enabled=false";
    let found = helm.template(&["--values", &everything, "--set", less]);
    is_golden("everything.yaml", &found.expect("everything renders"));
}

fn is_golden(name: &str, found: &str) {
    // The version of the chart is no reason to look at it again.
    let lines = found.lines().filter(|line| !line.trim_start().starts_with("helm.sh/chart: "));
    let found = lines.collect::<Vec<_>>().join("\n") + "\n";
    let path = repository().join("tests/data/chart").join(name);
    if std::env::var_os("FLYBALL_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("a file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{} differs; FLYBALL_WRITE_GOLDEN=1 writes it: look at it", path.display());
}

/// The definitions of the release are those of `crds/`, but for labels and annotations.
pub fn definitions_are_the_committed_ones(helm: &Helm) {
    let all = helm.template(&["--show-only", "templates/crds.yaml"]).expect("the definitions render");
    let rendered: Vec<Value> = documents(&all);
    let folder = std::fs::read_dir(repository().join("crds")).expect("the folder is there");
    let mut committed: Vec<Value> = folder
        .map(|entry| std::fs::read_to_string(entry.expect("it can be read").path()).expect("it can be read"))
        .map(|text| serde_yaml::from_str(&text).expect("it is YAML"))
        .collect();
    let name = |one: &Value| one["metadata"]["name"].to_string();
    committed.sort_by_key(name);
    let mut stripped = rendered.clone();
    for one in &mut stripped {
        let kept = one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
        assert!(kept, "{} would not outlive an uninstall", name(one));
        let metadata = one["metadata"].as_object_mut().expect("it has metadata");
        metadata.retain(|field, _| field == "name");
    }
    stripped.sort_by_key(name);
    assert!(stripped == committed, "what is rendered is not what crds/ holds");
}

/// Every switch takes out or puts in what it says.
pub fn switches_do_what_they_say(helm: &Helm) {
    let digest = "0".repeat(64);
    let whole = helm.template(&[]).expect("the defaults render");
    for (value, without, with) in SWITCHES {
        let filled = |text: &str| text.replace("DIGEST", &digest);
        let found = helm.template(&["--set", &filled(value)]).expect("it renders");
        if !without.is_empty() {
            assert!(whole.contains(without) && !found.contains(without), "{value}: {without}");
        }
        if !with.is_empty() {
            let with = filled(with);
            assert!(!whole.contains(&with) && found.contains(&with), "{value}: {with}");
        }
    }
}

/// Names that YAML takes for something else stay names: of namespaces, releases, accounts, and in values.
pub fn odd_names_stay_names(helm: &Helm) {
    let chart = chart().display().to_string();
    let folder = folder_for_now();
    let everything = values::everything(&folder, Path::new("/checkpoints")).display().to_string();
    let odd = "fullnameOverride=0x1,nameOverride=null,serviceAccount.name=true,priorityClassName=1e3,\
               log.filter=info # {a: b},rbac.featureFlags.namespaces={on,08},commonLabels.team=off";
    let head = ["template", "123", &chart, "--namespace", "on", "--kube-version", "1.36.3"];
    for more in [&[][..], &["--set", "watchNamespaces={on,08}"]] {
        let arguments = [&head[..], &["--values", &everything, "--set-string", odd], more].concat();
        let rendered = helm.run(&arguments).unwrap_or_else(|complaint| panic!("{complaint}"));
        let all = documents(&rendered);
        all.iter().for_each(|one| names_are_text(one, &one["metadata"]["name"].to_string()));
        let deployment = all.iter().find(|one| one["kind"] == "Deployment").expect("it has one");
        let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].to_string();
        assert!(arguments.contains("\"--log-filter=info # {a: b}\""), "{arguments}");
    }
}

/// Every name, namespace and label in it is text.
fn names_are_text(value: &Value, place: &str) {
    let named = |key: &str| {
        key.ends_with("Name") || ["name", "namespace", "namespaces", "resourceNames", "team"].contains(&key)
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| {
            let scalar = inner.is_boolean() || inner.is_number() || inner.is_null();
            assert!(!(named(key) && scalar), "{place}: {key} is {inner}");
            names_are_text(inner, place);
        }),
        Value::Array(items) => items.iter().for_each(|inner| names_are_text(inner, place)),
        _ => {}
    }
}

/// The documents of a manifest.
pub fn documents(text: &str) -> Vec<Value> {
    let parts = text.split("\n---\n").map(|part| serde_yaml::from_str(part).expect("it is YAML"));
    parts.filter(|part: &Value| !part.is_null()).collect()
}
