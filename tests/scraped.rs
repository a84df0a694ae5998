//! What policies/library asks, asked of a real Prometheus that scrapes what real services served.
//!
//! tests/data/scrapes holds two scrapes of each, taken in an incident; its README says of what. They are
//! served again here. As in production the services do not name themselves: `namespace` and `service` are
//! labels that the scrape configuration puts on. Needs what `tests/tools/install prometheus` installs;
//! FLYBALL_ALLOW_SKIP=1 allows that it is missing.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod http;
    pub mod process;
    pub mod prometheus;
    pub mod tools;
    pub mod wait;
}

mod scrapes {
    pub mod questions;
    pub mod served;
}

use live::prometheus::{Prometheus, Target};
use live::tools::{find, repository};
use live::wait::until;
use live::{http, process};
use scrapes::questions::{self, Question};
use scrapes::served;

/// Policies of the library with a scrape, and whose it is.
const SCRAPED: [(&str, &str, &str); 5] = [
    ("go", "default", "api"),
    ("inventory", "shop", "inventory"),
    ("jvm-micrometer-hikaricp", "default", "orders"),
    ("thread-pool", "default", "prices"),
    ("tokio", "default", "gateway"),
];

#[test]
fn every_query_of_the_library_has_an_answer_on_a_real_scrape() {
    let binary = match find("FLYBALL_PROMETHEUS") {
        Ok(binary) => binary,
        Err(missing) if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
            println!("skipped: {missing}");
            return;
        }
        Err(missing) => panic!("{missing} (FLYBALL_ALLOW_SKIP=1 skips it)"),
    };
    let folder = process::folder_for_now();
    let targets = SCRAPED.map(|(name, namespace, service)| {
        let port = served::again(&repository().join("tests/data/scrapes").join(name));
        Target { port, namespace, service }
    });
    let prometheus = Prometheus::prepare(&binary, &folder, &targets);
    prometheus.start();
    for (name, namespace, service) in SCRAPED {
        let asked = questions::of(&repository().join(format!("policies/library/{name}.yaml")));
        assert!(asked.len() > 8, "{name} asks only {} questions", asked.len());
        for question in asked {
            let what = format!("{name}: {} is answered: {}", question.what, question.query);
            until(&what, 30, || answered(&prometheus, &question, namespace, service));
        }
    }
}

/// A number for the service, under the labels that say whose it is.
fn answered(
    prometheus: &Prometheus,
    question: &Question,
    namespace: &str,
    service: &str,
) -> Result<(), String> {
    let path = format!("/api/v1/query?query={}", http::encode(&question.query));
    let answer = http::get(prometheus.port, &path)?.json()?;
    let rows = answer["data"]["result"].as_array().ok_or(format!("no result in {answer}"))?;
    let [namespace_label, service_label] = &question.identity;
    let ours = |row: &&serde_json::Value| {
        row["metric"][namespace_label] == namespace && row["metric"][service_label] == service
    };
    let row = rows.iter().find(ours).ok_or(format!("no row of {namespace}/{service} in {answer}"))?;
    let value = row["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
    value.filter(|value| value.is_finite()).map(|_| ()).ok_or(format!("no number in {row}"))
}
