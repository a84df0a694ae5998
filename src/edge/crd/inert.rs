//! Fields that are declared and do nothing yet.
//!
//! Owns the one table of them: what sets such a field to other than its default is not accepted,
//! and is told so; the README's list is made from the same rows. A row goes when its field works.

use crate::domain::model::problem::Problem;
use serde_json::Value;

/// One field, or a whole kind (an empty path).
struct Row {
    kind: &'static str,
    /// Dotted; `[]` stands for every item of a list.
    path: &'static str,
    /// Values that say nothing new; empty: any value does.
    harmless: &'static [&'static str],
    what: &'static str,
}

#[cfg(test)]
const fn row(
    kind: &'static str,
    path: &'static str,
    harmless: &'static [&'static str],
    what: &'static str,
) -> Row {
    Row { kind, path, harmless, what }
}

const POLICY: &str = "HealthPolicy";

/// Empty: every field works.
const ROWS: &[Row] = &[];

/// Everything in a manifest that does nothing yet.
pub fn problems(kind: &str, document: &Value) -> Vec<Problem> {
    problems_of(ROWS, kind, document)
}

fn problems_of(rows: &[Row], kind: &str, document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let kind_of_rows = if kind == "ClusterHealthPolicy" { POLICY } else { kind };
    for row in rows.iter().filter(|row| row.kind == kind_of_rows) {
        if row.path.is_empty() {
            let fix = "leave the object out until a version that has it";
            found.push(Problem::new("kind", kind, "this kind does nothing yet", fix));
        } else {
            let parts: Vec<&str> = row.path.split('.').collect();
            walk(document, &parts, String::new(), row, &mut found);
        }
    }
    found
}

fn walk(value: &Value, parts: &[&str], at: String, row: &Row, found: &mut Vec<Problem>) {
    let Some((part, rest)) = parts.split_first() else {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty && !row.harmless.contains(&shown.as_str()) {
            let fix = "leave it out until a version that has it";
            found.push(Problem::new(at, shown, format!("it does nothing yet ({})", row.what), fix));
        }
        return;
    };
    let name = part.trim_end_matches("[]");
    let Some(next) = value.get(name) else { return };
    let at = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
    match (part.ends_with("[]"), next.as_array()) {
        (true, Some(items)) => {
            let items = items.iter().enumerate();
            items.for_each(|(i, item)| walk(item, rest, format!("{at}[{i}]"), row, found));
        }
        (true, None) => {}
        (false, _) => walk(next, rest, at, row, found),
    }
}

/// The table as a Markdown list, for the README.
pub fn markdown() -> String {
    let line = |row: &Row| match row.path {
        "" => format!("- {}: {}\n", row.kind, row.what),
        path => format!("- {} `{path}`: {}\n", row.kind, row.what),
    };
    ROWS.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLANTED: &[Row] = &[
        row("IssueTracker", "spec.jira", &[], "issues in Jira"),
        row(POLICY, "spec.signals[].evidence", &[], "evidence"),
        row("Diagnosis", "", &[], "dumps"),
    ];

    #[test]
    fn only_what_is_set_to_something_new_is_named() {
        let document = json!({"spec": {
            "mode": "Enforce", "signals": [{"evidence": []}],
            "tiers": [{"mode": "Approve", "actions": [{"onFailure": "Stop"}]}],
            "jira": {"endpoint": {"url": "https://jira.example"}},
        }});
        let fields = |kind: &str, document: &Value| -> Vec<String> {
            problems_of(PLANTED, kind, document).into_iter().map(|p| p.field).collect()
        };
        assert_eq!(fields("IssueTracker", &document), ["spec.jira"]);
        assert_eq!(fields("Diagnosis", &document), ["kind"]);
        let told = json!({"spec": {"signals": [{}, {"evidence": [{}]}]}});
        for kind in [POLICY, "ClusterHealthPolicy"] {
            assert_eq!(fields(kind, &document), Vec::<String>::new());
            assert_eq!(fields(kind, &told), ["spec.signals[1].evidence"]);
        }
    }

    #[test]
    fn what_is_left_out_is_not_named() {
        assert_eq!(problems_of(PLANTED, "IssueTracker", &json!({"spec": {}})), []);
        assert_eq!(problems("Governor", &json!({"spec": {"budgets": {}}})), []);
    }

    #[test]
    fn every_row_names_a_field_that_exists() {
        for row in ROWS.iter().filter(|row| !row.path.is_empty()) {
            let kind = crate::edge::crd::schema::kind_named(row.kind).unwrap();
            let mut schema = &kind.schema;
            for part in row.path.split('.') {
                schema = &schema["properties"][part.trim_end_matches("[]")];
                if part.ends_with("[]") {
                    schema = &schema["items"];
                }
            }
            assert!(schema.is_object(), "{} {}", row.kind, row.path);
        }
    }
}
