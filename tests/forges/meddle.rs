//! A person at work on an issue in the very moments in which it is brought up to date.
//!
//! `FLYBALL_SEED=N` plays one order of events.

use super::stand::{Opened, Stand};
use crate::dice::Dice;
use flyball::domain::model::issue::{Answer, IssueStanding};
use flyball::domain::model::reason::Code;
use std::sync::atomic::{AtomicBool, Ordering};

/// Orders of events that are played.
const SEEDS: u64 = 4;
/// What a person does in each, and how often it is looked at meanwhile at least.
const DEEDS: usize = 7;
/// How often it is looked at at most: each look may write, and the tracker's budget is 120 writes.
const LOOKS: usize = 100;

/// Whatever the order: what the person wrote stays, what the person closed stays closed, and there is
/// one issue.
pub fn meanwhile(stand: &'static dyn Stand) {
    let one: Option<u64> = std::env::var("FLYBALL_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in one.map_or(1..SEEDS + 1, |seed| seed..seed + 1) {
        println!("{}: seed {seed}", stand.name());
        play(stand, seed);
    }
}

fn play(stand: &'static dyn Stand, seed: u64) {
    let house = Opened::open(stand, &format!("meanwhile-{seed}"));
    let mut plan = house.opened("first", 1);
    let (number, over) = (plan.issue.number.expect("it is open"), AtomicBool::new(false));
    let did = std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let did = person(&house, number, seed);
            over.store(true, Ordering::Release);
            did
        });
        let mut looks = 0;
        while looks < DEEDS || (looks < LOOKS && !over.load(Ordering::Acquire)) {
            plan.issue.weight += 1;
            looks += 1;
            if let Answer::Trouble(reason) = house.look(&plan).view.answer {
                assert_eq!(reason.code, Code::ProviderUnavailable, "seed {seed}: {reason}");
                // Refused, or undone by a person who had read it before: the next look sees to it.
                assert!(reason.message.contains("it is looked at again"), "seed {seed}: {reason}");
            }
        }
        person.join().expect("the person does not panic")
    });
    let standing = house.seen(&plan).standing;
    let all = house.issues();
    let [issue] = &all[..] else { panic!("seed {seed}: {all:?}") };
    assert_eq!(issue.comments, did.comments, "seed {seed}: ours is never a comment: {issue:?}");
    for label in &did.labels {
        assert!(issue.labels.contains(label), "seed {seed}: {label} is gone: {issue:?}");
    }
    for line in did.lines.iter().filter(|_| stand.guards_texts()) {
        assert!(issue.body.contains(line), "seed {seed}: {line} is gone: {issue:?}");
    }
    assert_eq!(issue.open, !did.closed, "seed {seed}: {issue:?}");
    let expected = if did.closed { IssueStanding::ClosedByPerson } else { IssueStanding::Open };
    assert_eq!(standing, expected, "seed {seed}");
}

/// What a person did.
#[derive(Default)]
struct Did {
    comments: u64,
    labels: Vec<String>,
    lines: Vec<String>,
    closed: bool,
}

fn person(house: &Opened, number: u64, seed: u64) -> Did {
    let (mut dice, mut did) = (Dice::new(seed), Did::default());
    let (stand, repository) = (house.stand, &house.repository);
    for deed in 0..DEEDS {
        match dice.below(4) {
            0 => {
                stand.comment(repository, number, "Looking at it");
                did.comments += 1;
            }
            1 => {
                let label = format!("team-{deed}");
                stand.label(repository, number, &label);
                did.labels.push(label);
            }
            2 => {
                let line = format!("We found something in step {deed}.");
                let body = house.issues().remove(0).body;
                stand.rewrite(repository, number, "Ours", &format!("{line}\n\n{body}"));
                did.lines.push(line);
            }
            _ if deed > DEEDS / 2 && !did.closed => {
                stand.close(repository, number, false);
                did.closed = true;
            }
            _ => {}
        }
    }
    did
}
