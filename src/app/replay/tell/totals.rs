//! Totals over Decisions: by tier, and by the budgets that refused.

use super::sight::Sight;
use crate::app::replay::outcome::{BudgetTold, DecisionTold, TierTold};
use crate::domain::policy::spec::Tier;
use std::collections::{BTreeMap, BTreeSet};

/// Every tier of every policy, those without Decisions too.
pub fn tiers(sights: &[Sight], decisions: &[DecisionTold]) -> Vec<TierTold> {
    let declared = sights.iter().flat_map(|sight| sight.tiers().iter().map(move |tier| (sight, tier)));
    declared.map(|(sight, tier)| one_tier(sight.key().to_string(), tier, decisions)).collect()
}

fn one_tier(policy: String, tier: &Tier, decisions: &[DecisionTold]) -> TierTold {
    let mine: Vec<&DecisionTold> =
        decisions.iter().filter(|d| d.policy == policy && d.tier == tier.name).collect();
    let services: BTreeSet<_> = mine.iter().map(|d| (&d.namespace, &d.service)).collect();
    let away = |d: &&DecisionTold| if d.acted && d.held_minutes == 0.0 { d.minutes } else { d.held_minutes };
    let declared = (tier.sla_percent > 0.0).then_some(tier.sla_percent);
    TierTold {
        policy,
        tier: tier.name.clone(),
        level: tier.level.as_str().to_string(),
        mode: format!("{:?}", tier.mode),
        decisions: mine.len(),
        blocked: mine.iter().filter(|d| !d.acted).count(),
        services: services.len(),
        minutes: sum(mine.iter().map(|d| d.minutes)),
        held_minutes: sum(mine.iter().map(|d| d.held_minutes)),
        longest_minutes: mine.iter().map(|d| d.minutes).fold(0.0, f64::max),
        relapses: mine.iter().map(|d| d.relapses).sum(),
        sla_percent: declared,
        sla_minutes: declared.map(|percent| sum(mine.iter().map(away)) * percent / 100.0),
        false_alarms: None,
    }
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
