//! A tier without a live episode: whether to begin one.

use super::condition::Case;
use super::effect;
use super::truth::Truth;
use crate::domain::model::episode::TierMemory;
use crate::domain::model::proposal::{Sight, Want};
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};

/// What a tier asks for, why, and what it remembers from now on.
pub struct Wish {
    pub want: Want,
    pub reasons: Vec<Reason>,
    pub sight: Sight,
    pub memory: TierMemory,
}

/// The wish of a tier that has no live episode.
pub fn wish(case: &Case, mut memory: TierMemory) -> Wish {
    let unlatched = obey(case, &mut memory);
    if let Some(lock) = &mut memory.lock_out {
        lock.since = lock.since.min(case.now);
    }
    if unlatched || lock_is_over(case, &memory) {
        memory.lock_out = None;
    }
    memory.cooldown_until = rest_left(case, &memory);
    let (want, reason) = match refusal(case, &memory) {
        Some(reason) => (Want::Nothing, reason),
        None => (Want::Engage, Reason::new(Code::ConditionTrue, case.sentences())),
    };
    let sight = match want {
        Want::Engage => engaging(case),
        _ => Sight::default(),
    };
    Wish { want, reasons: vec![reason], sight, memory }
}

/// Until when the tier rests: never longer than its cooldown, even if the clock went back.
fn rest_left(case: &Case, memory: &TierMemory) -> Option<DateTime<Utc>> {
    let until = memory.cooldown_until.filter(|until| *until > case.now)?;
    let longest = TimeDelta::from_std(case.tier.cooldown).ok()?;
    Some(case.now.checked_add_signed(longest).map_or(until, |longest| until.min(longest)))
}

/// What an engagement and its effect go by.
pub fn engaging(case: &Case) -> Sight {
    Sight { rules: case.rules(), gauge: effect::gauge(case), effect: None, ..Sight::default() }
}

/// Whether a person's `flyball.dev/unlatch` is to be obeyed now: once, until it was gone.
pub fn obey(case: &Case, memory: &mut TierMemory) -> bool {
    let asked = case.policy.orders.unlatch.as_ref() == Some(&case.tier.name);
    let news = asked && !memory.unlatched;
    memory.unlatched = asked;
    news
}

/// Why the tier does not ask to engage; None: it does.
fn refusal(case: &Case, memory: &TierMemory) -> Option<Reason> {
    let sentences = case.sentences();
    match case.when() {
        Truth::False => return Some(Reason::new(Code::ConditionFalse, sentences)),
        Truth::Unknown => return Some(Reason::new(Code::ConditionUnknown, sentences)),
        Truth::True => {}
    }
    if !case.is_seen_now() {
        let message = format!("{sentences}, by earlier readings: none of its signals has traffic now");
        return Some(Reason::new(Code::NoTraffic, message));
    }
    if !case.calls_for_cut() {
        let message = format!("{sentences}, but none of it is a signal that users feel (facing: User)");
        return Some(Reason::new(Code::NotUserFacing, message));
    }
    if let Some(lock) = &memory.lock_out {
        let message = format!(
            "the last episode ended {}; it engages again once its signals have been well for {} readings",
            lock.outcome.as_str(),
            case.recover_readings()
        );
        return Some(Reason::new(Code::LockedOut, message));
    }
    let until = memory.cooldown_until?;
    let message = format!("it rests until {} after its last action", until.format("%FT%TZ"));
    Some(Reason::new(Code::Cooldown, message))
}

/// A lock-out ends with the policy's next spec, or once the signals were well for `recover.for`
/// on fresh data.
fn lock_is_over(case: &Case, memory: &TierMemory) -> bool {
    memory.lock_out.as_ref().is_some_and(|lock| {
        let enough = case.recover_readings();
        let well = || case.well_on_fresh(lock.since, enough).count() >= enough;
        lock.generation != case.policy.generation || well()
    })
}
