//! The whole of `init`: asked, drafted, asked again, written down.

use super::ask::{Inventory, inventory, rows};
use super::draft::{Draft, drafts};
use super::identity::CANDIDATES;
use super::library::library;
use crate::app::observe::classify::identity::identify;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::domain::model::id::ServiceKey;
use crate::domain::policy::signal::Identity;
use crate::edge::crd::accept::source::labels;
use crate::edge::prometheus::client::Client;
use crate::edge::yaml;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use url::{Host, Url};

/// Services that are named in the report.
const NAMED: usize = 5;

/// What came of it.
#[derive(Debug)]
pub struct Written {
    /// One policy for each technology that was found, and the MetricSource that they ask.
    pub yaml: String,
    /// What was found and what was not, a line each.
    pub report: Vec<String>,
    /// How many policies were written.
    pub policies: usize,
}

/// Asks the Prometheus at `url` and writes first policies, for the services of `namespace` or for all.
///
/// # Errors
/// It does not answer, or a draft has no YAML form.
pub async fn init(
    client: &Client,
    url: &str,
    namespace: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Written, PluginError> {
    let all = library();
    let metrics: BTreeSet<String> =
        all.iter().flat_map(|shipped| shipped.metrics.values().flatten().cloned()).collect();
    let found = inventory(client, now, &metrics).await?;
    let drafts = drafts(&all, &found, namespace);
    let mut report = vec![format!(
        "{} of the {} metrics of the shipped policies are there",
        found.series.len(),
        metrics.len()
    )];
    let mut documents: Vec<Value> = source(url).into_iter().collect();
    if documents.is_empty() {
        report.push(format!(
            "no MetricSource is written: {} is this machine, which pods do not reach; the policies ask the cluster's own, `default`",
            plain(url)
        ));
    }
    let sources = documents.len();
    for shipped in &all {
        let Some(draft) = drafts.iter().find(|draft| draft.from == shipped.name) else {
            let own: Vec<String> = shipped.own(&all).into_iter().collect();
            report.push(format!("{}: not found; it would go by such as {}", shipped.name, shorten(&own)));
            continue;
        };
        report.extend(told(client, draft, &found, now).await);
        documents.push(draft.object.clone());
    }
    let policies = documents.len() - sources;
    let yaml = written(&documents, &report)?;
    Ok(Written { yaml, report, policies })
}

/// None: the address means another machine where the governor runs, and would spoil what is declared there.
fn source(url: &str) -> Option<Value> {
    let host = Url::parse(url).ok()?.host()?.to_owned();
    let here = match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let (version, metadata) = ("flyball.dev/v1alpha1", json!({"name": "default"}));
    (!here).then(
        || json!({"apiVersion": version, "kind": "MetricSource", "metadata": metadata, "spec": {"url": url}}),
    )
}

/// What is said of one draft: each of its queries is asked once.
async fn told(client: &Client, draft: &Draft, found: &Inventory, now: DateTime<Utc>) -> Vec<String> {
    let mut services: BTreeSet<ServiceKey> = BTreeSet::new();
    let mut said = Vec::new();
    let signals = draft.object["spec"]["signals"].as_array().cloned().unwrap_or_default();
    for signal in &signals {
        let name = signal["name"].as_str().unwrap_or_default();
        let identity = identity_of(signal);
        match rows(client, now, signal["query"].as_str().unwrap_or_default()).await {
            Ok(rows) if rows.is_empty() => said.push(format!("  {name}: answers with no row just now")),
            Ok(rows) => {
                let named: BTreeSet<ServiceKey> =
                    rows.iter().filter_map(|row| identify(&identity, row)).collect();
                said.push(format!("  {name}: {} rows, {} services", rows.len(), named.len()));
                services.extend(named);
            }
            Err(why) => said.push(format!("  {name}: {why}")),
        }
    }
    said.extend(
        draft
            .missing
            .iter()
            .map(|(signal, metrics)| format!("  {signal}: left out, {} is not there", metrics.join(", "))),
    );
    said.extend(draft.tiers.iter().map(|tier| format!("  tier {tier}: left out, it tests what is missing")));
    let (namespace, service) = draft.identity;
    if draft.identity != CANDIDATES[0] {
        said.push(format!(
            "  rows say whose they are by {namespace} and {service}; queries and `identity` say so"
        ));
    } else if found.labelled.first().is_none_or(BTreeMap::is_empty) {
        said.push("  no series carries labels that say whose it is: write them into the queries and into `identity`".to_string());
    }
    let names: Vec<String> = services.iter().map(|service| plain(&service.to_string())).collect();
    let seen = if names.is_empty() {
        "no service is seen yet".to_string()
    } else {
        format!("{} services: {}", names.len(), shorten(&names))
    };
    let whole = signals.len() + draft.missing.len();
    [format!("{}: {} of {whole} signals; {seen}", draft.from, signals.len())]
        .into_iter()
        .chain(said)
        .collect()
}

fn identity_of(signal: &Value) -> Identity {
    let text = |field: &str| signal["identity"][field].as_str();
    labels(text("serviceLabel"), text("namespaceLabel"))
}

fn shorten(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn written(documents: &[Value], report: &[String]) -> Result<String, PluginError> {
    let mut text = "# First policies, drafted by flyball init. They observe: nothing is changed. See what they say with\n\
                    # `kubectl flyball top` and `explain`; replay the past with `kubectl flyball simulate`; give a tier its\n\
                    # flag under `actions`, and only then a mode that acts.\n"
        .to_string();
    report.iter().for_each(|line| text.push_str(&format!("# {line}\n")));
    for (index, document) in documents.iter().enumerate() {
        let document = yaml::to_string(document).map_err(PluginError::NotSo)?;
        text.push_str(if index == 0 { "" } else { "---\n" });
        text.push_str(&document);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_not_declared_in_the_cluster() {
        for here in ["http://localhost:9090", "http://127.0.0.1:9090/prometheus", "http://[::1]:9090"] {
            assert_eq!(source(here), None, "{here}");
        }
        let there = source("http://prometheus.monitoring:9090").unwrap();
        assert_eq!(there["spec"]["url"], "http://prometheus.monitoring:9090");
    }
}
