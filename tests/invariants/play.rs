//! One generated life: services that fall ill, people who meddle, stores that fail, deaths at every
//! write, and quiet at the end.

use super::check::Checker;
use super::dice::Dice;
use super::generate::{self, KEYS, SERVICES};
use super::world::make;
use super::world::tick::{Looks, Rules, World};
use chrono::{DateTime, TimeDelta, Utc};
use flyball::domain::model::episode::Phase;
use flyball::domain::model::fleet::LedgerEntry;
use flyball::domain::model::id::ServiceKey;
use flyball::domain::model::rail::{Approval, Pause, Pauses};
use flyball::domain::model::reading::{Reading, Rejection};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BUSY: usize = 120;
const QUIET: usize = 150;

/// How a service does for a while.
#[derive(Clone, Copy)]
enum Health {
    Well,
    Ill,
    Dreadful,
    Idle,
    Absent,
    Stale,
    Nan,
}

/// What a life is mostly about, so that what is rare comes often enough.
#[derive(Clone, Copy, PartialEq)]
enum Theme {
    Anything,
    Relapses,
    Faults,
    Questions,
}

struct Life {
    theme: Theme,
    dice: Dice,
    world: World,
    services: Vec<ServiceKey>,
    health: BTreeMap<ServiceKey, (Health, usize)>,
    /// A cut makes an ill service well.
    obeys: bool,
    removed: Vec<Value>,
    number: u64,
}

/// Plays the life of `seed` under `rules`; what was seen and what was wrong.
pub fn play(seed: u64, rules: Rules) -> Checker {
    let mut dice = Dice::new(seed);
    let start: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
    let mut world = World::new(start, generate::flags());
    world.rules = rules;
    world.governing = Some(make::governing(&generate::calm_governor()));
    let keep = dice.once_in(3);
    use Theme::{Anything, Faults, Questions, Relapses};
    let themes = [Anything, Relapses, Anything, Faults, Anything, Questions, Anything];
    let theme = themes[(seed % 7) as usize];
    for number in 0..1 + dice.below(3) {
        let mut written = generate::policy(&mut dice, number, keep);
        set_the_stage(theme, &mut written);
        world.policies.insert(make::key(&written), written);
    }
    world.accept();
    let services =
        SERVICES[..1 + dice.below(SERVICES.len())].iter().map(|s| ServiceKey::new("shop", *s)).collect();
    let obeys = dice.once_in(2);
    let health = BTreeMap::new();
    let mut life = Life { theme, dice, world, services, health, obeys, removed: Vec::new(), number: 0 };
    let mut checker = Checker::new(keep);
    for tick in 0..BUSY + QUIET {
        match tick {
            tick if tick < BUSY => life.meddle(),
            BUSY => life.calm_down(),
            _ => life.let_go(),
        }
        let looks = life.looks(tick >= BUSY);
        let lived = life.world.tick(looks.clone());
        checker.tick(&mut life.world, &looks, lived);
        if !lived {
            life.world.startup = TimeDelta::seconds(*life.dice.pick(&[0, 20]));
            life.world.restart();
            checker.restarted();
        }
        life.world.now += TimeDelta::seconds(10);
    }
    checker.end(&life.world);
    checker
}

impl Life {
    fn looks(&mut self, quiet: bool) -> Looks {
        let mut readings = BTreeMap::new();
        for service in self.services.clone() {
            let reading = self.reading(&service, quiet);
            readings.insert(service, reading);
        }
        let keys: Vec<_> = self.world.policies.keys().cloned().collect();
        keys.into_iter().map(|key| (key, readings.clone())).collect()
    }

    fn reading(&mut self, service: &ServiceKey, quiet: bool) -> Vec<Reading> {
        let (health, left) = self.health.get(service).copied().unwrap_or((Health::Well, 3));
        let live = self.world.live();
        let is = |phase: Phase| live.iter().any(|e| e.phase == phase && e.key.service == *service);
        let held = is(Phase::Holding);
        if self.theme == Theme::Relapses && is(Phase::Probing) && !self.dice.once_in(3) {
            self.health.insert(service.clone(), (Health::Dreadful, 8));
        } else if self.theme == Theme::Relapses && held && self.dice.once_in(3) {
            self.health.insert(service.clone(), (Health::Well, 12));
        }
        let (health, left) = self.health.get(service).copied().unwrap_or((health, left));
        if held && self.dice.once_in(12) {
            self.health.insert(service.clone(), (Health::Idle, 20));
        } else if left == 0 {
            let next = *self.dice.pick(&[
                Health::Well,
                Health::Well,
                Health::Ill,
                Health::Ill,
                Health::Ill,
                Health::Dreadful,
                Health::Idle,
                Health::Absent,
                Health::Stale,
                Health::Nan,
            ]);
            self.health.insert(service.clone(), (next, 1 + self.dice.below(14)));
        } else {
            self.health.insert(service.clone(), (health, left - 1));
        }
        let cut = self.world.live().iter().any(|episode| {
            let held = matches!(episode.phase, Phase::Holding | Phase::Latched);
            held && episode.key.service == *service
        });
        let same = |reading: Reading| vec![reading.clone(), reading];
        match if quiet { Health::Well } else { health } {
            Health::Ill | Health::Dreadful if cut && self.obeys => {
                vec![Reading::Fresh(0.1), Reading::Fresh(5.0)]
            }
            Health::Well => vec![Reading::Fresh(0.2), Reading::Fresh(5.0)],
            Health::Ill => vec![Reading::Fresh(3.0), Reading::Fresh(60.0)],
            Health::Dreadful => vec![Reading::Fresh(9.0), Reading::Fresh(500.0)],
            Health::Idle => same(Reading::Idle),
            Health::Absent => same(Reading::Absent),
            Health::Stale => same(Reading::Stale(Some(99))),
            Health::Nan => same(Reading::Rejected(Rejection::NotANumber)),
        }
    }

    fn key(&mut self) -> String {
        let service = *self.dice.pick(&SERVICES);
        match *self.dice.pick(&KEYS) {
            "all" => "all".to_string(),
            key => format!("{service}-{key}"),
        }
    }

    /// What people, stores and machines may do before a tick.
    fn meddle(&mut self) {
        self.follow_up();
        let seldom = if self.theme == Theme::Anything { 3 } else { 10 };
        if !self.dice.once_in(seldom) {
            return;
        }
        self.number += 1;
        let key = self.key();
        match self.dice.below(30) {
            0 => self.world.flags.edit_beside(&key, self.number),
            1 => self.world.flags.edit_inside(&key, self.number),
            2 => self.world.flags.put_back(&key),
            3 if self.dice.once_in(3) => self.world.flags.delete(&key),
            4 if self.world.flags.get(&key).is_none() => self.world.flags.make(&key),
            5 if self.dice.once_in(2) => {
                let variant = *self.dice.pick(&["off", "slow", "on"]);
                self.world.flags.set(&key, "defaultVariant", json!(variant));
            }
            5 => {
                let state = *self.dice.pick(&["ENABLED", "DISABLED"]);
                self.world.flags.set(&key, "state", json!(state));
            }
            6 => self.delete_a_decision(),
            7 => {
                let holds: Vec<String> = self.world.stored.holds().into_keys().collect();
                holds.first().into_iter().for_each(|name| self.world.stored.lose_hold(name));
            }
            8..=11 => self.answer(),
            12 | 13 => {
                let spec = generate::governor(&mut self.dice);
                self.world.governing = spec.map(|spec| make::governing(&spec));
                self.world.accept();
            }
            14 => self.annotate(),
            15 => self.pause(),
            16 => self.change_policies(),
            17 | 18 => {
                self.world.startup = TimeDelta::seconds(*self.dice.pick(&[0, 0, 30]));
                self.world.restart();
            }
            19..=22 => self.world.stored.fuse = Some(self.dice.below(7) as u32),
            23 => self.world.unreachable = self.dice.once_in(2),
            24 => self.world.stored.failing = self.dice.once_in(3),
            25 => self.world.moved = self.dice.once_in(3),
            26 => self.world.undeclared = self.dice.once_in(3),
            27 => self.lose(),
            _ => {
                self.world.unreachable = false;
                self.world.stored.failing = false;
                self.world.moved = false;
                self.world.undeclared = false;
            }
        }
    }

    /// What people do about what they see, so that rare phases are left in every way.
    fn follow_up(&mut self) {
        let live = self.world.live();
        let any = |phase: Phase| live.iter().find(|episode| episode.phase == phase);
        if any(Phase::AwaitingApproval).is_some() && self.dice.once_in(3) {
            self.answer();
        }
        if let Some(latched) = any(Phase::Latched).filter(|_| self.dice.once_in(6)) {
            let annotation = json!({"flyball.dev/unlatch": latched.key.tier});
            self.world.policies.values_mut().for_each(|policy| policy["annotations"] = annotation.clone());
            self.world.accept();
        }
        if let Some(held) =
            any(Phase::Holding).and_then(|e| e.flags.first()).filter(|_| self.dice.once_in(30))
        {
            self.world.flags.delete(&held.key.clone());
        }
        if any(Phase::Holding).is_some() && self.dice.once_in(60) {
            live.iter().for_each(|episode| self.world.stored.lose_decision(&episode.name));
            self.world.stored.lose_memories();
            self.world.restart();
        }
        if let Some(latched) =
            any(Phase::Latched).and_then(|e| e.flags.first()).filter(|_| self.dice.once_in(8))
        {
            self.world.flags.put_back(&latched.key.clone());
        }
        if let Some(held) = any(Phase::Holding).and_then(|e| e.flags.last()).filter(|_| self.dice.once_in(30))
        {
            self.number += 1;
            match self.number % 2 {
                0 => self.world.flags.put_back(&held.key.clone()),
                _ => self.world.flags.edit_beside(&held.key.clone(), self.number),
            }
        }
        if let Some(acting) = any(Phase::Acting).filter(|_| self.world.flags.unwritable) {
            self.health.insert(acting.key.service.clone(), (Health::Dreadful, 14));
        }
        if self.dice.once_in(40) {
            let service = *self.dice.pick(&SERVICES);
            let (member, value) =
                *self.dice.pick(&[("state", "DISABLED"), ("state", "ENABLED"), ("defaultVariant", "off")]);
            self.world.flags.set(&format!("{service}-cache"), member, json!(value));
        }
        if self.theme == Theme::Faults {
            self.fault(any(Phase::Acting).is_some() || any(Phase::Probing).is_some());
        }
        if self.world.flags.unwritable {
            self.world.flags.unwritable = !self.dice.once_in(25);
        } else {
            self.world.flags.unwritable = self.dice.once_in(60);
        }
    }

    /// Stores fail, most of all while something is to be written.
    fn fault(&mut self, busy: bool) {
        let often = if busy { 4 } else { 25 };
        self.world.unreachable = match self.world.unreachable {
            true => !self.dice.once_in(10),
            false => self.dice.once_in(often),
        };
        if self.dice.once_in(12) {
            self.world.governing = generate::governor(&mut self.dice).map(|spec| make::governing(&spec));
            self.world.accept();
        }
    }

    fn delete_a_decision(&mut self) {
        let live = self.world.live();
        if !live.is_empty() {
            let name = self.dice.pick(&live).name.clone();
            self.world.stored.lose_decision(&name);
        }
    }

    fn answer(&mut self) {
        let asking = self.world.live().into_iter().filter(|e| e.phase == Phase::AwaitingApproval);
        let asking: Vec<_> = asking.collect();
        let right = !self.dice.once_in(4);
        let approve = !self.dice.once_in(3);
        for episode in asking {
            let shown = episode.ask.map(|ask| ask.hash).unwrap_or_default();
            self.world.stored.approvals.push(Approval {
                decision: episode.name,
                namespace: episode.key.service.namespace,
                hash: if right { shown } else { "of yesterday".into() },
                approve,
                by: "ann".into(),
            });
        }
    }

    fn annotate(&mut self) {
        let annotation = match self.dice.below(5) {
            0 => json!({"flyball.dev/paused": "act"}),
            1 => json!({"flyball.dev/paused": "all"}),
            2 => json!({"flyball.dev/unlatch": "t0"}),
            3 => json!({"flyball.dev/unlatch": "t1"}),
            _ => json!({}),
        };
        self.world.policies.values_mut().for_each(|policy| policy["annotations"] = annotation.clone());
        self.world.accept();
    }

    fn pause(&mut self) {
        let pause = Pause { act: self.dice.once_in(2), restore: self.dice.once_in(2) };
        let mut pauses = Pauses::default();
        match self.dice.below(3) {
            0 => drop(pauses.namespaces.insert("shop".into(), pause)),
            1 => drop(pauses.workloads.insert(ServiceKey::new("shop", SERVICES[0]), pause)),
            _ => {}
        }
        self.world.pauses = pauses;
    }

    fn change_policies(&mut self) {
        let keys: Vec<_> = self.world.policies.keys().cloned().collect();
        match self.dice.below(4) {
            0 if !keys.is_empty() => {
                let key = self.dice.pick(&keys).clone();
                self.removed.extend(self.world.policies.remove(&key));
            }
            1 => {
                let back = std::mem::take(&mut self.removed);
                self.world.policies.extend(back.into_iter().map(|written| (make::key(&written), written)));
            }
            2 => {
                let mode = *self.dice.pick(&["Observe", "Approve", "Enforce", "Enforce"]);
                for policy in self.world.policies.values_mut() {
                    policy["spec"]["mode"] = json!(mode);
                    policy["generation"] = json!(policy["generation"].as_i64().unwrap() + 1);
                }
            }
            _ => {
                for policy in self.world.policies.values_mut() {
                    policy["spec"]["tiers"][0]["actions"] = json!([]);
                    policy["generation"] = json!(policy["generation"].as_i64().unwrap() + 1);
                }
            }
        }
        self.world.accept();
    }

    fn lose(&mut self) {
        match self.dice.below(4) {
            0 => self.world.stored.ledger.clear(),
            1 => {
                let at = self.world.now + TimeDelta::minutes(30);
                self.world.stored.ledger.push(LedgerEntry { at, decision: "of tomorrow".into() });
            }
            2 => {
                for episode in self.world.live() {
                    self.world.stored.lose_decision(&episode.name);
                }
                self.world.stored.lose_memories();
                self.world.restart();
            }
            _ => {
                self.world.stored.lose_memories();
                self.world.restart();
            }
        }
    }

    /// Faults end, and people undo what they did.
    fn calm_down(&mut self) {
        let world = &mut self.world;
        world.unreachable = false;
        world.stored.failing = false;
        world.stored.fuse = None;
        world.flags.unwritable = false;
        world.moved = false;
        world.undeclared = false;
        world.pauses = Pauses::default();
        world.startup = TimeDelta::zero();
        let mut spec = generate::calm_governor();
        spec["confirmTime"] = json!(world.now.to_rfc3339());
        world.governing = Some(make::governing(&spec));
        world.policies.values_mut().for_each(|policy| policy["annotations"] = json!({}));
        world.accept();
    }

    /// People let go of what only a person ends.
    fn let_go(&mut self) {
        let latched = self.world.live().into_iter().filter(|e| e.phase == Phase::Latched);
        for episode in latched.collect::<Vec<_>>() {
            self.world.stored.lose_decision(&episode.name);
        }
    }
}

/// Bends a policy to what a life is about.
fn set_the_stage(theme: Theme, written: &mut Value) {
    if theme == Theme::Questions {
        written["spec"]["mode"] = json!("Approve");
    }
    for tier in written["spec"]["tiers"].as_array_mut().unwrap() {
        if theme == Theme::Relapses {
            tier["latchAfter"] = json!(1);
            tier["maxDuration"] = json!("900s");
            tier["recover"] = json!({"for": "20s"});
        }
        if theme == Theme::Faults {
            tier["verify"] = json!({"signal": "reject", "within": "20s", "onIneffective": "Undo"});
            tier["cooldown"] = json!("0s");
        }
    }
}
