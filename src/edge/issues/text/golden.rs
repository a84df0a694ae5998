//! The texts as people read them, in docs/examples/issues; the tests fail on drift.

use super::built_in;
use super::example::{plan, story};
use super::render::Texts;
use crate::domain::model::issue::Story;
use crate::domain::model::link::LinkTemplate;
use std::collections::BTreeMap;
use std::path::Path;

fn texts() -> Texts {
    let link = LinkTemplate::parse("https://prometheus.example.com/graph?g0.expr={{query}}", &["query"]);
    Texts::new("github", &BTreeMap::new(), Some(link.unwrap()))
}

fn rendered(story: Story, template: &str) -> String {
    let plan = plan(story, template);
    format!("# {}\n\n{}\n", texts().title(&plan), texts().block(&plan))
}

fn examples() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = built_in::ALL
        .iter()
        .map(|text| (format!("{}.md", text.name), rendered(story(), text.name)))
        .collect();
    let services: Vec<String> = (0..50).map(|i| format!("shop/service-{i:03}")).collect();
    let group = Story { total: 500, services, evidence: None, flags: Vec::new(), ..story() };
    all.push(("storm.md".to_string(), rendered(group, "default")));
    all
}

#[test]
fn the_examples_are_what_issues_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/issues");
    if std::env::var_os("FLYBALL_WRITE_EXAMPLES").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        examples().iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    }
    let mut committed: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    committed.sort();
    let mut expected: Vec<String> = examples().into_iter().map(|(name, _)| name).collect();
    expected.sort();
    assert_eq!(committed, expected, "run this test with FLYBALL_WRITE_EXAMPLES=1");
    for (name, text) in examples() {
        let found = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert!(found == text, "{name} differs: run this test with FLYBALL_WRITE_EXAMPLES=1");
    }
}

#[test]
fn nothing_from_metrics_calls_anybody_or_leaves_its_place() {
    for text in built_in::ALL {
        let shown = rendered(story(), text.name);
        let hostile = shown.lines().find(|line| line.contains("team")).unwrap();
        assert!(hostile.contains("`lock=a\\|b @team <b>'''`"), "{hostile}");
        assert!(!shown.contains("<b>```"));
    }
}
