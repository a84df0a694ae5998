//! docs/metrics.md against what is really exported, both ways.
//!
//! FLYBALL_WRITE_METRICS=1 writes its table anew.

use flyball::app::telemetry::metrics::Metrics;
use std::collections::{BTreeMap, BTreeSet};

const METRICS: &str = include_str!("../../docs/metrics.md");

/// One metric as it is exported.
#[derive(Default)]
struct Exported {
    kind: String,
    help: String,
    /// Values by label.
    labels: BTreeMap<String, BTreeSet<String>>,
}

#[test]
fn the_table_of_metrics_is_what_is_exported() {
    let begin = "<!-- metrics: generated, the tests fail on drift -->\n";
    let (before, rest) = METRICS.split_once(begin).expect("the mark is there");
    let (listed, after) = rest.split_once("<!-- end -->").expect("the mark is there");
    let expected = markdown(&exported());
    if std::env::var_os("FLYBALL_WRITE_METRICS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
        let whole = format!("{before}{begin}{expected}\n<!-- end -->{after}");
        return std::fs::write(path, whole).expect("the document can be written");
    }
    assert!(listed.trim() == expected, "docs/metrics.md differs: run this test with FLYBALL_WRITE_METRICS=1");
}

/// By the name that PromQL asks for.
fn exported() -> BTreeMap<String, Exported> {
    let text = Metrics::new("1.2.3").encode().expect("metrics are text");
    let mut all: BTreeMap<String, Exported> = BTreeMap::new();
    let mut family = (String::new(), String::new());
    let mut help = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["#", "HELP", name, told] => drop(help.insert(name.to_string(), told.to_string())),
            ["#", "TYPE", name, kind] => family = (name.to_string(), kind.to_string()),
            ["#", ..] => {}
            _ => add(&mut all, line, &family),
        }
    }
    for (name, metric) in &mut all {
        let told = help.iter().filter(|(family, _)| name.starts_with(family.as_str()));
        metric.help =
            told.max_by_key(|(family, _)| family.len()).map(|(_, told)| told.clone()).unwrap_or_default();
    }
    all
}

fn add(all: &mut BTreeMap<String, Exported>, line: &str, (family, kind): &(String, String)) {
    let (series, _) = line.rsplit_once(' ').expect("a sample has a value");
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    // A histogram is one metric for whoever reads about it.
    let name = if kind == "histogram" { family.as_str() } else { name };
    let metric = all.entry(name.to_string()).or_default();
    metric.kind.clone_from(kind);
    for label in labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty()) {
        let (label, value) = label.split_once('=').expect("a label has a value");
        let value = value.trim_matches('"').to_string();
        if label != "le" {
            metric.labels.entry(label.to_string()).or_default().insert(value);
        }
    }
}

fn markdown(all: &BTreeMap<String, Exported>) -> String {
    let mut lines = vec!["| metric | type | labels | what |".to_string(), "|---|---|---|---|".to_string()];
    for (name, metric) in all {
        let labels = metric.labels.iter().map(|(label, values)| match label.as_str() {
            "version" => "`version`".to_string(),
            _ => format!("`{label}`: {}", values.iter().cloned().collect::<Vec<_>>().join(", ")),
        });
        let labels = labels.collect::<Vec<_>>().join("; ");
        lines.push(format!(
            "| `{name}` | {} | {labels} | {} |",
            metric.kind,
            metric.help.trim_end_matches('.')
        ));
    }
    lines.join("\n")
}
