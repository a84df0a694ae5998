//! Rails: what refuses an action however strong the evidence.
//!
//! Precedence: releaseAll, then a person's pause, start-up, the breaker, budgets. The first that
//! refuses says so; budgets report all that are used up.

use super::work::Work;
use crate::domain::model::fleet::Verdict;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// Fewest breaching services at which the breaker may open.
const BREAKER_MIN: usize = 3;

/// What stops every action of the whole fleet right now; None: nothing.
pub fn fleet_wide(work: &Work) -> Option<Reason> {
    let Some(governor) = &work.fleet.governor else { return Some(no_governor()) };
    if governor.release_all {
        return Some(Reason::new(Code::ReleaseAll, "the Governor's releaseAll is set"));
    }
    if governor.pause_act {
        return Some(Reason::new(Code::Paused, "the Governor's paused.act is set"));
    }
    if work.fleet.starting_up {
        return Some(Reason::new(Code::StartingUp, "the governor has just started and only observes"));
    }
    breaker(work)
}

fn no_governor() -> Reason {
    Reason::new(Code::NoGovernor, "there is no Governor named default, so nothing is engaged")
}

/// Whether too many services breach at once, or too few are known. Held services count as
/// breaching: a cut makes a signal look well.
fn breaker(work: &Work) -> Option<Reason> {
    let limit = work.fleet.governor.as_ref()?.breaker.max_breaching_percent as usize;
    let total = work.fleet.verdicts.len();
    let known = work.fleet.verdicts.values().filter(|verdict| **verdict != Verdict::Unknown).count();
    let held = |service: &ServiceKey| work.fleet.holding.iter().any(|holding| holding.service == *service);
    let ill = |(service, verdict): &(&ServiceKey, &Verdict)| **verdict == Verdict::Breaching || held(service);
    let breaching = work.fleet.verdicts.iter().filter(ill).count();
    if breaching >= BREAKER_MIN && breaching * 100 > total * limit {
        let message = format!("{breaching} of {total} services breach at once, above {limit} %");
        return Some(Reason::new(Code::BreakerOpen, message));
    }
    if known * 2 < total {
        return Some(Reason::new(Code::BreakerOpen, format!("only {known} of {total} services are known")));
    }
    None
}

/// The budgets that one more hold of `service`, by `decision`, would exceed.
pub fn budgets(work: &Work, service: &ServiceKey, decision: &str) -> Vec<Reason> {
    let Some(governor) = &work.fleet.governor else { return vec![no_governor()] };
    let budgets = &governor.budgets;
    let live = |wanted: &dyn Fn(&ServiceKey) -> bool| {
        let others = work.holding.iter().filter(|holding| holding.decision != decision);
        others.filter(|holding| wanted(&holding.service)).count()
    };
    let recent = budgets.per_window.map_or(0, |(_, length)| {
        let since = TimeDelta::from_std(length).ok().and_then(|length| work.now.checked_sub_signed(length));
        let others = work.ledger.iter().filter(|entry| entry.decision != decision);
        others.filter(|entry| since.is_none_or(|since| entry.at > since)).count()
    });
    let rows = [
        ("perService", live(&|other| other == service), budgets.per_service),
        ("perNamespace", live(&|other| other.namespace == service.namespace), budgets.per_namespace),
        ("perCluster", live(&|_| true), budgets.per_cluster),
        ("perWindow", recent, budgets.per_window.map(|(limit, _)| limit)),
    ];
    rows.iter().filter_map(|(name, used, limit)| over(name, *used, *limit)).collect()
}

fn over(name: &str, used: usize, limit: Option<u32>) -> Option<Reason> {
    match limit {
        None => {
            Some(Reason::new(Code::BudgetMissing, format!("budget {name} is not declared, so it refuses")))
        }
        Some(limit) if used >= limit as usize => {
            Some(Reason::new(Code::BudgetExceeded, format!("budget {name}: {used} of {limit} used")))
        }
        Some(_) => None,
    }
}
