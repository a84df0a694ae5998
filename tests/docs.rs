//! What the documents state, held against the code: numbers, tables, manifests, the reference.

mod docs {
    // Shared with the chart's suite, which types the commands.
    #[allow(dead_code)]
    pub mod commands {
        pub mod form;
        pub mod read;
        pub mod table;
    }
    pub mod completion;
    pub mod manifests;
    pub mod metrics;
    pub mod reasons;
    pub mod reference;
}

use flyball::domain::model::judgement::{Judgement, Maturity};
use flyball::domain::model::observation::Point;
use flyball::domain::model::reading::Reading;
use flyball::domain::score::penalty::judge;
use flyball::domain::score::score;
use flyball::edge::crd::accept;
use flyball::edge::crd::kind::policy::spec::HealthPolicy;

const CONCEPTS: &str = include_str!("../docs/concepts.md");
const DECISIONS: &str = include_str!("../docs/decisions.md");
const README: &str = include_str!("../README.md");

/// The cells of the table whose heading begins with `heading`.
fn table(heading: &str) -> Vec<Vec<String>> {
    let lines = CONCEPTS.lines().skip_while(|line| !line.starts_with(&format!("| {heading}")));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = rows
        .map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect())
        .collect();
    assert!(!rows.is_empty(), "no table headed {heading}");
    rows
}

fn policy(weights: &[f64], limit: Option<f64>) -> flyball::domain::policy::spec::Policy {
    let signals: Vec<serde_json::Value> = weights
        .iter()
        .enumerate()
        .map(|(i, weight)| {
            serde_json::json!({"name": format!("s{i}"), "query": "sum by (namespace, service) (up)",
                "weight": weight, "limit": limit})
        })
        .collect();
    let object: HealthPolicy = serde_json::from_value(serde_json::json!({
        "apiVersion": "flyball.dev/v1alpha1", "kind": "HealthPolicy",
        "metadata": {"name": "golden", "namespace": "shop"}, "spec": {"signals": signals},
    }))
    .unwrap();
    accept::policy::policy(&object, &[("default".to_string(), accept::source::SourceFacts::default())].into())
        .unwrap()
}

/// A point with that severity; the value itself is within any limit.
fn point(severity: f64, value: f64) -> Point {
    let judged = Judgement {
        expected: 0.0,
        lower: -1.0,
        upper: 1.0,
        severity,
        alarm: false,
        maturity: Maturity::Mature,
    };
    Point { reading: Reading::Fresh(value), judgement: Some(judged) }
}

#[test]
fn the_golden_table_of_scores_is_what_the_code_computes() {
    for row in table("penalties") {
        let parts: Vec<(f64, f64)> = row[0]
            .split(", ")
            .map(|part| {
                let (penalty, weight) = part.trim_end_matches(')').split_once(" (").unwrap();
                (penalty.parse().unwrap(), weight.parse().unwrap())
            })
            .collect();
        let weights: Vec<f64> = parts.iter().map(|(_, weight)| *weight).collect();
        // The severity whose penalty it is: 1 - exp(-s / 2).
        let severity = |penalty: f64| -2.0 * (1.0 - penalty.min(1.0 - 1e-12)).ln();
        let points: Vec<Point> = parts.iter().map(|(penalty, _)| point(severity(*penalty), 0.0)).collect();
        let found = score(&policy(&weights, None).signals, &points, 50.0).value.unwrap();
        let expected: f64 = row[1].parse().unwrap();
        assert!((found - expected).abs() < 0.05, "{}: {found}, the table says {expected}", row[0]);
    }
}

#[test]
fn the_golden_table_of_penalties_is_what_the_code_computes() {
    for row in table("how far") {
        let number: f64 = row[0].split(' ').next().unwrap().parse().unwrap_or(0.0);
        let beyond_limit = row[0].contains("limit");
        let signals = policy(&[1.0], Some(100.0)).signals;
        let one = if beyond_limit { point(0.0, 100.0 * (1.0 + number)) } else { point(number, 0.0) };
        let (_, found) = judge(&signals[0], &one);
        let expected: f64 = row[1].parse().unwrap();
        assert!((found - expected).abs() < 0.0006, "{}: {found}, the table says {expected}", row[0]);
    }
}

#[test]
fn the_readme_lists_exactly_the_fields_that_do_nothing_yet() {
    let begin = "<!-- inert fields: generated, the tests fail on drift -->\n";
    let (_, rest) = README.split_once(begin).unwrap();
    let (listed, _) = rest.split_once("<!-- end -->").unwrap();
    let expected = flyball::edge::crd::inert::markdown();
    assert_eq!(listed.trim(), expected.trim(), "put this between the marks:\n{expected}");
}

#[test]
fn every_command_of_readme_and_quick_start_is_typed_in_a_test_or_says_why_not() {
    docs::commands::table::is_whole();
}

#[test]
fn the_table_of_transitions_is_the_one_in_the_code() {
    let begin = "<!-- transitions: generated, the tests fail on drift -->\n";
    let (_, rest) = DECISIONS.split_once(begin).unwrap();
    let (listed, _) = rest.split_once("<!-- end -->").unwrap();
    let expected = flyball::domain::model::life::markdown();
    assert_eq!(listed.trim(), expected.trim(), "put this between the marks:\n{expected}");
}

#[test]
fn every_phase_and_outcome_is_explained() {
    use flyball::domain::model::episode::{Outcome, Phase};
    let words = Phase::ALL.map(Phase::as_str).into_iter().chain(Outcome::ALL.map(Outcome::as_str));
    for word in words {
        assert!(DECISIONS.contains(&format!("\n| {word} | ")), "{word} has no row");
    }
}
