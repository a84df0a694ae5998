//! Who is owed which news of a Decision. Pure: what was told comes in, letters come out.

use super::ledger::Page;
use crate::domain::model::episode::Episode;
use crate::domain::model::news::{Event, Notice, Owed, end, happened, owed};
use crate::edge::notify::letter::{Hot, Letter, Life};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A letter, and to whom.
#[derive(Debug, Clone)]
pub struct Debt {
    pub notifier: String,
    pub owed: Owed,
    pub letter: Letter,
}

/// Who wants to be told of a Decision.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Those who may be.
    pub notices: &'a [Notice],
    /// Traces of requests behind it.
    pub traces: &'a [(String, Option<String>)],
    /// What is hot.
    pub rows: &'a [Hot],
    /// In which times are told.
    pub timezone: chrono_tz::Tz,
}

/// What is owed of `episode`. Whoever was told of it, and is named no more, is owed its end.
pub fn debts(
    now: DateTime<Utc>,
    wish: &Wish<'_>,
    page: &Page,
    (episode, blind): (&Episode, Option<DateTime<Utc>>),
) -> Vec<Debt> {
    let (happened, end) = (happened(episode, blind), end(episode));
    let mut events: BTreeMap<String, BTreeSet<Event>> = BTreeMap::new();
    for notice in wish.notices {
        events.entry(notice.notifier.clone()).or_default().extend(notice.events.iter().copied());
    }
    for notifier in page.open() {
        events.entry(notifier).or_default();
    }
    let past: Vec<(Event, DateTime<Utc>)> = happened.iter().map(|what| (what.event, what.at)).collect();
    let owing = events.into_iter().filter_map(|(notifier, events)| {
        let told = page.taken(&notifier);
        let owed = owed(now, &events, &told, &happened, end.as_ref())?;
        let (episode, past, timezone) = (episode.clone(), past.clone(), wish.timezone);
        let (traces, rows) = (wish.traces.to_vec(), wish.rows.to_vec());
        let life = Life { episode, owed: owed.clone(), told, past, traces, rows, timezone };
        Some(Debt { notifier, owed, letter: Letter::Life(Box::new(life)) })
    });
    owing.collect()
}

/// What `notifier` was told of a live Decision, to be told again as it stands; None: nothing, or
/// also of its end.
pub fn standing(
    notifier: &str,
    page: &Page,
    (episode, blind): (&Episode, Option<DateTime<Utc>>),
    (rows, timezone): (Vec<Hot>, chrono_tz::Tz),
) -> Option<Letter> {
    let told = page.told(notifier);
    let happened = happened(episode, blind);
    let what = happened.iter().rfind(|what| told.events.contains(&what.event)).filter(|_| !told.closed)?;
    let owed = Owed { what: what.clone(), closes: false, marks: BTreeSet::new() };
    let past = happened.iter().map(|what| (what.event, what.at)).collect();
    let (episode, traces) = (episode.clone(), Vec::new());
    Some(Letter::Life(Box::new(Life { episode, owed, told, past, traces, rows, timezone })))
}
