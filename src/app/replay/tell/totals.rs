//! Totals over Decisions: by tier, and by the budgets that refused.

use super::sight::Sight;
use crate::app::replay::outcome::{BudgetTold, DecisionTold, TierTold};
use std::collections::{BTreeMap, BTreeSet};

/// Every tier of every policy, those without Decisions too.
pub fn tiers(sights: &[Sight], decisions: &[DecisionTold]) -> Vec<TierTold> {
    let declared = sights.iter().flat_map(|sight| {
        let policy = sight.key().to_string();
        sight.tiers().map(move |(tier, level, mode)| (policy.clone(), tier, level, mode))
    });
    declared
        .map(|(policy, tier, level, mode)| {
            let mine: Vec<&DecisionTold> =
                decisions.iter().filter(|d| d.policy == policy && d.tier == tier).collect();
            let services: BTreeSet<_> = mine.iter().map(|d| (&d.namespace, &d.service)).collect();
            TierTold {
                tier: tier.to_string(),
                level: level.to_string(),
                mode,
                decisions: mine.len(),
                blocked: mine.iter().filter(|d| !d.acted).count(),
                services: services.len(),
                minutes: sum(mine.iter().map(|d| d.minutes)),
                held_minutes: sum(mine.iter().map(|d| d.held_minutes)),
                longest_minutes: mine.iter().map(|d| d.minutes).fold(0.0, f64::max),
                relapses: mine.iter().map(|d| d.relapses).sum(),
                false_alarms: None,
                policy,
            }
        })
        .collect()
}

/// Every budget that refused a Decision.
pub fn budgets(decisions: &[DecisionTold]) -> Vec<BudgetTold> {
    let mut all: BTreeMap<&String, BudgetTold> = BTreeMap::new();
    for decision in decisions {
        for budget in &decision.budgets {
            let none = BudgetTold { budget: budget.clone(), decisions: 0, never_acted: 0 };
            let told = all.entry(budget).or_insert(none);
            told.decisions += 1;
            told.never_acted += usize::from(!decision.acted);
        }
    }
    all.into_values().collect()
}

fn sum(minutes: impl Iterator<Item = f64>) -> f64 {
    (minutes.sum::<f64>() * 100.0).round() / 100.0
}
