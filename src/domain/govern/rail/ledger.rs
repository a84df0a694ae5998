//! The ledger of engagements, and whether it can be trusted.
//!
//! A ledger that lies in the future means that the clock went back: a person has to confirm the
//! time. One that lacks a hold which is there was itself put back, as by a restored backup: what
//! is missing is entered again, and nothing is engaged in that look.

use crate::domain::model::fleet::{Fleet, Governor, Holding, LEDGER_MAX, LedgerEntry};
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};

/// What clocks may differ by without anybody noticing.
const TOLERANCE: TimeDelta = TimeDelta::seconds(10);

/// How long a person's word on the time counts.
const CONFIRMED_FOR: TimeDelta = TimeDelta::hours(1);

/// The ledger as it is to be gone by.
pub struct Ledger {
    pub entries: Vec<LedgerEntry>,
    /// Why it forbids engaging.
    pub trouble: Option<Reason>,
}

/// Reads the stored ledger against the clock and the live holds.
pub fn read(now: DateTime<Utc>, fleet: &Fleet) -> Ledger {
    let mut entries = fleet.ledger.clone();
    if let Some(right) = fleet.governor.as_ref().and_then(|governor| confirmed(now, governor)) {
        entries.retain(|entry| entry.at <= right.max(now));
    }
    let future = entries.iter().map(|entry| entry.at).max().filter(|at| *at > now + TOLERANCE);
    let missing = missing(now, fleet, &entries);
    let trouble = match (future, missing.first()) {
        (Some(at), _) => Some(Reason::new(
            Code::ClockWentBack,
            format!(
                "the ledger has an engagement at {}, but it is {}; once the clock is right, set the Governor's confirmTime to now",
                at.format("%FT%TZ"),
                now.format("%FT%TZ")
            ),
        )),
        (None, Some(lost)) => Some(Reason::new(
            Code::MemoryLost,
            format!(
                "Decision {} holds a flag and was not in the ledger: it was put back in time",
                lost.decision
            ),
        )),
        (None, None) => None,
    };
    entries.extend(missing);
    entries.sort();
    let excess = entries.len().saturating_sub(LEDGER_MAX);
    entries.drain(..excess);
    Ledger { entries, trouble }
}

/// The instant that a person confirmed, if it speaks of this clock: one of an earlier trouble, or
/// of the future, says nothing.
fn confirmed(now: DateTime<Utc>, governor: &Governor) -> Option<DateTime<Utc>> {
    governor.confirm_time.filter(|at| *at <= now + TOLERANCE && now - *at <= CONFIRMED_FOR)
}

/// Live holds within the window that the ledger does not know.
fn missing(now: DateTime<Utc>, fleet: &Fleet, entries: &[LedgerEntry]) -> Vec<LedgerEntry> {
    let window = fleet.governor.as_ref().and_then(|governor| governor.budgets.per_window);
    let length = window.and_then(|(_, length)| TimeDelta::from_std(length).ok());
    let Some(since) = length.and_then(|length| now.checked_sub_signed(length)) else { return Vec::new() };
    if entries.len() >= LEDGER_MAX {
        return Vec::new();
    }
    let entry = |holding: &Holding| {
        let at = holding.first_cut.filter(|at| *at > since && *at <= now)?;
        let known = entries.iter().any(|entry| entry.decision == holding.decision);
        (!known).then(|| LedgerEntry { at, decision: holding.decision.clone() })
    };
    fleet.holding.iter().filter_map(entry).collect()
}
