//! Brings stores and objects to a Plan, intent before effect.
//!
//! The order is the promise: ledger, Decisions, FlagHolds, then the flags, and a hold goes only
//! after its flag was read with its original. Whatever could not be stored keeps everything that
//! rests on it from being done. A plan that is true already has no effects. Crashing between any
//! two steps is safe: the next cycle reads what there is and plans the rest.

pub mod desk;
pub mod effect;
pub mod evidence;
pub mod governor;
pub mod objects;
pub mod orders;
pub mod store;

use crate::domain::model::episode::Episode;
use crate::domain::model::fleet::Fleet;
use crate::domain::model::plan::{FlagPlan, Plan};
use crate::edge::flags::provider::Provider;
use chrono::{DateTime, Utc};
use objects::Objects;
use std::collections::{BTreeMap, BTreeSet};

/// What came of one plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// Something was written: the world is to be read again before it is planned on.
    pub changed: bool,
    /// Decisions that could not be stored; what rests on them was not done.
    pub failed: BTreeSet<String>,
    /// Decisions as they were stored now, in the order of the plan.
    pub stored: Vec<Episode>,
    /// What was done to flags, for the log and metrics.
    pub effects: Vec<effect::Done>,
    /// What went wrong, as sentences.
    pub troubles: Vec<String>,
}

/// Applies `plan` to the world that `fleet` was read from.
pub async fn apply(
    now: DateTime<Utc>,
    plan: &Plan,
    fleet: &Fleet,
    objects: &mut Objects,
    providers: &BTreeMap<String, Provider>,
) -> Applied {
    let mut applied = Applied::default();
    if let Some(ledger) = &plan.ledger {
        match objects.put_ledger(ledger).await {
            Ok(()) => applied.changed = true,
            Err(trouble) => {
                applied.troubles.push(trouble);
                applied.failed.extend(plan.decisions.iter().map(|episode| episode.name.clone()));
                return applied;
            }
        }
    }
    if let Some(word) = &plan.breaker {
        match objects.put_breaker(word).await {
            Ok(done) => applied.changed |= done,
            Err(trouble) => applied.troubles.push(trouble),
        }
    }
    store_decisions(now, plan, objects, &mut applied).await;
    for flag in &plan.flags {
        one_flag(now, flag, fleet, objects, providers, &mut applied).await;
    }
    applied
}

async fn store_decisions(now: DateTime<Utc>, plan: &Plan, objects: &mut Objects, applied: &mut Applied) {
    for episode in &plan.decisions {
        match objects.put_decision(now, episode).await {
            Ok(false) => {}
            Ok(true) => {
                applied.changed = true;
                applied.stored.push(episode.clone());
            }
            Err(trouble) => {
                applied.failed.insert(episode.name.clone());
                applied.troubles.push(trouble);
            }
        }
    }
}

/// One hold and its flag: store the hold, bring the flag about, or let the hold go.
async fn one_flag(
    now: DateTime<Utc>,
    flag: &FlagPlan,
    fleet: &Fleet,
    objects: &mut Objects,
    providers: &BTreeMap<String, Provider>,
    applied: &mut Applied,
) {
    if flag.hold.claims.iter().any(|claim| applied.failed.contains(&claim.decision)) {
        return;
    }
    if flag.release {
        match objects.delete_hold(&flag.name).await {
            Ok(done) => applied.changed |= done,
            Err(trouble) => applied.troubles.push(trouble),
        }
        return;
    }
    let Some(provider) = providers.get(&flag.target.provider) else { return };
    let step = match effect::wanted(flag, fleet, provider) {
        Ok(step) => step,
        Err(trouble) => return applied.troubles.push(trouble),
    };
    let hold = step.as_ref().map_or(&flag.hold, |step| &step.hold);
    match objects.put_hold(now, &flag.name, hold).await {
        Ok(done) => applied.changed |= done,
        Err(trouble) => return applied.troubles.push(trouble),
    }
    if let Some(step) = step {
        if !objects.may_write() {
            let trouble = format!("flag {} is not written: our lease does not outlast it", flag.target.key);
            return applied.troubles.push(trouble);
        }
        let done = effect::perform(step, provider).await;
        applied.changed |= done.trouble.is_none();
        applied.troubles.extend(done.trouble.clone());
        applied.effects.push(done);
    }
}
