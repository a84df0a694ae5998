//! From letters to a message: what is said, in one language, as data.
//!
//! Owns the table and its limits. Every text from outside is cleaned here, once, of what no reader
//! should meet; what a receiver's own marks mean is escaped by the receiver.

use super::escape::{clean, word};
use super::letter::{Fleet, Hot, Letter, Life};
use super::words::chinese::Chinese;
use super::words::english::English;
use super::words::tongue::{Heading, Tongue, View};
use crate::domain::model::effect::Effect;
use crate::domain::model::episode::{Episode, HeldFlag};
use crate::domain::model::id::{PolicyKey, digest};
use crate::domain::model::message::{Change, Fact, Link, Message, Subject};
use crate::domain::model::news::{Event, Language};
use crate::domain::model::reading::Number;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Names that are told of many.
const NAMES: usize = 5;
/// Reasons that are told.
const REASONS: usize = 6;
/// Traces, and issues, that are told.
const TRACES: usize = 3;
/// Rows of evidence that are told of one signal.
const ROWS: usize = 3;
/// Longest of one text, in characters.
const TEXT: usize = 400;
/// Longest value of a flag that is shown as it is, in characters.
const SHORT: usize = 40;

/// The message of `letters`, which belong together; None of none.
pub fn compose(language: Language, letters: &[Letter]) -> Option<Message> {
    let tongue: &dyn Tongue = match language {
        Language::English => &English,
        Language::Chinese => &Chinese,
    };
    match letters {
        [Letter::Fleet(fleet), ..] => Some(of_fleet(tongue, fleet)),
        letters => {
            let lives = letters.iter().filter_map(|letter| match letter {
                Letter::Life(life) => Some(&**life),
                Letter::Fleet(_) => None,
            });
            let lives: Vec<&Life> = lives.collect();
            lives.first().map(|first| of_lives(tongue, first, &lives))
        }
    }
}

/// What tells a second telling of the same from the first.
pub fn key(letter: &Letter) -> String {
    match letter {
        Letter::Life(life) => {
            let end = if life.owed.closes { "/end" } else { "" };
            let (key, event) = (&life.episode.key, life.owed.what.event.as_str());
            format!("{}/{}/{event}{end}", word(&key.service.namespace), word(&life.episode.name))
        }
        Letter::Fleet(fleet) => {
            let end = if fleet.closes { "/end" } else { "" };
            format!("fleet/{}/{}{end}", fleet.event.as_str(), fleet.since.timestamp())
        }
    }
}

fn of_fleet(tongue: &dyn Tongue, fleet: &Fleet) -> Message {
    let (title, sentence) = tongue.fleet(fleet.event, fleet.closes);
    let why = clean(&tongue.sentence(&fleet.why), TEXT);
    let time = fact(tongue, Heading::Time, stamp(fleet.at, chrono_tz::UTC));
    Message {
        key: key(&Letter::Fleet(fleet.clone())),
        event: fleet.event,
        closes: fleet.closes,
        severity: fleet.event.severity(fleet.closes),
        at: fleet.at,
        title,
        sentences: vec![sentence],
        reasons: if why.is_empty() || fleet.closes { Vec::new() } else { vec![why] },
        evidence: Vec::new(),
        facts: vec![time],
        changes: Vec::new(),
        links: vec![command("kubectl describe governor default".to_string())],
        subjects: Vec::new(),
        labels: tongue.labels(),
    }
}

fn of_lives(tongue: &dyn Tongue, first: &Life, all: &[&Life]) -> Message {
    let view = view(first, all);
    let what = &first.owed.what;
    let at = all.iter().map(|life| life.owed.what.at).max().unwrap_or(what.at);
    let keys: Vec<String> = all.iter().map(|life| key(&Letter::Life(Box::new((*life).clone())))).collect();
    let key = match keys.as_slice() {
        [one] => one.clone(),
        many => {
            let parts: Vec<&str> = many.iter().map(String::as_str).collect();
            format!("group/{}/{}", what.event.as_str(), digest(&parts, 16))
        }
    };
    let single = !view.is_group();
    Message {
        key,
        event: what.event,
        closes: first.owed.closes,
        severity: what.event.severity(first.owed.closes),
        at,
        title: tongue.title(&view),
        sentences: tongue.sentences(&view),
        reasons: what
            .reasons
            .iter()
            .take(REASONS)
            .map(|reason| clean(&tongue.reason(reason), TEXT))
            .collect(),
        evidence: if single && !first.owed.closes { evidence(&first.rows) } else { Vec::new() },
        facts: facts(tongue, &view, first, all),
        changes: if single { changes(tongue, first) } else { Vec::new() },
        links: links(tongue, &view, first),
        subjects: all.iter().map(|life| subject(life)).collect(),
        labels: tongue.labels(),
    }
}

/// The first rows of each signal: `lock-wait-p99, top-locks: 1.7 s (lock=inventory)`.
fn evidence(rows: &[Hot]) -> Vec<String> {
    let place = |at: usize| rows[..at].iter().filter(|hot| hot.signal == rows[at].signal).count();
    let told = rows.iter().enumerate().filter(|(at, _)| place(*at) < ROWS);
    told.map(|(_, hot)| clean(&line(hot), TEXT)).collect()
}

fn line(Hot { signal, row }: &Hot) -> String {
    let labels: Vec<String> = row.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let value = format!("{} {}", Number(row.value), row.unit);
    let place = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
    format!("{signal}, {}: {}{place}", row.query, value.trim_end())
}

fn links(tongue: &dyn Tongue, view: &View, first: &Life) -> Vec<Link> {
    if view.is_group() {
        return vec![command(format!("kubectl get decisions -A | grep {}", view.tier_word))];
    }
    let mut links =
        vec![command(format!("kubectl -n {} describe decision {}", view.namespace, view.decision))];
    let issues = first.episode.issues.iter().filter(|issue| !issue.url.is_empty());
    links.extend(issues.take(TRACES).map(|issue| {
        let number = issue.number.map_or(String::new(), |number| format!("#{number}"));
        Link { title: clean(&format!("{}{number}", issue.repository), TEXT), url: issue.url.clone() }
    }));
    links.extend(first.traces.iter().take(TRACES).map(|(id, url)| {
        let title = format!("{} {}", tongue.labels().traces, clean(id, SHORT));
        Link { title, url: url.clone().unwrap_or_default() }
    }));
    links
}

fn view(first: &Life, all: &[&Life]) -> View {
    let Episode { key, level, flags, deadline, ask, .. } = &first.episode;
    let single = all.len() == 1;
    let flags = flags.iter().filter(|_| single);
    let place = match &key.policy {
        PolicyKey { namespace: Some(namespace), name } => {
            format!("-n {} healthpolicy {}", word(namespace), word(name))
        }
        PolicyKey { namespace: None, name } => format!("clusterhealthpolicy {}", word(name)),
    };
    View {
        event: first.owed.what.event,
        closes: first.owed.closes,
        level: clean(level, TEXT),
        tier: clean(&key.tier, TEXT),
        policy: clean(&key.policy.to_string(), TEXT),
        policy_place: place,
        services: all.iter().map(|life| clean(&life.episode.key.service.to_string(), TEXT)).collect(),
        flags: flags.map(|flag| (clean(&flag.key, TEXT), clean(&flag.fallback, SHORT))).collect(),
        cut: !first.episode.flags.is_empty(),
        namespace: word(&key.service.namespace),
        decision: word(&first.episode.name),
        tier_word: word(&key.tier),
        hash: ask.as_ref().map(|ask| clean(&ask.hash, TEXT)).filter(|hash| !hash.is_empty()),
        deadline: deadline.filter(|_| single).map(|at| stamp(at, first.timezone)),
        at: stamp(first.owed.what.at, first.timezone),
    }
}

fn facts(tongue: &dyn Tongue, view: &View, first: &Life, all: &[&Life]) -> Vec<Fact> {
    let mut facts = Vec::new();
    match view.services.as_slice() {
        [one] => facts.push(fact(tongue, Heading::Service, one.clone())),
        many => {
            let names = &many[..many.len().min(NAMES)];
            let value = format!("{}: {}", many.len(), tongue.names(names, many.len() - names.len()));
            facts.push(fact(tongue, Heading::Services, value));
        }
    }
    facts.push(fact(tongue, Heading::Policy, view.policy.clone()));
    facts.push(fact(tongue, Heading::Tier, tongue.tier(&view.tier, &view.level)));
    facts.push(fact(tongue, Heading::Time, view.at.clone()));
    if let [Life { episode, owed, .. }] = all {
        let held = episode.held_until(owed.what.at);
        if owed.closes && held > 0 {
            facts.push(fact(tongue, Heading::Held, tongue.duration(held)));
        }
        if let Some(deadline) = view.deadline.as_ref().filter(|_| !owed.closes && episode.first_cut.is_some())
        {
            facts.push(fact(tongue, Heading::Deadline, deadline.clone()));
        }
        let effect = episode.effect.as_ref().and_then(|it| effect(tongue, it));
        facts.extend(effect.map(|effect| fact(tongue, Heading::Effect, effect)));
        facts.push(fact(tongue, Heading::Decision, clean(&first.episode.name, TEXT)));
    }
    facts
}

fn effect(tongue: &dyn Tongue, effect: &Effect) -> Option<String> {
    Some(clean(&tongue.effect(effect.verdict?, &effect.message), TEXT))
}

fn fact(tongue: &dyn Tongue, heading: Heading, value: String) -> Fact {
    Fact { name: heading.as_str(), label: tongue.heading(heading).to_string(), value }
}

fn command(text: String) -> Link {
    Link { title: text, url: String::new() }
}

/// The flags as they change by what is told, or would.
fn changes(tongue: &dyn Tongue, life: &Life) -> Vec<Change> {
    let event = life.owed.what.event;
    let untouched =
        matches!(event, Event::Denied | Event::Passed | Event::Failed | Event::FlagGone | Event::Superseded);
    let flags = life.episode.flags.iter().filter(|_| !untouched);
    let one = |flag: &HeldFlag| {
        let before = before(tongue, flag);
        let (before, after) = match life.owed.closes && life.episode.first_cut.is_some() {
            true => (flag.fallback.clone(), before),
            false => (before, flag.fallback.clone()),
        };
        Change { what: clean(&flag.key, TEXT), before: clean(&before, SHORT), after: clean(&after, SHORT) }
    };
    flags.map(one).collect()
}

/// What stood in the flag: itself where it is short, the default of a flagd flag, else a word.
fn before(tongue: &dyn Tongue, flag: &HeldFlag) -> String {
    let parsed: Option<Value> = serde_json::from_str(&flag.before).ok();
    let default = parsed.as_ref().and_then(|flag| flag["defaultVariant"].as_str());
    match (default, flag.before.as_str()) {
        (Some(default), _) => default.to_string(),
        (None, "") => tongue.original().to_string(),
        (None, text) if text.chars().count() <= SHORT && !text.starts_with('{') => text.to_string(),
        (None, _) => tongue.original().to_string(),
    }
}

fn subject(life: &Life) -> Subject {
    let Episode { key, name, level, .. } = &life.episode;
    let told = |event: &Event| life.told.events.contains(event) || life.owed.marks.contains(event);
    Subject {
        decision: name.clone(),
        namespace: clean(&key.service.namespace, TEXT),
        service: clean(&key.service.service, TEXT),
        policy: clean(&key.policy.to_string(), TEXT),
        policy_kind: key.policy.kind(),
        tier: clean(&key.tier, TEXT),
        level: clean(level, TEXT),
        events: life.past.iter().filter(|(event, _)| told(event)).copied().collect(),
        ended: life.owed.closes.then_some(life.owed.what.at),
    }
}

/// To the second, in the policy's time zone, whose abbreviation is told.
fn stamp(at: DateTime<Utc>, timezone: chrono_tz::Tz) -> String {
    at.with_timezone(&timezone).format("%F %T %Z").to_string()
}
