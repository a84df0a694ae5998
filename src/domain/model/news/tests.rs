//! Lives of Decisions, and what is owed of them.

use super::*;
use crate::domain::model::effect::{Effect, Gauge};
use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use crate::domain::model::reason::Code;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minutes * 60, 0).unwrap()
}

/// A life through `phases`, one a minute from minute 1.
fn life(phases: &[Phase]) -> Episode {
    let policy = PolicyKey { namespace: Some("shop".into()), name: "p".into() };
    let key = TierKey { policy, service: ServiceKey::new("shop", "inventory"), tier: "cut".into() };
    let mut episode = Episode {
        name: "inventory-cut-1".into(),
        key,
        policy_uid: "u".into(),
        ordinal: 1,
        level: "Fuse".into(),
        started: at(1),
        phase: Phase::WouldAct,
        since: at(1),
        first_cut: None,
        deadline: None,
        outcome: None,
        relapses: 0,
        held_seconds: 0,
        ask: None,
        effect: None,
        issues: Vec::new(),
        flags: Vec::new(),
        reasons: Vec::new(),
        transitions: Vec::new(),
    };
    for (i, phase) in phases.iter().enumerate() {
        let reason = Reason::new(Code::ConditionTrue, format!("step {i}"));
        episode.enter(at(1 + i as i64), *phase, vec![reason]);
    }
    episode
}

fn ended(mut episode: Episode, minute: i64, outcome: Outcome) -> Episode {
    episode.end(at(minute), outcome, vec![Reason::new(Code::ProbePassed, "well")]);
    episode
}

fn told(events: &[Event]) -> Told {
    Told { events: events.iter().copied().collect(), ..Told::default() }
}

/// (event, closes, marks) of what is owed at minute 10.
fn debt(events: &[Event], told: &Told, episode: &Episode) -> Option<(Event, bool, Vec<Event>)> {
    let events = events.iter().copied().collect();
    let owed = owed(at(10), &events, told, &happened(episode, None), end(episode).as_ref())?;
    Some((owed.what.event, owed.closes, owed.marks.into_iter().collect()))
}

const ALL: &[Event] = &Event::ALL;

#[test]
fn every_phase_is_the_event_that_people_know_it_by() {
    for (phases, expected) in [
        (&[Phase::WouldAct][..], &[Event::WouldAct][..]),
        (&[Phase::Blocked], &[Event::Blocked]),
        (&[Phase::AwaitingApproval], &[Event::AwaitingApproval]),
        (&[Phase::Acting], &[]),
        (&[Phase::Acting, Phase::Holding], &[Event::Acted]),
        (&[Phase::Open], &[Event::Acted]),
        (&[Phase::Acting, Phase::Holding, Phase::Probing, Phase::Acting, Phase::Holding], &[Event::Acted]),
        (
            &[Phase::Blocked, Phase::Acting, Phase::Holding, Phase::Latched],
            &[Event::Blocked, Event::Acted, Event::Latched],
        ),
        (&[Phase::Acting, Phase::Holding, Phase::Restoring], &[Event::Acted]),
    ] {
        let found: Vec<Event> = happened(&life(phases), None).into_iter().map(|what| what.event).collect();
        assert_eq!(found, expected, "{phases:?}");
    }
}

#[test]
fn a_cut_is_explained_by_why_it_was_made_not_by_its_being_read_back() {
    let acted = happened(&life(&[Phase::Acting, Phase::Holding]), None).remove(0);
    assert_eq!((acted.at, acted.reasons[0].message.as_str()), (at(2), "step 0"));
}

#[test]
fn every_outcome_is_an_event_and_its_word() {
    for outcome in Outcome::ALL {
        assert_eq!(Event::of(outcome).as_str(), outcome.as_str());
        let episode = ended(life(&[Phase::Acting, Phase::Holding]), 5, outcome);
        let expected = Some((Event::of(outcome), true, vec![]));
        assert_eq!(debt(&[Event::of(outcome)], &Told::default(), &episode), expected);
    }
    assert_eq!(Event::ALL.map(Event::as_str).iter().collect::<BTreeSet<_>>().len(), Event::ALL.len());
}

#[test]
fn each_event_is_told_once_and_only_to_whom_it_concerns() {
    let episode = life(&[Phase::AwaitingApproval, Phase::Acting, Phase::Holding]);
    let both = vec![Event::AwaitingApproval, Event::Acted];
    assert_eq!(debt(ALL, &Told::default(), &episode), Some((Event::Acted, false, both)));
    let asked = told(&[Event::AwaitingApproval]);
    assert_eq!(debt(ALL, &asked, &episode), Some((Event::Acted, false, vec![Event::Acted])));
    assert_eq!(debt(ALL, &told(&[Event::AwaitingApproval, Event::Acted]), &episode), None);
    assert_eq!(debt(&[Event::Latched], &Told::default(), &episode), None);
}

#[test]
fn whoever_was_told_of_a_cut_is_told_of_its_end_once() {
    let episode = ended(life(&[Phase::Acting, Phase::Holding]), 5, Outcome::Released);
    let cut = told(&[Event::Acted]);
    assert_eq!(debt(&[Event::Acted], &cut, &episode), Some((Event::Released, true, vec![])));
    assert_eq!(debt(&[Event::Acted], &Told { closed: true, ..cut }, &episode), None);
    assert_eq!(debt(&[Event::Latched], &Told::default(), &episode), None, "who never heard of it does not");
}

#[test]
fn a_life_that_ended_before_anything_could_be_told_makes_one_message() {
    let episode = ended(life(&[Phase::Acting, Phase::Holding]), 5, Outcome::Restored);
    let expected = Some((Event::Restored, true, vec![Event::Acted]));
    assert_eq!(debt(&[Event::Acted], &Told::default(), &episode), expected);
}

#[test]
fn old_news_is_told_only_to_whom_an_end_is_owed() {
    let episode = ended(life(&[Phase::Acting, Phase::Holding]), 5, Outcome::Restored);
    let events = Event::ALL.into_iter().collect();
    let late = |told: &Told| owed(at(500), &events, told, &happened(&episode, None), end(&episode).as_ref());
    assert_eq!(late(&Told::default()), None);
    assert!(late(&told(&[Event::Acted])).is_some_and(|owed| owed.closes));
}

#[test]
fn a_cut_that_does_not_help_is_told_while_it_stands_and_not_twice_when_it_is_undone() {
    let mut episode = life(&[Phase::Acting, Phase::Holding]);
    let before = Gauge { signal: "rejects".into(), excess: 1.0, easing: false };
    let verdict = Some(EffectVerdict::Ineffective);
    let message = "no better".to_string();
    episode.effect = Some(Effect { before, clock: Some(at(3)), company: false, verdict, message });
    let cut = told(&[Event::Acted]);
    assert_eq!(debt(ALL, &cut, &episode), Some((Event::Ineffective, false, vec![Event::Ineffective])));
    episode.outcome = Some(Outcome::Ineffective);
    assert_eq!(debt(ALL, &cut, &episode), None, "it is being given back, and its end will say so");
    let episode = ended(episode, 6, Outcome::Ineffective);
    assert_eq!(debt(ALL, &cut, &episode), Some((Event::Ineffective, true, vec![])));
}

#[test]
fn blindness_concerns_live_holds_alone() {
    let holding = life(&[Phase::Acting, Phase::Holding]);
    let events = |episode: &Episode| happened(episode, Some(at(4))).last().map(|what| what.event);
    assert_eq!(events(&holding), Some(Event::Blind));
    assert_eq!(events(&life(&[Phase::WouldAct])), Some(Event::WouldAct));
}
