//! Writes to flags that were refused: what they were answered, and when they are tried again.
//!
//! Owns the back-off of restores. They are tried for ever, since the feature is away until one
//! succeeds, but a store that says no is not asked every second. A cut is not held back: whether
//! it is still wanted is decided anew at every look.

use crate::app::apply::effect::{Done, Kind};
use crate::domain::model::plan::{FlagEffect, FlagPlan};
use crate::domain::model::reason::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Rest after the first refusal; doubled by each further one.
const FIRST: TimeDelta = TimeDelta::seconds(5);
/// Longest rest.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// Rests differ by up to this share, so that many flags of one store do not come back together.
const JITTER_PERCENT: i32 = 20;

/// By hold name, the last write that was not done.
#[derive(Debug, Default)]
pub struct Refused(BTreeMap<String, Refusal>);

/// One write that was not done.
#[derive(Debug)]
pub struct Refusal {
    pub kind: Kind,
    pub reason: Reason,
    tries: u32,
    rests_until: DateTime<Utc>,
}

impl Refused {
    /// Takes note of what was tried at `now`.
    pub fn note(&mut self, now: DateTime<Utc>, effects: &[Done]) {
        for done in effects {
            let Some(reason) = &done.reason else {
                self.0.remove(&done.hold);
                continue;
            };
            let known = self.0.get(&done.hold).filter(|known| known.kind == done.kind);
            let tries = known.map_or(0, |known| known.tries).saturating_add(1);
            let rests_until = now + rest(&done.hold, tries);
            let refusal = Refusal { kind: done.kind, reason: reason.clone(), tries, rests_until };
            self.0.insert(done.hold.clone(), refusal);
        }
    }

    /// Whether the restore that `flag` asks for rests after a refusal.
    pub fn rests(&self, now: DateTime<Utc>, flag: &FlagPlan) -> bool {
        let restores = flag.effect == FlagEffect::Original && !flag.release;
        let rests = |known: &Refusal| known.kind == Kind::Restore && now < known.rests_until;
        restores && self.0.get(&flag.name).is_some_and(rests)
    }

    /// Keeps those for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Refusal) -> bool) {
        self.0.retain(|name, refusal| keep(name, refusal));
    }
}

fn rest(hold: &str, tries: u32) -> TimeDelta {
    let doubled = FIRST * 2i32.pow(tries.saturating_sub(1).min(10));
    let share = hold.bytes().fold(0i32, |sum, byte| (sum + i32::from(byte)) % JITTER_PERCENT);
    let rest = doubled.min(LONGEST);
    rest - rest * share / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_five_minutes_and_differ_between_flags() {
        let rests: Vec<i64> = (1..12).map(|tries| rest("", tries).num_seconds()).collect();
        assert_eq!(rests, [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]);
        let all: std::collections::BTreeSet<i64> =
            (0..20u8).map(|n| rest(&format!("hold-{}", char::from(b'a' + n)), 7).num_seconds()).collect();
        assert!(all.len() > 10 && all.iter().all(|rest| (240..=300).contains(rest)), "{all:?}");
    }
}
