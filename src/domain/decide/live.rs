//! A live episode: what it asks for next.
//!
//! Only True engages and cuts again, only False lets go; what cannot be known changes nothing.
//! Deadlines and a change of mode need no evidence.

use super::condition::Case;
use super::fresh::Wish;
use super::streak::Streak;
use super::truth::Truth;
use crate::domain::model::episode::{Episode, Outcome, Phase, TierMemory};
use crate::domain::model::proposal::{Mode, Want};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::condition::readings;

/// The wish of a tier whose episode lives.
pub fn wish(case: &Case, memory: TierMemory, episode: &Episode) -> Wish {
    let (want, reasons) = order(case, episode).unwrap_or_else(|| match episode.phase {
        Phase::WouldAct | Phase::Blocked | Phase::AwaitingApproval | Phase::Open => waiting(case, episode),
        Phase::Acting => acting(case, episode),
        Phase::Holding => holding(case, episode, &memory),
        Phase::Probing => probing(case, episode),
        Phase::Latched => stay(Code::TooManyRelapses, "it stays cut until a person or its deadline ends it"),
        Phase::Restoring | Phase::Ended => (Want::Stay, episode.reasons.clone()),
    });
    Wish { want, reasons, memory }
}

fn stay(code: Code, message: impl Into<String>) -> (Want, Vec<Reason>) {
    (Want::Stay, vec![Reason::new(code, message)])
}

fn because(want: Want, code: Code, message: impl Into<String>) -> (Want, Vec<Reason>) {
    (want, vec![Reason::new(code, message)])
}

/// What needs no evidence: the deadline, and a mode that no longer fits.
fn order(case: &Case, episode: &Episode) -> Option<(Want, Vec<Reason>)> {
    let holds = episode.phase.holds();
    if episode.phase == Phase::Restoring {
        return None;
    }
    let over = episode.deadline.filter(|deadline| *deadline <= case.now);
    if let Some(deadline) = over {
        let message = format!("maxDuration was over at {}", deadline.format("%FT%TZ"));
        return match (holds, case.tier.keep) {
            (true, true) if episode.phase == Phase::Latched => None,
            (true, _) => Some(because(Want::Restore(Outcome::Expired), Code::DeadlineReached, message)),
            (false, _) => Some(because(Want::Pass, Code::DeadlineReached, message)),
        };
    }
    let enforce = case.tier.mode == Mode::Enforce;
    let message = format!("the tier's mode is {:?} now", case.tier.mode);
    match episode.phase {
        Phase::WouldAct if enforce => Some(because(Want::Pass, Code::ModeChanged, message)),
        Phase::Blocked if !enforce => Some(because(Want::Pass, Code::ModeChanged, message)),
        _ if holds && !enforce => Some(because(Want::Restore(Outcome::Released), Code::ModeChanged, message)),
        _ => None,
    }
}

/// An episode that has not acted: go on if a rail cleared, end once the signals are well.
fn waiting(case: &Case, episode: &Episode) -> (Want, Vec<Reason>) {
    let sentences = case.sentences().join("; ");
    let enough = case.recover_readings();
    if case.when() == Truth::True {
        let want = if episode.phase == Phase::Blocked { Want::Engage } else { Want::Stay };
        return because(want, Code::ConditionTrue, sentences);
    }
    if case.well(episode.started, enough).count() >= enough {
        return because(Want::Pass, Code::Recovered, sentences);
    }
    stay(Code::NotRecovered, sentences)
}

/// The flags are being cut. What is not cut yet is cut only while the evidence holds.
fn acting(case: &Case, episode: &Episode) -> (Want, Vec<Reason>) {
    let sentences = case.sentences().join("; ");
    let enough = case.recover_readings();
    if episode.relapses > 0 || case.when() == Truth::True {
        return because(Want::Engage, Code::ConditionTrue, sentences);
    }
    if case.well(episode.since, enough).count() >= enough {
        return because(Want::Restore(Outcome::Failed), Code::Recovered, sentences);
    }
    stay(Code::NotRecovered, sentences)
}

fn holding(case: &Case, episode: &Episode, memory: &TierMemory) -> (Want, Vec<Reason>) {
    let sentences = case.sentences().join("; ");
    let enough = case.recover_readings().saturating_mul(memory.hold_factor.unwrap_or(1).max(1));
    match case.well(episode.since, enough) {
        Streak::Blind => stay(Code::Blind, format!("the evidence is missing, the cut stays: {sentences}")),
        well if well.count() >= enough => {
            because(Want::Probe, Code::Recovered, format!("well for {enough} readings: {sentences}"))
        }
        well => {
            stay(Code::NotRecovered, format!("well for {} of {enough} readings: {sentences}", well.count()))
        }
    }
}

fn probing(case: &Case, episode: &Episode) -> (Want, Vec<Reason>) {
    let sentences = case.sentences().join("; ");
    let wanted = readings(case.tier.verify_within, case.policy.interval);
    let seen = case.known_since(episode.since);
    match (case.when(), case.ill_now()) {
        (Truth::True, _) => because(Want::Recut, Code::Relapsed, sentences),
        (_, Truth::False) if seen >= wanted => {
            let (code, how) = match case.idle_now() {
                true => (Code::ProbeIdle, "no traffic during the probe"),
                false => (Code::ProbePassed, "well during the probe"),
            };
            because(Want::Restore(Outcome::Restored), code, format!("{how}: {sentences}"))
        }
        (_, Truth::Unknown) => stay(Code::Blind, format!("the evidence is missing: {sentences}")),
        _ => stay(
            Code::ProbeStarted,
            format!("{seen} of {wanted} readings since the flag went back: {sentences}"),
        ),
    }
}
