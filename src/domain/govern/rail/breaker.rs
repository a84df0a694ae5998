//! The breaker: when so many services breach at once that the cause is not theirs.
//!
//! Owns when it opens, how long it stays so, and the one record of it. Held services count as
//! breaching: a cut makes a signal look well.

use crate::domain::model::fleet::{Fleet, Verdict};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::rail::{BREAKER_REST, BreakerState};
use chrono::{DateTime, TimeDelta, Utc};

/// Fewest breaching services at which it may open, and fewest services that are a fleet: among
/// fewer, one that is unknown is nobody else's, and the breaker closes with its cause.
const FEWEST: usize = 3;

/// While its cause lasts its end is put off, but not stored more often than this.
const STORED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The breaker's word now, from the stored one and from how the services do; None: it never
/// opened.
pub fn word(now: DateTime<Utc>, fleet: &Fleet) -> Option<BreakerState> {
    let census = census(fleet);
    let stored = fleet.breaker.as_ref();
    match (census.cause(fleet), stored) {
        (Some(cause), Some(stored)) if stored.open => Some(prolonged(now, stored, &census, cause)),
        (Some(cause), _) => Some(BreakerState {
            until: Some(now + BREAKER_REST),
            ..census.record(true, now, format!("{cause}; it closes 10 minutes after that is over"))
        }),
        (None, Some(stored)) if stored.open && (census.is_small() || over(now, stored)) => {
            Some(census.record(false, now, "it closed: its cause is over".to_string()))
        }
        (None, stored) => stored.cloned(),
    }
}

/// A stored word stays as it is for a while, so that it is not written at every look.
fn prolonged(now: DateTime<Utc>, stored: &BreakerState, census: &Census, cause: String) -> BreakerState {
    let until = now + BREAKER_REST;
    if stored.until.is_some_and(|known| until - known < STORED_EVERY) {
        return stored.clone();
    }
    let message = format!("{cause}; it closes 10 minutes after that is over");
    BreakerState { until: Some(until), refused: stored.refused, ..census.record(true, stored.since, message) }
}

fn over(now: DateTime<Utc>, stored: &BreakerState) -> bool {
    stored.until.is_none_or(|until| until <= now)
}

/// How the governed services do.
struct Census {
    breaching: usize,
    known: usize,
    governed: usize,
}

fn census(fleet: &Fleet) -> Census {
    let held = |service: &ServiceKey| fleet.holding.iter().any(|holding| holding.service == *service);
    let ill = |(service, verdict): &(&ServiceKey, &Verdict)| **verdict == Verdict::Breaching || held(service);
    Census {
        breaching: fleet.verdicts.iter().filter(ill).count(),
        known: fleet.verdicts.values().filter(|verdict| **verdict != Verdict::Unknown).count(),
        governed: fleet.verdicts.len(),
    }
}

impl Census {
    fn is_small(&self) -> bool {
        self.governed < FEWEST
    }

    /// Why the breaker is to be open; None: it need not be.
    fn cause(&self, fleet: &Fleet) -> Option<String> {
        let limit = fleet.governor.as_ref()?.breaker.max_breaching_percent as usize;
        let Self { breaching, known, governed } = self;
        if *breaching >= FEWEST && breaching * 100 > governed * limit {
            return Some(format!("{breaching} of {governed} services breach at once, above {limit} %"));
        }
        (known * 2 < *governed && !fleet.starting_up)
            .then(|| format!("only {known} of {governed} services are known"))
    }

    fn record(&self, open: bool, since: DateTime<Utc>, message: String) -> BreakerState {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        BreakerState {
            open,
            since,
            until: None,
            breaching: count(self.breaching),
            known: count(self.known),
            governed: count(self.governed),
            refused: 0,
            message,
        }
    }
}
