//! What stands in files of the chart and must agree: values, their schema and their document; the
//! queries of alerts and dashboard, and the metrics; alerts and runbooks.

use super::helm::chart;
use crate::live::tools::repository;
use flyball::app::telemetry::metrics::Metrics;
use serde_json::Value;
use std::collections::BTreeSet;

/// Metrics of Prometheus itself.
const FOREIGN: [&str; 1] = ["up"];

fn text(path: &str) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every value has its place in the schema and its row in docs/install.md, which says how its effect was
/// seen: on the installed release, whose values give it or whose test names it, or why it is only rendered.
pub fn values_are_described() {
    let values: Value = serde_yaml::from_str(&text("charts/flyball/values.yaml")).expect("it is YAML");
    let schema: Value = serde_json::from_str(&text("charts/flyball/values.schema.json")).expect("it is JSON");
    let installed: Value = serde_yaml::from_str(&text("tests/installed/values.yaml")).expect("it is YAML");
    let tests = ["release", "told", "alone"].map(|name| text(&format!("tests/installed/{name}.rs"))).concat();
    let rows = rows(&text("docs/install.md"));
    let paths: BTreeSet<String> = leaves(&values, &schema, "").into_iter().collect();
    let described: BTreeSet<String> = rows.iter().map(|row| row[0].clone()).collect();
    let unsaid: Vec<&String> = paths.symmetric_difference(&described).collect();
    assert!(unsaid.is_empty(), "docs/install.md and values.yaml differ in {unsaid:?}");
    for [path, default, _, seen] in &rows {
        let pointer = format!("/{}", path.replace('.', "/"));
        let given = installed.pointer(&pointer).is_some() || tests.contains(path.as_str());
        match seen.strip_prefix("rendered: ") {
            Some(why) => assert!(why.len() > 5, "{path}: why is it only rendered? {why:?}"),
            None => {
                assert!(seen.starts_with("release"), "{path}: {seen}");
                assert!(given || default == "`true`", "{path} is not seen on any release: no test gives it");
            }
        }
    }
}

/// The rows of the table of values: path, default, meaning, and how it was seen.
fn rows(document: &str) -> Vec<[String; 4]> {
    let row = |line: &str| -> Option<[String; 4]> {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ").collect();
        let [path, default, meaning, seen] = <[&str; 4]>::try_from(cells).ok()?;
        Some([path.trim_end_matches('`'), default, meaning, seen].map(str::to_string))
    };
    document.lines().filter_map(row).collect()
}

/// Paths of all values that the schema does not go further into.
fn leaves(value: &Value, schema: &Value, path: &str) -> Vec<String> {
    let properties = schema["properties"].as_object();
    let Some(properties) = properties else { return vec![path.to_string()] };
    assert_eq!(schema["additionalProperties"], false, "the schema of {path:?} is open");
    let given = value.as_object().unwrap_or_else(|| panic!("{path:?} is no object"));
    let names: BTreeSet<&String> = given.keys().chain(properties.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let whole = format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
        let (value, schema) = (given.get(name), properties.get(name));
        let value = value.unwrap_or_else(|| panic!("{whole} has no default in values.yaml"));
        let schema = schema.unwrap_or_else(|| panic!("{whole} is not in the schema"));
        found.extend(leaves(value, schema, &whole));
    }
    found
}

/// Every metric, and every value of a label of ours, that an alert or a panel asks for is exported.
pub fn queries_ask_for_what_is_exported() {
    let exported = Metrics::new("1").encode().expect("metrics are text");
    let queries = alerts().into_iter().map(|alert| word(&alert["expr"])).chain(panels());
    let queries: Vec<String> = queries.collect();
    assert!(queries.len() > 20, "{} queries", queries.len());
    let name = regex::Regex::new(r"\b(flyball_\w+|process_\w+)(\{[^}]*\})?").expect("it is one");
    let label = regex::Regex::new(r#"(\w+)(=|!=|=~)"([^"]*)""#).expect("it is one");
    for query in &queries {
        promql_parser::parser::parse(&query.replace("$job", ".*"))
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        for found in name.captures_iter(query).filter(|found| !FOREIGN.contains(&&found[1])) {
            let series = exported.lines().filter(|line| line.starts_with(&found[1]));
            let series: Vec<&str> = series.collect();
            assert!(!series.is_empty(), "{query}: {} is not exported", &found[1]);
            let labels = found.get(2).map_or("", |labels| labels.as_str());
            for label in label.captures_iter(labels).filter(|label| &label[1] != "job") {
                for word in label[3].split('|') {
                    let pair = format!("{}=\"{word}\"", &label[1]);
                    assert!(series.iter().any(|line| line.contains(&pair)), "{query}: nothing has {pair}");
                }
            }
        }
    }
}

/// Every alert names a page that is there, and every page is of an alert.
pub fn alerts_have_runbooks() {
    let mut named = BTreeSet::from(["README".to_string()]);
    for alert in alerts() {
        let name = word(&alert["alert"]);
        assert_eq!(word(&alert["annotations"]["runbook_url"]), format!("RUNBOOKS/{name}.md"));
        assert!(!word(&alert["annotations"]["summary"]).is_empty(), "{name} has no summary");
        let page = text(&format!("docs/runbooks/{name}.md"));
        assert!(page.starts_with(&format!("# {name}\n")) && page.contains("**Do"), "{name}: {page}");
        assert!(text("docs/runbooks/README.md").contains(&format!("[{name}]({name}.md)")), "{name}");
        named.insert(name);
    }
    let pages = std::fs::read_dir(repository().join("docs/runbooks")).expect("the folder is there");
    for page in pages {
        let page = page.expect("it can be read").path();
        let stem = page.file_stem().expect("it has a name").to_string_lossy().to_string();
        assert!(named.contains(&stem), "{} is of no alert", page.display());
    }
}

fn alerts() -> Vec<Value> {
    let file: Value = serde_yaml::from_str(&text("charts/flyball/files/alerts.yaml")).expect("it is YAML");
    file["groups"][0]["rules"].as_array().expect("it has rules").clone()
}

/// What the panels of the dashboard ask.
pub fn panels() -> Vec<String> {
    let path = chart().join("files/dashboard.json");
    let file = std::fs::read_to_string(path).expect("the dashboard is there");
    let board: Value = serde_json::from_str(&file).expect("it is JSON");
    let panels = board["panels"].as_array().expect("it has panels").clone();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    targets.map(|target| word(&target["expr"])).collect()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
