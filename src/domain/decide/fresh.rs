//! A tier without a live episode: whether to begin one.

use super::condition::Case;
use super::truth::Truth;
use crate::domain::model::episode::TierMemory;
use crate::domain::model::proposal::Want;
use crate::domain::model::reason::{Code, Reason};

/// What a tier asks for, why, and what it remembers from now on.
pub struct Wish {
    pub want: Want,
    pub reasons: Vec<Reason>,
    pub memory: TierMemory,
}

/// The wish of a tier that has no live episode.
pub fn wish(case: &Case, mut memory: TierMemory) -> Wish {
    let when = case.when();
    if lock_is_over(case, &memory) {
        memory.lock_out = None;
    }
    if memory.cooldown_until.is_some_and(|until| until <= case.now) {
        memory.cooldown_until = None;
    }
    let sentences = case.sentences().join("; ");
    let nothing = |code, message: String, memory| Wish {
        want: Want::Nothing,
        reasons: vec![Reason::new(code, message)],
        memory,
    };
    match when {
        Truth::False => return nothing(Code::ConditionFalse, sentences, memory),
        Truth::Unknown => return nothing(Code::ConditionUnknown, sentences, memory),
        Truth::True => {}
    }
    if case.tier.requires_user_facing && !case.users_feel_it() {
        let message = format!("{sentences}, but none of it is a signal that users feel (facing: User)");
        return nothing(Code::NotUserFacing, message, memory);
    }
    if let Some(lock) = &memory.lock_out {
        let message = format!(
            "the last episode ended {}; it engages again once its signals have been well for {} readings",
            lock.outcome.as_str(),
            case.recover_readings()
        );
        return nothing(Code::LockedOut, message, memory);
    }
    if let Some(until) = memory.cooldown_until {
        let message = format!("it rests until {} after its last action", until.format("%FT%TZ"));
        return nothing(Code::Cooldown, message, memory);
    }
    Wish { want: Want::Engage, reasons: vec![Reason::new(Code::ConditionTrue, sentences)], memory }
}

/// A lock-out ends with the policy's next spec, or once the signals were well for `recover.for`.
fn lock_is_over(case: &Case, memory: &TierMemory) -> bool {
    memory.lock_out.as_ref().is_some_and(|lock| {
        let enough = case.recover_readings();
        lock.generation != case.policy.generation || case.well(lock.since, enough).count() >= enough
    })
}
