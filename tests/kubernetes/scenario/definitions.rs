//! The kinds, installed: established, with the columns people read, and open to the examples.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::live::tools::repository;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One object of every kind.
const SAMPLES: &str = include_str!("../../data/kinds.yaml");

/// What a person on call sees of a kind.
const COLUMNS: [(&str, &str); 11] = [
    ("hpol", "NAME MODE SERVICES WORST TIER READY AGE"),
    ("chpol", "NAME MODE SERVICES WORST TIER READY AGE"),
    ("svh", "NAME SCORE VERDICT TIER WORST SIGNAL AGE"),
    ("dec", "NAME SERVICE TIER PHASE OUTCOME ACTION REASON AGE"),
    ("dap", "NAME DECISION VERDICT BY AGE"),
    ("fhold", "NAME PROVIDER KEY FALLBACK DEADLINE AGE"),
    ("msrc", "NAME URL READY AGE"),
    ("fprov", "NAME READY AGE"),
    ("itrk", "NAME READY AGE"),
    ("ntf", "NAME READY AGE"),
    ("gov", "NAME PAUSED RELEASE ALL BREAKER OPEN READY AGE"),
];

pub fn are_established(plane: &ControlPlane) {
    for (kind, plural) in address::our_kinds() {
        let path = address::one("CustomResourceDefinition", "", &format!("{plural}.flyball.dev"));
        let definition = plane.admin.get(&path).unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
        let conditions = definition["status"]["conditions"].as_array().expect("it has conditions");
        let is = |name: &str| conditions.iter().any(|c| c["type"] == name && c["status"] == "True");
        assert!(is("Established") && is("NamesAccepted"), "{kind}: {conditions:?}");
        assert!(!is("NonStructuralSchema") && !is("Terminating"), "{kind}: {conditions:?}");
    }
}

/// An object of every kind, with a status as full as its columns, is printed under its columns.
pub fn show_their_columns(plane: &ControlPlane) {
    plane.make_namespace("columns");
    let samples: Vec<Value> = SAMPLES
        .split("\n---\n")
        .map(|document| serde_yaml::from_str(document).expect("the sample is YAML"))
        .collect();
    samples.iter().for_each(|sample| apply_with_status(plane, sample));
    are_printed(plane);
    for sample in &samples {
        plane.admin.delete(&address::of(sample)).expect("it can be deleted");
    }
}

fn apply_with_status(plane: &ControlPlane, sample: &Value) {
    let path = address::of(sample);
    let mut spec = sample.clone();
    let status = spec.as_object_mut().expect("it is an object").remove("status");
    plane.admin.apply(&path, &spec.to_string()).unwrap_or_else(|refusal| panic!("{path}: {refusal}"));
    if let Some(status) = status {
        let written = plane.admin.merge(&format!("{path}/status"), &json!({ "status": status }));
        written.unwrap_or_else(|refusal| panic!("{path}: {refusal}"));
    }
}

fn are_printed(plane: &ControlPlane) {
    for (short, columns) in COLUMNS {
        let table = plane.kubectl(&["get", short, "-n", "columns"]).expect("kubectl lists the kind");
        let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(lines.next().as_deref(), Some(columns), "{short}: {table}");
        assert!(lines.next().is_some(), "{short} lists nothing: {table}");
    }
    let together = plane.kubectl(&["get", "hpol,svh,dec", "-A"]).expect("kubectl lists all three");
    for cell in ["Enforce", "61.5", "Breaching", "reject-rate", "Holding", "cart-strong-check=off", "True"] {
        assert!(together.contains(cell), "{cell} is not in\n{together}");
    }
    let category =
        plane.kubectl(&["get", "flyball", "-n", "columns", "-o", "name"]).expect("the category is known");
    let kinds: BTreeSet<&str> =
        category.lines().filter_map(|line| line.split_once(".flyball.dev/")).map(|(kind, _)| kind).collect();
    assert_eq!(kinds.len(), COLUMNS.len(), "{category}");
}

/// The examples of the documents and what ships are taken as they stand.
pub fn examples_apply(plane: &ControlPlane) {
    ["shop", "kafka"].iter().for_each(|namespace| plane.make_namespace(namespace));
    let mut applied = Vec::new();
    for path in examples() {
        let said = plane.kubectl(&["apply", "--validate=strict", "-f", &path, "-o", "name"]);
        said.unwrap_or_else(|refusal| panic!("{path} is refused: {refusal}"));
        applied.push(path);
    }
    let small = plane.admin.get(&address::one("HealthPolicy", "shop", "goroutines")).expect("it is there");
    assert_eq!(small["spec"]["mode"], "Observe", "a new policy observes: {small}");
    for path in applied {
        plane.kubectl(&["delete", "--ignore-not-found", "-f", &path]).expect("it can be deleted");
    }
}

/// Paths of the YAML files; flag documents lie among them.
fn examples() -> Vec<String> {
    let mut files: Vec<_> = ["tests/data/small.yaml", "tests/data/full.yaml", "policies/governor.yaml"]
        .map(|file| repository().join(file))
        .to_vec();
    for folder in ["policies/demo", "policies/library"] {
        let shipped = std::fs::read_dir(repository().join(folder)).expect("the folder is there");
        files.extend(shipped.map(|entry| entry.expect("the folder can be read").path()));
    }
    let paths = files.iter().map(|path| path.display().to_string());
    paths.filter(|path| path.ends_with(".yaml")).collect()
}
