//! `history`: Decisions, newest first, one line each. Pure.

use super::plain::plain;
use super::scene::is_over;
use super::show::style::Style;
use crate::app::drive::show::columns::{age, table};
use crate::domain::model::problem::shorten;
use crate::edge::crd::kind::decision::{Decision, DecisionStatus};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;

/// Most characters of a reason.
const REASON: usize = 120;

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// With namespaces: they are of several.
    pub namespaces: bool,
    /// With policy, approval and reason.
    pub wide: bool,
}

/// Newest first.
pub fn sort(decisions: &mut [Decision]) {
    decisions.sort_by_cached_key(|decision| {
        (Reverse(decision.spec.started), decision.metadata.namespace.clone(), decision.metadata.name.clone())
    });
}

/// One line for each Decision.
pub fn lines(now: DateTime<Utc>, decisions: &[Decision], wish: Wish, style: Style) -> String {
    let mut headings = vec!["STARTED", "SERVICE", "TIER", "STANDS", "LASTED", "ACTION", "DECISION"];
    if wish.namespaces {
        headings.insert(0, "NAMESPACE");
    }
    if wish.wide {
        headings.extend(["POLICY", "RELAPSES", "EFFECT", "APPROVED BY", "REASON"]);
    }
    let rows: Vec<Vec<String>> = decisions.iter().map(|decision| row(now, decision, wish)).collect();
    let text = table(&headings, &rows);
    let paint = |(index, line): (usize, &str)| match index {
        0 => style.bold(line),
        index => style.by_word(&word(&decisions[index - 1]), line),
    };
    text.lines().enumerate().map(paint).map(|line| line + "\n").collect()
}

fn row(now: DateTime<Utc>, decision: &Decision, wish: Wish) -> Vec<String> {
    let (spec, status) = (&decision.spec, decision.status.clone().unwrap_or_default());
    let end = if is_over(decision) { status.since.map_or(now, |since| since.0) } else { now };
    let name = decision.metadata.name.as_deref().map(plain).unwrap_or_default();
    let mut cells = vec![
        spec.started.0.format("%F %H:%M:%SZ").to_string(),
        plain(&spec.service),
        plain(&spec.tier),
        stands(&status),
        age(end - spec.started.0),
        status.action.as_deref().map(plain).unwrap_or_default(),
        name,
    ];
    if wish.namespaces {
        cells.insert(0, decision.metadata.namespace.as_deref().map(plain).unwrap_or_default());
    }
    if wish.wide {
        cells.extend(wide(decision, &status));
    }
    cells
}

fn wide(decision: &Decision, status: &DecisionStatus) -> [String; 5] {
    let policy = &decision.spec.policy_ref;
    let effect = status.effect.as_ref().and_then(|effect| effect.verdict.as_deref());
    [
        plain(&policy.name),
        status.relapses.to_string(),
        effect.map(plain).unwrap_or_default(),
        status.approved_by.as_deref().map(plain).unwrap_or_default(),
        status.reason.as_deref().map(|reason| shorten(&plain(reason), REASON)).unwrap_or_default(),
    ]
}

/// `Holding`, or how it ended.
fn stands(status: &DecisionStatus) -> String {
    match (status.phase.as_deref(), status.outcome.as_deref()) {
        (Some("Ended"), Some(outcome)) => plain(outcome),
        (Some(phase), _) => plain(phase),
        (None, _) => "?".to_string(),
    }
}

fn word(decision: &Decision) -> String {
    stands(&decision.status.clone().unwrap_or_default())
}
