//! Lint as a user meets it: texts in, sentences and counts out.

use super::*;
use std::fs;

const POLICY: &str = "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {name: NAME, namespace: shop}\n\
    spec:\n  signals: [{name: goroutines, query: \"sum by (namespace, service) (go_goroutines)\"}]\n";

fn policy(name: &str) -> String {
    POLICY.replace("NAME", name)
}

fn lint(inputs: &[PathBuf], stdin: &str) -> (Outcome, String) {
    let mut out = Vec::new();
    let outcome = run(inputs, stdin.as_bytes(), &mut out).unwrap();
    (outcome, String::from_utf8(out).unwrap())
}

fn one(text: &str) -> (Outcome, String) {
    lint(&["-".into()], text)
}

#[test]
fn sound_foreign_and_broken_documents_are_told_apart() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let text = [policy("a"), service.to_string(), policy("b").replace("signals", "signal"), "a: [".into()]
        .join("---\n");
    let (outcome, said) = one(&text);
    assert_eq!((outcome.documents, outcome.sound, outcome.files), (4, 1, 1));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "-:1 HealthPolicy/a: ok");
    assert_eq!(lines[1], "-:2 Service/web: not one of ours, not checked");
    assert!(lines[2].starts_with("-:3 HealthPolicy/b: "), "{said}");
    assert!(said.contains("did you mean `signals`?"), "{said}");
    assert!(said.contains("-:4: 1 problem(s)\n  -: document 4 cannot be read: "), "{said}");
    assert_eq!(*lines.last().unwrap(), outcome.to_string());
}

#[test]
fn directories_are_read_in_order_and_a_bad_file_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("sub.yaml")).unwrap();
    fs::write(at("b.yaml"), policy("b")).unwrap();
    fs::write(at("a.yml"), [0xff, 0xfe]).unwrap();
    fs::write(at("c.json"), "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}").unwrap();
    fs::write(at("README.md"), "no manifest").unwrap();
    let (outcome, said) = lint(&[dir.path().into(), at("nowhere.yaml"), at("b.yaml")], "");
    assert_eq!(outcome, Outcome { files: 2, documents: 2, sound: 1, problems: 2 }, "{said}");
    let said = said.replace(&dir.path().display().to_string(), "");
    assert!(said.starts_with("/a.yml: cannot be read: it is not UTF-8"), "{said}");
    assert!(said.contains("/b.yaml:1 HealthPolicy/b: ok\n/c.json:1 Pod/?: not one of ours"), "{said}");
    assert!(said.contains("/nowhere.yaml: cannot be read: "), "{said}");
}

#[test]
fn what_fields_mean_is_checked_too() {
    let bad = policy("a").replace("go_goroutines", "go_goroutines{");
    let (outcome, said) = one(&bad);
    assert!(outcome.problems > 0 && said.contains("spec.signals[0].query"), "{said}");
    let zone = policy("a").replace("spec:\n", "spec:\n  timezone: Mars/Olympus\n");
    assert!(one(&zone).1.contains("spec.timezone: \"Mars/Olympus\""));
}

#[test]
fn a_source_elsewhere_is_a_note_and_a_second_object_of_a_name_a_problem() {
    let away = policy("a").replace("spec:\n", "spec:\n  sourceRef: {name: elsewhere}\n");
    let (outcome, said) = one(&away);
    assert_eq!(outcome.problems, 0, "{said}");
    assert!(said.contains("note: MetricSource elsewhere is in none of these files"), "{said}");
    let (outcome, said) = one(&[policy("a"), policy("a")].join("---\n"));
    assert_eq!(outcome.problems, 1, "{said}");
}

#[test]
fn nothing_at_all_is_no_problem_and_an_endless_text_is_refused() {
    let (outcome, said) = one("");
    assert_eq!(outcome.problems, 0);
    assert_eq!(said, "1 file, 0 documents: 0 sound, 0 problems\n");
    let mut out = Vec::new();
    let outcome = run(&["-".into()], io::repeat(b'#'), &mut out).unwrap();
    assert_eq!((outcome.files, outcome.problems), (0, 1));
}
