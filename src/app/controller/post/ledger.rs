//! What each receiver was told of each Decision, and what is on its way to it.
//!
//! Owns the difference: what is stored says what was delivered, and what is not sent twice is that
//! and whatever waits or was given up.

use crate::domain::model::news::{Owed, Told};
use crate::edge::crd::field::told::ToldEntry;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// By receiver, what it was told of one Decision.
#[derive(Debug, Clone, Default)]
pub struct Page {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Clone, Default)]
struct Row {
    told: Told,
    /// The same with what waits, and what was given up.
    taken: Told,
    at: DateTime<Utc>,
}

impl Page {
    /// The page of what is stored.
    pub fn of(entries: &[ToldEntry]) -> Self {
        let row = |entry: &ToldEntry| {
            let told = Told::from(entry);
            (entry.notifier.clone(), Row { taken: told.clone(), told, at: entry.at.into() })
        };
        Self { rows: entries.iter().map(row).collect() }
    }

    /// What is to be stored.
    pub fn entries(&self) -> Vec<ToldEntry> {
        let told = self.rows.iter().filter(|(_, row)| !row.told.events.is_empty() || row.told.closed);
        told.map(|(notifier, row)| ToldEntry::new(notifier, &row.told, row.at)).collect()
    }

    /// What a receiver was told, with what is on its way.
    pub fn taken(&self, notifier: &str) -> Told {
        self.rows.get(notifier).map(|row| row.taken.clone()).unwrap_or_default()
    }

    /// What a receiver was told for sure.
    pub fn told(&self, notifier: &str) -> Told {
        self.rows.get(notifier).map(|row| row.told.clone()).unwrap_or_default()
    }

    /// Who was told, or is about to be, and not yet of the end.
    pub fn open(&self) -> BTreeSet<String> {
        let open = self.rows.iter().filter(|(_, row)| !row.taken.events.is_empty() && !row.taken.closed);
        open.map(|(notifier, _)| notifier.clone()).collect()
    }

    /// Whether nothing is on its way.
    pub fn is_at_rest(&self) -> bool {
        self.rows
            .values()
            .all(|row| row.taken.events == row.told.events && row.taken.closed == row.told.closed)
    }

    /// A letter is on its way.
    pub fn take(&mut self, notifier: &str, owed: &Owed) {
        let row = self.rows.entry(notifier.to_string()).or_default();
        row.taken.events.extend(owed.marks.iter().copied());
        row.taken.closed |= owed.closes;
    }

    /// There was no room for it.
    pub fn give_back(&mut self, notifier: &str, owed: &Owed) {
        let Some(row) = self.rows.get_mut(notifier) else { return };
        let told = row.told.events.clone();
        row.taken.events.retain(|event| told.contains(event) || !owed.marks.contains(event));
        row.taken.closed = row.told.closed || (row.taken.closed && !owed.closes);
    }

    /// A letter has arrived.
    pub fn arrived(&mut self, notifier: &str, owed: &Owed, handle: Option<String>, at: DateTime<Utc>) {
        self.take(notifier, owed);
        let row = self.rows.entry(notifier.to_string()).or_default();
        row.told.events.extend(owed.marks.iter().copied());
        row.told.closed |= owed.closes;
        if handle.is_some() {
            row.told.handle.clone_from(&handle);
            row.taken.handle = handle;
        }
        row.at = at;
    }

    /// What waited for a receiver is lost: it is owed again.
    pub fn lost(&mut self, notifier: &str) {
        if let Some(row) = self.rows.get_mut(notifier) {
            row.taken.clone_from(&row.told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::news::{Event, Happened};

    fn owed(event: Event, closes: bool) -> Owed {
        let what = Happened { event, at: DateTime::UNIX_EPOCH, reasons: Vec::new() };
        Owed { what, closes, marks: if closes { BTreeSet::new() } else { [event].into() } }
    }

    #[test]
    fn only_what_arrived_is_stored_and_nothing_on_its_way_is_sent_twice() {
        let mut page = Page::default();
        page.take("oncall", &owed(Event::Acted, false));
        assert!(page.entries().is_empty());
        assert!(page.taken("oncall").events.contains(&Event::Acted));
        page.arrived("oncall", &owed(Event::Acted, false), Some("C 1".into()), DateTime::UNIX_EPOCH);
        let stored = page.entries();
        assert_eq!((stored.len(), stored[0].closed, stored[0].message.as_deref()), (1, false, Some("C 1")));
        let again = Page::of(&stored);
        assert_eq!(again.open(), ["oncall".to_string()].into());
        assert_eq!(again.taken("oncall"), page.told("oncall"));
    }

    #[test]
    fn what_found_no_room_is_owed_again() {
        let mut page = Page::default();
        page.take("oncall", &owed(Event::Acted, false));
        page.give_back("oncall", &owed(Event::Acted, false));
        assert_eq!(page.taken("oncall"), Told::default());
        page.arrived("oncall", &owed(Event::Acted, false), None, DateTime::UNIX_EPOCH);
        page.take("oncall", &owed(Event::Restored, true));
        page.give_back("oncall", &owed(Event::Restored, true));
        assert_eq!(page.taken("oncall"), page.told("oncall"));
        assert_eq!(page.open().len(), 1);
    }
}
