//! What was wanted and refused without a Decision, from when to when.

use crate::app::replay::outcome::RefusalTold;
use crate::domain::model::id::TierKey;
use crate::domain::model::plan::Refusal;
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Most refusals that are told one by one.
const TOLD_MAX: usize = 1_000;

/// Refusals that go on, and those that are over.
#[derive(Debug, Default)]
pub struct Refused {
    open: BTreeMap<(TierKey, Vec<Code>), RefusalTold>,
    over: Vec<RefusalTold>,
    /// Beyond those that are told.
    pub more: usize,
}

impl Refused {
    /// Notes what was refused at `now`; `gap` is how long one may be unsaid and still goes on.
    pub fn note(&mut self, now: DateTime<Utc>, refusals: &[Refusal], gap: TimeDelta) {
        for refusal in refusals {
            let key = TierKey {
                policy: refusal.policy.clone(),
                service: refusal.service.clone(),
                tier: refusal.tier.clone(),
            };
            let codes = refusal.reasons.iter().map(|reason| reason.code).collect();
            let open = self.open.entry((key, codes)).or_insert_with(|| told(refusal, now));
            open.to = now;
        }
        let ended: Vec<_> =
            self.open.iter().filter(|(_, told)| now - told.to > gap).map(|(key, _)| key.clone()).collect();
        for key in ended {
            let told = self.open.remove(&key);
            self.keep(told);
        }
    }

    /// All of them, the oldest first.
    pub fn told(mut self) -> Vec<RefusalTold> {
        let open = std::mem::take(&mut self.open);
        open.into_values().for_each(|told| self.keep(Some(told)));
        self.over.sort_by_key(|told| told.from);
        self.over
    }

    fn keep(&mut self, told: Option<RefusalTold>) {
        match self.over.len() < TOLD_MAX {
            true => self.over.extend(told),
            false => self.more += 1,
        }
    }
}

fn told(refusal: &Refusal, now: DateTime<Utc>) -> RefusalTold {
    RefusalTold {
        policy: refusal.policy.to_string(),
        namespace: refusal.service.namespace.clone(),
        service: refusal.service.service.clone(),
        tier: refusal.tier.clone(),
        from: now,
        to: now,
        reasons: refusal.reasons.iter().map(Reason::to_string).collect(),
    }
}
