//! What is found out about an episode: the trail of its signal, the rows that its evidence query
//! names, and the traces that the shop's own histogram keeps.

use crate::live::governor::Governor;
use crate::live::http;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::wait::until;
use serde_json::Value;

/// A signal over a histogram with exemplars, an evidence query that names rows, and one that no
/// server can answer.
const WAIT: &str = r#"  - name: lock-wait
    query: histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[8s])))
    unit: s
    limit: 0.2
    maxAge: 6s
    evidence:
    - {name: answers, unit: answers/s, query: "topk by (namespace, service) (2, sum by (namespace, service, value) (rate(shop_flag_evaluations_total[8s])))"}
    - {name: impossible, query: "sum by (namespace, service, le) (lock_wait_seconds_bucket) * on (namespace) group_left sum by (namespace, service, le) (lock_wait_seconds_bucket)"}
"#;

/// Where a person would look at a trace.
const SOURCE: &str = "apiVersion: flyball.dev/v1alpha1
kind: MetricSource
metadata: {name: default}
spec: {url: \"http://localhost:9090\", tracing: {urlTemplate: \"https://traces.example.com/trace/{{traceId}}\"}}
";

pub fn run(rig: &Rig, part: &Part) {
    let also = ", {signal: lock-wait, beyondLimit: {for: 1s}}";
    let terms = Terms { mode: "Observe", signals: WAIT, also, ..Terms::default() };
    let governor = Governor::prepare(rig, "found", &terms);
    governor.declare("source.yaml", SOURCE);
    let governor = governor.up();
    part.incident_begins();
    governor.await_decision("WouldAct/");
    let evidence = until("it is found out what is hot", 60, || match evidence(&governor)? {
        Value::Null => Err("nothing is stored yet".to_string()),
        evidence => Ok(evidence),
    });
    println!("evidence of a real incident:\n{evidence:#}");
    part.incident_ends();

    let signals: Vec<&str> = entries(&evidence["signals"], "signal");
    assert_eq!(signals, ["reject-rate", "lock-wait"]);
    let wait = &evidence["signals"][1];
    assert!(wait["query"].as_str().unwrap().contains("namespace=\"lab\""), "{wait}");
    assert!(!wait["chart"].as_str().unwrap_or_default().trim().is_empty(), "{wait}");
    assert_eq!(entries(&wait["rows"], "query"), ["answers"], "one client of one flag");
    assert_eq!(wait["rows"][0]["labels"]["value"], "true", "{wait}");

    let traces = wait["traces"].as_array().expect("the histogram keeps traces");
    assert!((1..=5).contains(&traces.len()), "{wait}");
    let kept = kept_by_the_source(rig);
    for trace in traces {
        let id = trace["id"].as_str().unwrap();
        assert!(kept.contains(id), "{id} is not among what the source keeps: {kept}");
        assert_eq!(trace["link"], format!("https://traces.example.com/trace/{id}"));
    }
    assert!(traces[0]["value"].as_f64().unwrap() > 0.2, "the slowest comes first: {wait}");
    let troubles = evidence["troubles"].to_string();
    assert!(troubles.contains("evidence impossible: ") && troubles.contains("status 4"), "{troubles}");
}

/// The evidence on its only Decision; null while there is none.
fn evidence(governor: &Governor) -> Result<Value, String> {
    governor.decision().map(|decision| decision.0["status"]["evidence"].clone())
}

fn entries<'v>(list: &'v Value, field: &str) -> Vec<&'v str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry[field].as_str()).collect()
}

/// All exemplars of the last minutes, as text.
fn kept_by_the_source(rig: &Rig) -> String {
    let end = crate::live::wait::epoch();
    let query = http::encode("lock_wait_seconds_bucket{service=\"catalog\"}");
    let path = format!("/api/v1/query_exemplars?query={query}&start={}&end={end}", end - 600.0);
    let answer = http::get(rig.prometheus.port, &path).and_then(|answer| answer.json());
    answer.expect("the source answers").to_string()
}
