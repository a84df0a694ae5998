//! The rails in their order: the first that refuses says so.
//!
//! Precedence: no Governor, releaseAll, a clock or memory that cannot be trusted, a person's
//! pause, start-up, the breaker, NoAct windows. Budgets come after them, in `budget`; deadlines
//! and orders stand above all but releaseAll, and are not asked here.

use crate::domain::govern::work::Work;
use crate::domain::model::proposal::Proposal;
use crate::domain::model::rail::Pause;
use crate::domain::model::reason::{Code, Reason};

/// One rail: why it refuses an action of this policy for this service; None: it does not.
type Rail = fn(&Work, &Proposal) -> Option<Reason>;

const RAILS: [Rail; 7] = [no_governor, release_all, ledger, paused, starting_up, breaker, no_act];

/// What stops an action of this policy for this service right now; None: nothing.
pub fn refusal(work: &Work, proposal: &Proposal) -> Option<Reason> {
    RAILS.iter().find_map(|rail| rail(work, proposal))
}

/// Whether a rail of this code stops even a re-cut, which is the same claim: only a person, a
/// missing Governor and a start do.
pub fn stops_recut(code: Code) -> bool {
    matches!(code, Code::NoGovernor | Code::ReleaseAll | Code::Paused | Code::StartingUp)
}

/// Whether, under a rail of this code, a feature that is due to be tried is given back for good:
/// nobody could cut it again.
pub fn restores_only(code: Code) -> bool {
    matches!(code, Code::NoGovernor | Code::ClockWentBack | Code::MemoryLost)
}

/// Why a recovery must wait: a person paused restoring.
pub fn restore_paused(work: &Work, proposal: &Proposal) -> Option<Reason> {
    by_person(work, proposal, "restore", |pause| pause.restore)
}

fn no_governor(work: &Work, _: &Proposal) -> Option<Reason> {
    let message = "there is no Governor named default, so nothing is engaged";
    work.fleet.governor.is_none().then(|| Reason::new(Code::NoGovernor, message))
}

fn release_all(work: &Work, _: &Proposal) -> Option<Reason> {
    let set = work.fleet.governor.as_ref().is_some_and(|governor| governor.release_all);
    set.then(|| Reason::new(Code::ReleaseAll, "the Governor's releaseAll is set"))
}

fn ledger(work: &Work, _: &Proposal) -> Option<Reason> {
    work.ledger_trouble.clone()
}

fn paused(work: &Work, proposal: &Proposal) -> Option<Reason> {
    by_person(work, proposal, "act", |pause| pause.act)
}

fn starting_up(work: &Work, _: &Proposal) -> Option<Reason> {
    let message = "the governor has just started and only observes";
    work.fleet.starting_up.then(|| Reason::new(Code::StartingUp, message))
}

fn breaker(work: &Work, _: &Proposal) -> Option<Reason> {
    let open = work.breaker.as_ref().filter(|breaker| breaker.open)?;
    Some(Reason::new(Code::BreakerOpen, open.message.clone()))
}

fn no_act(work: &Work, proposal: &Proposal) -> Option<Reason> {
    let say = |whose: &str, name: &String| {
        Reason::new(Code::NoActWindow, format!("window {name} of {whose} is open"))
    };
    let own = proposal.no_act.as_ref().map(|name| say("the policy", name));
    own.or_else(|| work.fleet.no_act.as_ref().map(|name| say("the Governor", name)))
}

/// The first object on which a person set a pause of the wanted direction.
fn by_person(work: &Work, proposal: &Proposal, word: &str, set: fn(&Pause) -> bool) -> Option<Reason> {
    let governor = work.fleet.governor.as_ref().map(|g| Pause { act: g.pause_act, restore: g.pause_restore });
    if governor.as_ref().is_some_and(set) {
        return Some(Reason::new(Code::Paused, format!("the Governor's paused.{word} is set")));
    }
    let service = &proposal.service;
    let pauses = &work.fleet.pauses;
    let places = [
        (Some(&proposal.pause), format!("policy {}", proposal.policy)),
        (pauses.namespaces.get(&service.namespace), format!("namespace {}", service.namespace)),
        (pauses.workloads.get(service), format!("workload {service}")),
    ];
    let (_, place) = places.into_iter().find(|(pause, _)| pause.is_some_and(set))?;
    Some(Reason::new(Code::Paused, format!("flyball.dev/paused is set on {place}")))
}
