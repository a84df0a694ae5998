//! `top`: the worst services first, and what stops the fleet. Pure.

use super::plain::plain;
use super::scene::LeaseView;
use super::show::style::Style;
use crate::app::drive::show::columns::{age, table};
use crate::domain::model::fleet::Verdict;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::service_health::{PolicyHealth, ServiceHealth, ServiceHealthStatus};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the table is made of.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Top {
    /// One sentence each: who governs, and what is stopped.
    pub fleet: Vec<String>,
    /// Services by verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// The worst first.
    pub services: Vec<Row>,
}

/// One service.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub namespace: String,
    pub service: String,
    pub verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_signal: Option<String>,
    /// `strong-check Holding`, of every tier with a live Decision.
    pub tiers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<DateTime<Utc>>,
}

/// Who governs and what is ordered, as far as it could be read.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    pub governor: Option<Governor>,
    pub lease: Option<LeaseView>,
    /// Kinds that could not be read.
    pub unread: Vec<&'static str>,
}

/// The table of these services.
pub fn top(now: DateTime<Utc>, healths: &[ServiceHealth], fleet: &Fleet) -> Top {
    let mut services: Vec<Row> = healths.iter().map(row).collect();
    services.sort_by(|a, b| {
        let score = |row: &Row| row.score.unwrap_or(f64::INFINITY);
        let order = rank(&b.verdict).cmp(&rank(&a.verdict)).then(score(a).total_cmp(&score(b)));
        order.then_with(|| (&a.namespace, &a.service).cmp(&(&b.namespace, &b.service)))
    });
    let mut verdicts = BTreeMap::new();
    services.iter().for_each(|row| *verdicts.entry(row.verdict.clone()).or_default() += 1);
    Top { fleet: told(now, fleet), verdicts, services }
}

fn rank(word: &str) -> usize {
    Verdict::ALL.iter().position(|verdict| verdict.as_str() == word).unwrap_or(Verdict::ALL.len())
}

fn row(health: &ServiceHealth) -> Row {
    let status = health.status.clone().unwrap_or_default();
    Row {
        namespace: health.metadata.namespace.as_deref().map(plain).unwrap_or_default(),
        service: plain(&health.spec.service),
        verdict: status.verdict.as_deref().map_or("Unknown".to_string(), plain),
        score: status.score,
        worst_signal: status.worst_signal.as_deref().map(plain),
        stored: status.observed_at.map(|at| at.0),
        tiers: tiers(&status),
    }
}

fn tiers(status: &ServiceHealthStatus) -> Vec<String> {
    let of = |policy: &PolicyHealth| -> Vec<String> {
        let live = policy.tiers.iter().filter_map(|tier| Some((&tier.name, tier.phase.as_ref()?)));
        live.map(|(name, phase)| format!("{} {}", plain(name), plain(phase))).collect()
    };
    status.policies.iter().flat_map(of).collect()
}

fn told(now: DateTime<Utc>, fleet: &Fleet) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let known = |kind: &str| !fleet.unread.contains(&kind);
    match &fleet.lease {
        Some(lease) => {
            let late = now - lease.renewed > TimeDelta::from_std(lease.lasts).unwrap_or(TimeDelta::MAX);
            let word = if late { "nobody governs; it was" } else { "governed by" };
            said.push(format!("{word} {}, renewed {} ago", plain(&lease.holder), age(now - lease.renewed)));
        }
        None if known("Lease") => said.push("nobody governs: there is no Lease".to_string()),
        None => {}
    }
    let Some(governor) = &fleet.governor else {
        said.extend(
            known("Governor").then(|| "there is no Governor named default: nothing is engaged".to_string()),
        );
        return said;
    };
    let paused = governor.spec.paused.clone().unwrap_or_default();
    let open = governor.status.as_ref().and_then(|status| status.breaker.as_ref()).is_some_and(|b| b.open);
    for (holds, words) in [
        (governor.spec.release_all == Some(true), "releaseAll is set"),
        (paused.act == Some(true), "acting is paused"),
        (paused.restore == Some(true), "restoring is paused"),
        (open, "the breaker is open"),
    ] {
        said.extend(holds.then(|| words.to_string()));
    }
    said
}

/// As a table.
pub fn text(now: DateTime<Utc>, top: &Top, namespaces: bool, style: Style) -> String {
    let counts: Vec<String> =
        top.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let counts = if counts.is_empty() { "no service is known".to_string() } else { counts.join(", ") };
    let mut out = format!("{counts}\n{}\n", top.fleet.join("; "));
    let mut headings = vec!["SERVICE", "SCORE", "VERDICT", "TIERS", "WORST SIGNAL", "STORED"];
    if namespaces {
        headings.insert(0, "NAMESPACE");
    }
    let rows: Vec<Vec<String>> = top.services.iter().map(|row| cells(now, row, namespaces)).collect();
    for (index, line) in table(&headings, &rows).lines().enumerate() {
        let line = match index {
            0 => style.bold(line),
            index => style.by_word(&top.services[index - 1].verdict, line),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn cells(now: DateTime<Utc>, row: &Row, namespaces: bool) -> Vec<String> {
    let mut cells = vec![
        row.service.clone(),
        row.score.map_or("-".to_string(), |score| format!("{score:.0}")),
        row.verdict.clone(),
        row.tiers.join(", "),
        row.worst_signal.clone().unwrap_or_default(),
        row.stored.map_or("-".to_string(), |at| format!("{} ago", age(now - at))),
    ];
    if namespaces {
        cells.insert(0, row.namespace.clone());
    }
    cells
}
