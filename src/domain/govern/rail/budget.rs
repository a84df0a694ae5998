//! Budgets: how many live holds there may be, and how many engagements within a window.
//!
//! The most restrictive wins, a missing key refuses, and all that are used up are reported.

use crate::domain::govern::work::Work;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// What budgets refuse one more hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exceeded {
    pub reasons: Vec<Reason>,
    /// Nothing but budgets that many services share: a storm would fill them.
    pub shared_only: bool,
}

/// The budgets that one more hold of `service`, by `decision`, would exceed.
pub fn exceeded(work: &Work, service: &ServiceKey, decision: &str) -> Exceeded {
    let Some(governor) = &work.fleet.governor else {
        let reason = Reason::new(Code::NoGovernor, "there is no Governor named default");
        return Exceeded { reasons: vec![reason], shared_only: true };
    };
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
    let own = over("perService", live(&|other| other == service), budgets.per_service);
    let shared = [
        ("perNamespace", live(&|other| other.namespace == service.namespace), budgets.per_namespace),
        ("perCluster", live(&|_| true), budgets.per_cluster),
        ("perWindow", recent, budgets.per_window.map(|(limit, _)| limit)),
    ];
    let shared = shared.iter().filter_map(|(name, used, limit)| over(name, *used, *limit));
    let shared_only = own.is_none();
    Exceeded { reasons: own.into_iter().chain(shared).collect(), shared_only }
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
