//! What a Prometheus has: which metrics, with which labels, and what the drafted queries answer.

use super::identity::CANDIDATES;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain_error;
use crate::domain::model::series::Labels;
use crate::edge::prometheus::client::Client;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Series by metric; what is not there is not in here.
    pub series: BTreeMap<String, u64>,
    /// By pair of labels, series of each metric that carry both.
    pub labelled: Vec<BTreeMap<String, u64>>,
}

/// Asks for `metrics`, all in one question, and once more for each pair of labels.
///
/// # Errors
/// The source did not answer.
pub async fn inventory(
    client: &Client,
    now: DateTime<Utc>,
    metrics: &BTreeSet<String>,
) -> Result<Inventory, PluginError> {
    let names = metrics.iter().cloned().collect::<Vec<_>>().join("|");
    let series = count(client, now, &format!("__name__=~\"{names}\"")).await?;
    let mut labelled = Vec::new();
    for (namespace, service) in CANDIDATES {
        let matchers = format!("__name__=~\"{names}\", {namespace}!=\"\", {service}!=\"\"");
        labelled.push(count(client, now, &matchers).await?);
    }
    Ok(Inventory { series, labelled })
}

async fn count(
    client: &Client,
    now: DateTime<Utc>,
    matchers: &str,
) -> Result<BTreeMap<String, u64>, PluginError> {
    let query = format!("count by (__name__) ({{{matchers}}})");
    let answer =
        client.instant(&query, now).await.map_err(|error| PluginError::Asked(plain_error(&error)))?;
    let rows = answer
        .samples
        .into_iter()
        .filter_map(|row| Some((row.labels.get("__name__")?.clone(), row.value as u64)));
    Ok(rows.collect())
}

/// The rows that a query answers with now.
///
/// # Errors
/// Why the source did not answer, in words: one bad query does not stop the others.
pub async fn rows(client: &Client, now: DateTime<Utc>, query: &str) -> Result<Vec<Labels>, String> {
    let answer = client.instant(query, now).await.map_err(|error| plain_error(&error))?;
    Ok(answer.samples.into_iter().map(|row| row.labels).collect())
}
