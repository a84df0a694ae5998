//! The budget ledger and the breaker's word in the Governor's status, and back.

use crate::domain::model::fleet::{LEDGER_MAX, LedgerEntry};
use crate::domain::model::problem::shorten;
use crate::domain::model::rail::BreakerState;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::kind::governor::{BreakerRecord, LedgerLine};
use chrono::DateTime;

impl From<&BreakerState> for BreakerRecord {
    fn from(state: &BreakerState) -> Self {
        Self {
            open: state.open,
            since: state.since.into(),
            until: state.until.map(Stamp),
            breaching: state.breaching,
            known: state.known,
            governed: state.governed,
            refused: state.refused,
            message: shorten(&state.message, 1024),
        }
    }
}

impl From<&BreakerRecord> for BreakerState {
    fn from(record: &BreakerRecord) -> Self {
        Self {
            open: record.open,
            since: record.since.0,
            until: record.until.map(DateTime::from),
            breaching: record.breaching,
            known: record.known,
            governed: record.governed,
            refused: record.refused,
            message: record.message.clone(),
        }
    }
}

impl From<&LedgerEntry> for LedgerLine {
    fn from(entry: &LedgerEntry) -> Self {
        Self { at: entry.at.into(), decision: entry.decision.clone() }
    }
}

impl From<&LedgerLine> for LedgerEntry {
    fn from(line: &LedgerLine) -> Self {
        Self { at: line.at.0, decision: line.decision.clone() }
    }
}

/// The newest [`LEDGER_MAX`] entries, as they are stored.
pub fn lines(ledger: &[LedgerEntry]) -> Vec<LedgerLine> {
    let skipped = ledger.len().saturating_sub(LEDGER_MAX);
    ledger.iter().skip(skipped).map(LedgerLine::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_engagements_are_kept_to_the_nanosecond() {
        let entry = |i: i64| LedgerEntry {
            at: DateTime::from_timestamp(i, 123_456_789).unwrap(),
            decision: format!("d{i}"),
        };
        let ledger: Vec<LedgerEntry> = (0..300).map(entry).collect();
        let text = serde_json::to_string(&lines(&ledger)).unwrap();
        let stored: Vec<LedgerLine> = serde_json::from_str(&text).unwrap();
        let read: Vec<LedgerEntry> = stored.iter().map(LedgerEntry::from).collect();
        assert_eq!(read, ledger[300 - LEDGER_MAX..]);
    }
}
