//! News of the whole fleet: what is the matter now, who was told, and who is to be told that it is over.

use super::debts::Debt;
use crate::domain::model::news::{Event, Happened, Notice, Owed, Told};
use crate::domain::model::rail::BreakerState;
use crate::domain::model::reason::Reason;
use crate::edge::crd::field::told::ToldEntry;
use crate::edge::notify::letter::{Fleet, Letter};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// How long after its last sign a storm is over.
const CALM: TimeDelta = TimeDelta::minutes(10);

/// Something that is the matter with the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub event: Event,
    pub since: DateTime<Utc>,
    /// In a sentence.
    pub why: String,
}

/// What is the matter, as far as it must be remembered from one look to the next.
#[derive(Debug, Default)]
pub struct Watch {
    /// When releaseAll was first seen.
    released: Option<DateTime<Utc>>,
    /// When the storm began, and was last seen.
    storm: Option<(DateTime<Utc>, DateTime<Utc>, String)>,
}

impl Watch {
    /// What is the matter at `now`.
    pub fn look(
        &mut self,
        now: DateTime<Utc>,
        breaker: Option<&BreakerState>,
        release_all: bool,
        storm: Option<&Reason>,
    ) -> Vec<Alarm> {
        let breaker = breaker.filter(|breaker| breaker.open);
        let breaker =
            breaker.map(|it| Alarm { event: Event::BreakerOpen, since: it.since, why: it.message.clone() });
        self.released = release_all.then(|| self.released.unwrap_or(now));
        let released =
            self.released.map(|since| Alarm { event: Event::ReleaseAll, since, why: String::new() });
        if let Some(reason) = storm {
            let since = self.storm.take().map_or(now, |(since, _, _)| since);
            self.storm = Some((since, now, reason.message.clone()));
        }
        self.storm = self.storm.take().filter(|(_, last, _)| now - *last < CALM);
        let storm = self.storm.clone();
        let storm = storm.map(|(since, _, why)| Alarm { event: Event::Storm, since, why });
        [breaker, released, storm].into_iter().flatten().collect()
    }
}

/// By receiver, what it was told of the fleet and is not over, and the same with what waits.
#[derive(Debug, Default)]
pub struct FleetPage {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Default)]
struct Row {
    told: BTreeSet<Event>,
    taken: BTreeSet<Event>,
    at: DateTime<Utc>,
}

impl FleetPage {
    /// The page of what is stored.
    pub fn of(entries: &[ToldEntry]) -> Self {
        let row = |entry: &ToldEntry| {
            let told = Told::from(entry).events;
            (entry.notifier.clone(), Row { taken: told.clone(), told, at: entry.at.into() })
        };
        Self { rows: entries.iter().map(row).collect() }
    }

    /// What is to be stored.
    pub fn entries(&self) -> Vec<ToldEntry> {
        let told = self.rows.iter().filter(|(_, row)| !row.told.is_empty());
        let entry = |(notifier, row): (&String, &Row)| {
            ToldEntry::new(notifier, &Told { events: row.told.clone(), ..Told::default() }, row.at)
        };
        told.map(entry).collect()
    }

    /// What is owed, and how it stands with the alarms.
    pub fn debts(&self, now: DateTime<Utc>, alarms: &[Alarm], notices: &[Notice]) -> Vec<Debt> {
        let mut events: BTreeMap<String, BTreeSet<Event>> = BTreeMap::new();
        for notice in notices {
            events.entry(notice.notifier.clone()).or_default().extend(notice.events.iter().copied());
        }
        for notifier in self.rows.keys() {
            events.entry(notifier.clone()).or_default();
        }
        let mut debts = Vec::new();
        for (notifier, events) in events {
            for event in Event::FLEET {
                let taken = self.rows.get(&notifier).is_some_and(|row| row.taken.contains(&event));
                let alarm = alarms.iter().find(|alarm| alarm.event == event);
                debts.extend(match (alarm, taken) {
                    (Some(alarm), false) if events.contains(&event) => {
                        Some(debt(&notifier, now, alarm, false))
                    }
                    (None, true) => {
                        let since = self.rows.get(&notifier).map_or(now, |row| row.at);
                        Some(debt(&notifier, now, &Alarm { event, since, why: String::new() }, true))
                    }
                    _ => None,
                });
            }
        }
        debts
    }

    /// What `notifier` was told and still is so, to be told again.
    pub fn standing(&self, now: DateTime<Utc>, notifier: &str, alarms: &[Alarm]) -> Vec<Letter> {
        let Some(row) = self.rows.get(notifier) else { return Vec::new() };
        let told = alarms.iter().filter(|alarm| row.told.contains(&alarm.event));
        told.map(|alarm| debt(notifier, now, alarm, false).letter).collect()
    }

    /// A letter is on its way.
    pub fn take(&mut self, notifier: &str, event: Event, closes: bool) {
        let row = self.rows.entry(notifier.to_string()).or_default();
        if closes {
            row.taken.remove(&event)
        } else {
            row.taken.insert(event)
        };
    }

    /// There was no room for it.
    pub fn give_back(&mut self, notifier: &str, event: Event, closes: bool) {
        self.take(notifier, event, !closes);
    }

    /// A letter has arrived.
    pub fn arrived(&mut self, notifier: &str, event: Event, closes: bool, at: DateTime<Utc>) {
        let row = self.rows.entry(notifier.to_string()).or_default();
        if closes {
            row.told.remove(&event)
        } else {
            row.told.insert(event)
        };
        row.at = at;
    }

    /// What waited for `notifier` is lost: it is owed again.
    pub fn lost(&mut self, notifier: &str) {
        if let Some(row) = self.rows.get_mut(notifier) {
            row.taken.clone_from(&row.told);
        }
    }
}

fn debt(notifier: &str, now: DateTime<Utc>, alarm: &Alarm, closes: bool) -> Debt {
    let Alarm { event, since, why } = alarm.clone();
    let at = if closes { now } else { since };
    let what = Happened { event, at, reasons: Vec::new() };
    let owed = Owed { what, closes, marks: [event].into() };
    let told = Told::default();
    let letter = Letter::Fleet(Fleet { event, closes, since, at, why, told });
    Debt { notifier: notifier.to_string(), owed, letter }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::reason::Code;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    fn notices() -> Vec<Notice> {
        vec![Notice { notifier: "oncall".into(), events: Event::FLEET.into() }]
    }

    /// (event, closes) of what is owed.
    fn owing(page: &FleetPage, now: i64, alarms: &[Alarm]) -> Vec<(Event, bool)> {
        let debts = page.debts(at(now), alarms, &notices());
        debts.into_iter().map(|debt| (debt.owed.what.event, debt.owed.closes)).collect()
    }

    #[test]
    fn a_storm_is_one_alarm_until_it_has_been_calm_for_a_while() {
        let mut watch = Watch::default();
        let storm = Reason::new(Code::Storm, "12 engagements refused");
        let mut seen = |minute, storm: Option<&Reason>| watch.look(at(minute), None, false, storm);
        assert_eq!(seen(0, None), []);
        assert_eq!(seen(1, Some(&storm))[0].since, at(1));
        assert_eq!(seen(5, Some(&storm))[0].since, at(1));
        assert_eq!(seen(14, None)[0].since, at(1));
        assert_eq!(seen(15, None), []);
    }

    #[test]
    fn what_is_the_matter_is_told_once_and_its_end_once_also_over_a_restart() {
        let mut page = FleetPage::default();
        let alarm = Alarm { event: Event::ReleaseAll, since: at(1), why: String::new() };
        let alarms = [alarm];
        assert_eq!(owing(&page, 1, &alarms), [(Event::ReleaseAll, false)]);
        page.take("oncall", Event::ReleaseAll, false);
        assert_eq!(owing(&page, 1, &alarms), []);
        assert!(page.entries().is_empty(), "it has not arrived");
        page.arrived("oncall", Event::ReleaseAll, false, at(2));
        let mut page = FleetPage::of(&page.entries());
        assert_eq!(owing(&page, 3, &alarms), []);
        assert_eq!(owing(&page, 4, &[]), [(Event::ReleaseAll, true)]);
        page.take("oncall", Event::ReleaseAll, true);
        assert_eq!(owing(&page, 4, &[]), []);
        assert_eq!(page.entries().len(), 1, "its end has not arrived");
        page.arrived("oncall", Event::ReleaseAll, true, at(5));
        assert!(page.entries().is_empty());
        page.lost("oncall");
        assert_eq!(owing(&page, 6, &[]), []);
    }
}
