//! Who governs: the rules of the Lease, as a pure function.
//!
//! Whether another's lease has run out is judged by how long we have seen it unchanged on our own
//! monotonic clock; its time stamps are other people's clocks and are never compared with ours.

use std::time::Duration;

/// The Lease as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// None or empty: released.
    pub holder: Option<String>,
    /// How long a renewal lasts.
    pub duration: Duration,
    /// How often it changed hands: the fencing epoch.
    pub transitions: u32,
    /// `metadata.resourceVersion`.
    pub version: String,
}

/// What one candidate knows.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub identity: String,
    /// How long a lease of ours lasts.
    pub duration: Duration,
    /// The version last seen, and since when it has been unchanged.
    seen: Option<(String, Duration)>,
}

/// What to do about the Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// There is none: create it.
    Create,
    /// It is ours: renew it.
    Renew,
    /// It is free or has run out: take it over.
    Take,
    /// It is another's.
    Wait { holder: String },
}

impl Candidate {
    pub fn new(identity: impl Into<String>, duration: Duration) -> Self {
        Self { identity: identity.into(), duration, seen: None }
    }

    /// What to do about what is stored, seen at `now`.
    pub fn next(&mut self, stored: Option<&Record>, now: Duration) -> Move {
        let Some(record) = stored else { return Move::Create };
        let since = match &self.seen {
            Some((version, since)) if *version == record.version => *since,
            _ => now,
        };
        self.seen = Some((record.version.clone(), since));
        match record.holder.as_deref().unwrap_or("") {
            "" => Move::Take,
            holder if holder == self.identity => Move::Renew,
            _ if now.saturating_sub(since) >= record.duration => Move::Take,
            holder => Move::Wait { holder: holder.to_string() },
        }
    }

    /// The record to write for a move; None where nothing is written.
    pub fn record(&self, next: &Move, stored: Option<&Record>) -> Option<Record> {
        let version = stored.map(|record| record.version.clone()).unwrap_or_default();
        let former = stored.map_or(0, |record| record.transitions);
        let transitions = match next {
            Move::Create => 0,
            Move::Renew => former,
            Move::Take => former.saturating_add(1),
            Move::Wait { .. } => return None,
        };
        Some(Record { holder: Some(self.identity.clone()), duration: self.duration, transitions, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn record(holder: &str, version: &str) -> Record {
        Record { holder: Some(holder.into()), duration: LEASE, transitions: 4, version: version.into() }
    }

    fn wait(holder: &str) -> Move {
        Move::Wait { holder: holder.into() }
    }

    #[test]
    fn another_lease_runs_out_only_when_it_was_seen_unchanged_for_its_whole_duration() {
        let mut candidate = Candidate::new("me", LEASE);
        for (now, version, expected) in [
            (s(1000), "1", wait("other")), // however old its time stamps are
            (s(1029), "1", wait("other")),
            (s(1029), "2", wait("other")), // renewed: begins anew
            (s(1058), "2", wait("other")),
            (s(1059), "2", Move::Take),
        ] {
            let stored = record("other", version);
            assert_eq!(candidate.next(Some(&stored), now), expected, "at {now:?}, version {version}");
        }
    }

    #[test]
    fn a_missing_a_released_and_an_own_lease_are_had_at_once() {
        let mut candidate = Candidate::new("me", LEASE);
        assert_eq!(candidate.next(None, s(0)), Move::Create);
        assert_eq!(candidate.next(Some(&record("", "1")), s(0)), Move::Take);
        assert_eq!(candidate.next(Some(&Record::default()), s(0)), Move::Take);
        assert_eq!(candidate.next(Some(&record("me", "2")), s(0)), Move::Renew);
    }

    #[test]
    fn the_epoch_counts_changes_of_hands_and_nothing_else() {
        let candidate = Candidate::new("me", LEASE);
        let stored = record("other", "9");
        let written = |next: Move| candidate.record(&next, Some(&stored));
        assert_eq!(written(Move::Take).unwrap().transitions, 5);
        assert_eq!(written(Move::Renew).unwrap().transitions, 4);
        assert_eq!(written(wait("other")), None);
        let taken = written(Move::Take).unwrap();
        assert_eq!((taken.holder.as_deref(), taken.version.as_str()), (Some("me"), "9"));
        assert_eq!(candidate.record(&Move::Create, None).unwrap().transitions, 0);
    }
}
