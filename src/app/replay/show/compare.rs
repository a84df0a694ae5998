//! What changes between two policy sets on the same past.

use super::columns::{columns, minutes, percent, stamp};
use crate::app::replay::outcome::{DecisionTold, Outcome};
use serde::Serialize;

/// Two outcomes and what differs between them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison<'a> {
    pub before: &'a Outcome,
    pub after: &'a Outcome,
    pub changes: Vec<Change<'a>>,
}

/// One Decision that is not the same in both.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change<'a> {
    /// `added`, `gone` or `changed`
    pub change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<&'a DecisionTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<&'a DecisionTold>,
}

/// Compares two outcomes. Decisions of the same service and tier name that overlap are the same.
pub fn compare<'a>(before: &'a Outcome, after: &'a Outcome) -> Comparison<'a> {
    let mut taken = vec![false; after.decisions.len()];
    let mut changes = Vec::new();
    for old in &before.decisions {
        let new = after
            .decisions
            .iter()
            .enumerate()
            .find(|(index, new)| !taken[*index] && meet(old, new, before, after));
        match new {
            None => changes.push(Change { change: "gone", before: Some(old), after: None }),
            Some((index, new)) => {
                taken[index] = true;
                if differs(old, new) {
                    changes.push(Change { change: "changed", before: Some(old), after: Some(new) });
                }
            }
        }
    }
    let added = after.decisions.iter().zip(&taken).filter(|(_, taken)| !**taken);
    changes.extend(added.map(|(new, _)| Change { change: "added", before: None, after: Some(new) }));
    changes.sort_by_key(|change| change.before.or(change.after).map(|told| told.started));
    Comparison { before, after, changes }
}

fn meet(old: &DecisionTold, new: &DecisionTold, before: &Outcome, after: &Outcome) -> bool {
    let same = (&old.namespace, &old.service, &old.tier) == (&new.namespace, &new.service, &new.tier);
    same && old.started <= new.ended.unwrap_or(after.to) && new.started <= old.ended.unwrap_or(before.to)
}

fn differs(old: &DecisionTold, new: &DecisionTold) -> bool {
    let key = |told: &DecisionTold| {
        (
            told.started,
            told.ended,
            told.outcome.clone(),
            told.held_minutes.to_bits(),
            told.acted,
            told.relapses,
        )
    };
    key(old) != key(new)
}

impl Comparison<'_> {
    /// As text for people.
    pub fn table(&self) -> String {
        let mut out = columns(&["", " BEFORE", " AFTER"], &self.totals());
        out.push('\n');
        if self.changes.is_empty() {
            return out + "Every Decision is the same.\n";
        }
        let rows: Vec<Vec<String>> = self.changes.iter().map(Change::row).collect();
        out + &columns(&["CHANGE", "SERVICE", "TIER", "BEFORE", "AFTER"], &rows)
    }

    fn totals(&self) -> Vec<Vec<String>> {
        let row = |what: &str, value: &dyn Fn(&Outcome) -> String| {
            vec![what.to_string(), value(self.before), value(self.after)]
        };
        let sum = |of: fn(&DecisionTold) -> f64| move |o: &Outcome| minutes(o.decisions.iter().map(of).sum());
        let mut rows = vec![
            row("decisions", &|o| o.decisions.len().to_string()),
            row("refused to their end", &|o| o.decisions.iter().filter(|d| !d.acted).count().to_string()),
            row("time in decisions", &sum(|d| d.minutes)),
            row("time held", &sum(|d| d.held_minutes)),
            row("worst signal Unknown", &|o| {
                percent(o.signals.iter().map(|signal| signal.unknown_percent).fold(0.0, f64::max))
            }),
        ];
        if let (Some(_), Some(_)) = (&self.before.accuracy, &self.after.accuracy) {
            let of = |o: &Outcome| o.accuracy.as_ref().map(|a| a.flyball).unwrap_or_default();
            rows.push(row("false alarms", &|o| {
                format!("{} ({})", of(o).false_alarms, percent(of(o).false_alarm_percent))
            }));
            rows.push(row("incidents found", &|o| {
                format!("{} of {}", of(o).found, of(o).found + of(o).missed)
            }));
            rows.push(row("median delay", &|o| {
                of(o).median_delay_minutes.map_or("-".into(), |m| format!("{m} min"))
            }));
        }
        rows
    }
}

impl Change<'_> {
    fn row(&self) -> Vec<String> {
        let told = self.before.or(self.after);
        let short = |told: Option<&DecisionTold>| {
            told.map_or("-".to_string(), |told| {
                let outcome = told.outcome.as_deref().unwrap_or(&told.phase);
                format!("{} for {}, {outcome}", stamp(told.started), minutes(told.minutes))
            })
        };
        vec![
            self.change.to_string(),
            told.map_or(String::new(), |told| format!("{}/{}", told.namespace, told.service)),
            told.map_or(String::new(), |told| told.tier.clone()),
            short(self.before),
            short(self.after),
        ]
    }
}
