//! A live episode: what it asks for next.
//!
//! Only True engages and cuts again, only False lets go; what cannot be known changes nothing.
//! Deadlines, a change of mode and an action that is gone need no evidence.

use super::condition::Case;
use super::effect;
use super::fresh::{self, Wish};
use super::streak::Streak;
use super::truth::Truth;
use crate::domain::model::episode::{Episode, HeldFlag, Outcome, Phase, TierMemory};
use crate::domain::model::proposal::{Mode, Sight, Want};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::condition::readings;
use crate::domain::policy::spec::HOLD_FACTOR_MAX;
use chrono::{DateTime, TimeDelta, Utc};

/// The wish of a tier whose episode lives.
pub fn wish(case: &Case, mut memory: TierMemory, mut episode: Episode) -> Wish {
    // A clock that went back leaves nothing in the future that counts.
    episode.since = episode.since.min(case.now);
    episode.first_cut = episode.first_cut.map(|cut| cut.min(case.now));
    episode.deadline = deadline(case, &episode);
    let unlatched = fresh::obey(case, &mut memory);
    let (want, reasons) = order(case, &episode, unlatched).unwrap_or_else(|| match episode.phase {
        Phase::WouldAct | Phase::Blocked | Phase::AwaitingApproval | Phase::Open => waiting(case, &episode),
        Phase::Acting => acting(case, &episode),
        Phase::Holding => holding(case, &episode, &memory),
        Phase::Probing => probing(case, &episode),
        Phase::Latched => {
            stay(Code::TooManyRelapses, "it stays cut until a person or its deadline ends it".to_string())
        }
        Phase::Restoring | Phase::Ended => (Want::Stay, episode.reasons.clone()),
    });
    let sight = match episode.phase {
        Phase::Blocked | Phase::AwaitingApproval if want == Want::Engage => fresh::engaging(case),
        Phase::Holding | Phase::Latched => {
            let ends = !matches!(want, Want::Stay | Want::Engage);
            Sight { effect: effect::judge(case, &episode, ends), ..Sight::default() }
        }
        _ => Sight::default(),
    };
    memory.episode = Some(episode);
    Wish { want, reasons, sight, memory }
}

fn stay(code: Code, message: String) -> (Want, Vec<Reason>) {
    because(Want::Stay, code, message)
}

fn because(want: Want, code: Code, message: String) -> (Want, Vec<Reason>) {
    (want, vec![Reason::new(code, message)])
}

/// `maxDuration`, as the policy has it now, from the first cut; from the beginning where nothing
/// was cut.
fn deadline(case: &Case, episode: &Episode) -> Option<DateTime<Utc>> {
    let length = TimeDelta::from_std(case.tier.max_duration).ok()?;
    episode.first_cut.unwrap_or(episode.started).checked_add_signed(length)
}

/// What needs no evidence.
fn order(case: &Case, episode: &Episode, unlatched: bool) -> Option<(Want, Vec<Reason>)> {
    if episode.phase == Phase::Restoring {
        return None;
    }
    let released = || {
        let message = "flyball.dev/unlatch: a person ended the latch".to_string();
        let latched = unlatched && episode.phase == Phase::Latched;
        latched.then(|| because(Want::Restore(Outcome::Released), Code::Unlatched, message))
    };
    lost(case, episode).or_else(|| expired(case, episode)).or_else(released)
}

/// The tier's mode no longer fits, or an action that holds a flag is gone from it.
fn lost(case: &Case, episode: &Episode) -> Option<(Want, Vec<Reason>)> {
    let acts = case.tier.mode != Mode::Observe;
    let asks = case.tier.mode == Mode::Approve;
    let mode = format!("the tier's mode is {:?} now", case.tier.mode);
    match episode.phase {
        Phase::WouldAct if acts => Some(because(Want::Pass, Code::ModeChanged, mode)),
        Phase::AwaitingApproval if !asks => Some(because(Want::Pass, Code::ModeChanged, mode)),
        Phase::Blocked | Phase::Open if !acts => Some(because(Want::Pass, Code::ModeChanged, mode)),
        phase if !phase.holds() => None,
        _ if !acts => Some(because(Want::Restore(Outcome::Released), Code::ModeChanged, mode)),
        _ => {
            let gone = episode.flags.iter().find(|held| !declares(case, held))?;
            let message = format!("action {} on flag {} is not in the tier any more", gone.action, gone.key);
            Some(because(Want::Restore(Outcome::Released), Code::TierGone, message))
        }
    }
}

fn declares(case: &Case, held: &HeldFlag) -> bool {
    case.tier.actions.iter().any(|action| {
        action.name == held.action
            && action.provider == held.provider
            && action.key.render(&case.observation.service) == held.key
    })
}

/// `maxDuration` is over. A cut that its tier keeps is latched already, and stays.
fn expired(case: &Case, episode: &Episode) -> Option<(Want, Vec<Reason>)> {
    let deadline = episode.deadline.filter(|deadline| *deadline <= case.now)?;
    let want = match episode.phase {
        Phase::Latched if case.tier.keep => return None,
        phase if phase.holds() => Want::Restore(Outcome::Expired),
        _ => Want::Pass,
    };
    let message = format!("maxDuration was over at {}", deadline.format("%FT%TZ"));
    Some(because(want, Code::DeadlineReached, message))
}

/// An episode that has not acted: go on if a rail cleared, end once the signals are well.
fn waiting(case: &Case, episode: &Episode) -> (Want, Vec<Reason>) {
    let enough = case.recover_readings();
    let eager = matches!(episode.phase, Phase::Blocked | Phase::AwaitingApproval);
    let called = match eager {
        true => case.calls_for_cut(),
        false => case.when() == Truth::True,
    };
    if called {
        let want = if eager { Want::Engage } else { Want::Stay };
        return because(want, Code::ConditionTrue, case.sentences());
    }
    match case.well(episode.started, enough) {
        well if well.count() >= enough => because(Want::Pass, Code::Recovered, case.sentences()),
        well => stay(not_yet(well), case.sentences()),
    }
}

/// The flags are being cut. What is not cut yet is cut only while the evidence holds.
fn acting(case: &Case, episode: &Episode) -> (Want, Vec<Reason>) {
    if case.calls_for_cut() {
        return because(Want::Engage, Code::ConditionTrue, case.sentences());
    }
    let enough = case.recover_readings();
    match case.well(episode.since, enough) {
        well if well.count() >= enough => {
            let outcome = if episode.relapses > 0 { Outcome::Restored } else { Outcome::Failed };
            because(Want::Restore(outcome), Code::Recovered, case.sentences())
        }
        well => stay(not_yet(well), case.sentences()),
    }
}

fn holding(case: &Case, episode: &Episode, memory: &TierMemory) -> (Want, Vec<Reason>) {
    // The memory of a tier may be lost; the relapses of this episode are in its Decision.
    let relapsed = 1 << episode.relapses.min(HOLD_FACTOR_MAX.ilog2());
    let factor = memory.hold_factor.unwrap_or(1).clamp(relapsed, HOLD_FACTOR_MAX);
    let enough = case.recover_readings().saturating_mul(factor);
    let sentences = case.sentences();
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
    let sentences = case.sentences();
    if case.calls_for_cut() {
        return because(Want::Recut, Code::Relapsed, sentences);
    }
    let wanted = readings(case.tier.verify_within, case.policy.interval);
    let seen = case.known_since(episode.since);
    match (case.when(), case.ill_now()) {
        (Truth::Unknown, _) | (_, Truth::Unknown) => {
            stay(Code::Blind, format!("the evidence is missing: {sentences}"))
        }
        (Truth::False, Truth::False) if seen >= wanted => {
            let (code, how) = match case.idle_now() {
                true => (Code::ProbeIdle, "no traffic during the probe"),
                false => (Code::ProbePassed, "well during the probe"),
            };
            because(Want::Restore(Outcome::Restored), code, format!("{how}: {sentences}"))
        }
        _ => stay(
            Code::ProbeStarted,
            format!("{seen} of {wanted} readings since the flag went back: {sentences}"),
        ),
    }
}

fn not_yet(well: Streak) -> Code {
    if well == Streak::Blind { Code::Blind } else { Code::NotRecovered }
}
