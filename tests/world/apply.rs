//! Bringing a plan about, in the order that `app::apply` promises, each write of which may be lost.

use super::flags::Flags;
use super::stored::{Lost, Stored};
use flyball::app::apply::effect;
use flyball::domain::model::episode::Episode;
use flyball::domain::model::fleet::Fleet;
use flyball::domain::model::plan::{FlagPlan, Plan};
use std::collections::BTreeSet;

/// What came of one plan.
#[derive(Default)]
pub struct Applied {
    pub changed: bool,
    pub failed: BTreeSet<String>,
    pub stored: Vec<Episode>,
    pub troubled: bool,
    /// Flags that were written without a stored intent.
    pub unintended: Vec<String>,
}

/// How effects come about: as they should, or, as a mutation, wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    IntentFirst,
    EffectFirst,
    /// A cut does not keep the rule that it stands around.
    OriginalForgotten,
}

/// Applies a plan; None: the process died on the way.
pub fn apply(
    plan: &Plan,
    fleet: &Fleet,
    stored: &mut Stored,
    flags: &mut Flags,
    order: Order,
) -> Option<Applied> {
    let mut applied = Applied::default();
    if let Some(ledger) = &plan.ledger {
        match stored.write() {
            Ok(()) => {
                stored.ledger = ledger.clone();
                applied.changed = true;
            }
            Err(Lost::Crash) => return None,
            Err(Lost::Failure) => {
                applied.troubled = true;
                applied.failed.extend(plan.decisions.iter().map(|episode| episode.name.clone()));
                return Some(applied);
            }
        }
    }
    if let Some(word) = &plan.breaker {
        match stored.write() {
            Ok(()) => stored.breaker = Some(word.clone()),
            Err(Lost::Crash) => return None,
            Err(Lost::Failure) => applied.troubled = true,
        }
    }
    for episode in &plan.decisions {
        match stored.put_decision(episode) {
            Ok(true) => {
                applied.changed = true;
                applied.stored.push(episode.clone());
            }
            Ok(false) => {}
            Err(Lost::Crash) => return None,
            Err(Lost::Failure) => {
                applied.troubled = true;
                applied.failed.insert(episode.name.clone());
            }
        }
    }
    for flag in &plan.flags {
        one_flag(flag, fleet, stored, flags, order, &mut applied)?;
    }
    Some(applied)
}

fn one_flag(
    flag: &FlagPlan,
    fleet: &Fleet,
    stored: &mut Stored,
    flags: &mut Flags,
    order: Order,
    applied: &mut Applied,
) -> Option<()> {
    if flag.hold.claims.iter().any(|claim| applied.failed.contains(&claim.decision)) {
        return Some(());
    }
    if flag.release {
        return settle(stored.delete_hold(&flag.name), applied).map(drop);
    }
    let step = match effect::wanted(flag, fleet, &flags.provider) {
        Ok(step) => step,
        Err(_) => {
            applied.troubled = true;
            return Some(());
        }
    };
    let hold = step.as_ref().map_or(&flag.hold, |step| &step.hold).clone();
    if order != Order::EffectFirst && !settle(stored.put_hold(&flag.name, &hold), applied)? {
        return Some(());
    }
    if let Some(step) = step {
        if stored.fuse == Some(0) {
            return None;
        }
        let intent = stored.holds().get(&flag.name).is_some_and(|known| {
            let claims = known.claims.iter().filter(|claim| claim.cut);
            let backed = claims.clone().all(|claim| stored.has_decision(&claim.decision));
            *known == hold && backed && (!step.cuts() || claims.count() > 0)
        });
        if !intent {
            applied.unintended.push(flag.target.key.clone());
        }
        let cuts = step.cuts();
        let written = flags.perform(step);
        if order == Order::OriginalForgotten && cuts && written {
            flags.forget_original(&flag.target.key);
        }
        applied.changed |= written;
        applied.troubled |= !written;
    }
    if order == Order::EffectFirst {
        settle(stored.put_hold(&flag.name, &hold), applied)?;
    }
    Some(())
}

/// Takes the outcome of a write; None: the process died. Whether it is stored now.
fn settle(outcome: Result<bool, Lost>, applied: &mut Applied) -> Option<bool> {
    match outcome {
        Ok(done) => {
            applied.changed |= done;
            Some(true)
        }
        Err(Lost::Failure) => {
            applied.troubled = true;
            Some(false)
        }
        Err(Lost::Crash) => None,
    }
}
