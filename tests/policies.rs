//! Manifests as people write them: what ships, what the documents show, and common mistakes.

use flyball::app::lint;
use flyball::edge::crd::accept;
use flyball::edge::crd::manifest::{self, Object};
use std::path::{Path, PathBuf};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What lint prints and how many problems it counts.
fn linted(path: &Path) -> (String, usize) {
    let mut out = Vec::new();
    let outcome = lint::run(&[path.to_path_buf()], std::io::empty(), &mut out).unwrap();
    (String::from_utf8(out).unwrap(), outcome.problems)
}

fn linted_text(text: &str) -> (String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    std::fs::write(&file, text).unwrap();
    linted(&file)
}

#[test]
fn everything_that_ships_is_accepted() {
    for path in ["policies/demo", "policies/governor.yaml", "policies/library"] {
        let (said, problems) = linted(&root(path));
        assert_eq!(problems, 0, "{path}\n{said}");
    }
}

#[test]
fn every_policy_of_the_library_names_the_documents_of_its_metrics() {
    for entry in std::fs::read_dir(root("policies/library")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut head = text.lines().take_while(|line| line.starts_with('#'));
        assert!(head.any(|line| line.contains("https://")), "{}", path.display());
    }
}

/// Rows of the table of docs/library.md that tells which signal covers what.
#[test]
fn what_the_library_covers_is_what_its_document_says() {
    let text = std::fs::read_to_string(root("docs/library.md")).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| policy | CPU")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), std::fs::read_dir(root("policies/library")).unwrap().count(), "{rows:?}");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let policy = std::fs::read_to_string(root("policies/library").join(cells[0].trim_matches('`')));
        let policy = policy.unwrap_or_else(|error| panic!("{row}: {error}"));
        for signal in cells[1..].iter().flat_map(|cell| cell.split(", ")).filter(|signal| *signal != "-") {
            assert!(policy.contains(&format!("- name: {signal}\n")), "{} has no signal {signal}", cells[0]);
        }
    }
}

#[test]
fn the_smallest_policy_is_accepted_with_the_documented_defaults() {
    let (said, problems) = linted(&root("tests/data/small.yaml"));
    assert_eq!(problems, 0, "{said}");
    let text = std::fs::read_to_string(root("tests/data/small.yaml")).unwrap();
    let Ok(Object::HealthPolicy(object)) = manifest::read("small", &text).remove(0).object else {
        panic!("not a policy")
    };
    let sources = [("default".to_string(), accept::source::SourceFacts::default())].into();
    let policy = accept::policy::policy(&object, &sources).unwrap();
    let signal = &policy.signals[0];
    assert_eq!((policy.interval.as_secs(), signal.max_age.as_secs()), (30, 90));
    assert_eq!((signal.baseline.confidence_percent, signal.baseline.warmup.as_secs()), (95.0, 86_400));
    assert_eq!(format!("{:?}", signal.baseline.season), "Week");
    assert_eq!(
        (policy.score.passing, policy.score.warning, policy.score.min_known_percent),
        (85.0, 70.0, 50.0)
    );
    assert!(signal.query.text().contains("namespace=\"shop\""), "{}", signal.query.text());
}

#[test]
fn the_policy_that_uses_most_of_it_is_sound() {
    let (said, problems) = linted(&root("tests/data/full.yaml"));
    assert_eq!(problems, 0, "{said}");
}

#[test]
fn every_mistake_of_a_policy_is_told_at_once_with_its_field_and_fix() {
    let (said, problems) = linted_text(
        r#"
apiVersion: flyball.dev/v1alpha1
kind: HealthPolicy
metadata: {name: wrong, namespace: shop}
spec:
  intervall: 10s
  signals:
  - {name: a, query: "sum by (namespace, service) (up)", maxAge: 7d}
  tiers:
  - name: t
    level: Fuse
    when: {all: [{signal: a, above: {value: 1}}]}
    actions: [{name: cut, flag: {providerRef: {name: flags}, key: k, fallback: off}}]
"#,
    );
    for part in ["intervall", "interval", "168h", "fallback", "\"off\""] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert!(problems >= 3, "{said}");
}

#[test]
fn meanings_that_no_schema_sees_are_checked_too() {
    for (spec, part) in [
        ("signals: [{name: a, query: 'sum by (namespace, service) (up'}]", "spec.signals[0].query"),
        ("signals: [{name: a, query: 'rate(x[5m]) > 3'}]", "spec.signals[0].query"),
        ("timezone: Mars/Olympus\n  signals: [{name: a, query: up}]", "spec.timezone"),
        (
            "signals: [{name: a, query: up}]\n  tiers: [{name: t, level: Fuse, when: {any: [{signal: b, anomalous: {}}]}}]",
            "of tier t names a signal",
        ),
    ] {
        let head = "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {name: wrong, namespace: shop}\n";
        let (said, problems) = linted_text(&format!("{head}spec:\n  {spec}\n"));
        assert!(problems >= 1 && said.contains(part), "{part} is not in\n{said}");
    }
}

#[test]
fn one_bad_document_does_not_hide_the_good_one_beside_it() {
    let good = std::fs::read_to_string(root("tests/data/small.yaml")).unwrap();
    let (said, problems) = linted_text(&format!("a: [unclosed\n---\n{good}"));
    assert!(problems >= 1 && said.contains("HealthPolicy/goroutines: ok"), "{said}");
}

#[test]
fn every_provider_in_the_documents_is_accepted() {
    let text = std::fs::read_to_string(root("docs/providers.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 4, "{blocks:?}");
    for block in blocks {
        let (said, problems) = linted_text(block);
        assert_eq!(problems, 0, "{block}\n{said}");
    }
}

#[test]
fn what_providers_would_refuse_is_known_before_anything_is_wanted() {
    use flyball::domain::model::id::ServiceKey;
    use flyball::domain::model::provider::ProviderFacts;
    use flyball::domain::policy::permit::refusals;
    let text = std::fs::read_to_string(root("tests/data/full.yaml")).unwrap();
    let Ok(Object::HealthPolicy(mut object)) = manifest::read("full", &text).remove(0).object else {
        panic!("not a policy")
    };
    let sources = [("default".to_string(), accept::source::SourceFacts::default())].into();
    let service = ServiceKey::new("shop", "inventory");
    let mut told = |acting: bool, facts: Option<ProviderFacts>| {
        use flyball::edge::crd::kind::policy::tier::ModeWord;
        object.spec.body.mode = if acting { ModeWord::Enforce } else { ModeWord::Observe };
        let policy = accept::policy::policy(&object, &sources).unwrap();
        let providers = facts.map(|facts| (facts.name.clone(), facts)).into_iter().collect();
        let told = refusals(&policy, &service, &providers, None);
        told.into_iter().map(|reason| reason.message).collect::<Vec<_>>()
    };
    let facts = |allow: serde_json::Value| {
        let spec = serde_json::json!({"file": {"path": "/flags.json"}, "allow": allow});
        let spec = serde_json::from_value(spec).unwrap();
        let accepted = accept::flag_provider::flag_provider(&spec).unwrap();
        ProviderFacts {
            name: "flags".into(),
            store: "file".into(),
            endpoint: "/flags.json".into(),
            project: None,
            object: None,
            base: None,
            capabilities: flyball::domain::model::provider::Capabilities {
                precondition: false,
                history: false,
                self_ending: true,
            },
            fallbacks: Vec::new(),
            access: accepted.access,
            propagation: accepted.propagation,
        }
    };
    assert!(told(true, None)[0].contains("FlagProvider flags is not declared"));
    assert_eq!(told(false, None), Vec::<String>::new(), "what only observes asks nobody");
    let nobody = told(true, Some(facts(serde_json::json!([]))));
    assert!(nobody[0].contains("does not allow namespace shop"), "{nobody:?}");
    let keys = serde_json::json!([{"namespaceSelector": {}, "keys": ["{{service}}-strong-check"]}]);
    let some = told(true, Some(facts(keys)));
    assert_eq!(some.len(), 1, "{some:?}");
    assert!(some[0].contains("key inventory-local-cache"), "{some:?}");
    assert_eq!(told(true, Some(facts(serde_json::json!([{"namespaceSelector": {}}])))), Vec::<String>::new());
}
