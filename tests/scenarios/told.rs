//! Reading a story and playing it in the world.

use super::world::flags::Flags;
use super::world::history::Step;
use super::world::make;
use super::world::tick::{Looks, World};
use chrono::{DateTime, TimeDelta, Utc};
use flyball::domain::model::id::{PolicyKey, ServiceKey};
use flyball::domain::model::rail::{Approval, Pause};
use flyball::domain::model::reading::{Reading, Rejection};
use flyball::domain::policy::duration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FIELDS: [&str; 10] =
    ["story", "policies", "governor", "flags", "every", "until", "readings", "events", "expect", "refusals"];

/// Plays a story; what went otherwise than it says.
pub fn tell(text: &str) -> Vec<String> {
    let story = flyball::edge::yaml::to_value(text).unwrap_or_else(|why| panic!("{why}"));
    for field in story.as_object().expect("a story is a map").keys() {
        assert!(FIELDS.contains(&field.as_str()) || field == "end", "{field} is no field of a story");
    }
    let mut stage = Stage::set(&story);
    let mut ticks = 0;
    while stage.offset() <= span(&story["until"]) {
        stage.happen();
        stage.play(ticks);
        ticks += 1;
        stage.world.now += stage.every;
    }
    stage.differences()
}

struct Stage<'s> {
    story: &'s Value,
    world: World,
    start: DateTime<Utc>,
    /// What a clock that was set differs by from the story's own time.
    shift: TimeDelta,
    every: TimeDelta,
    events: Vec<(TimeDelta, &'s Value)>,
    readings: BTreeMap<(String, String, String), Vec<Reading>>,
}

fn span(value: &Value) -> TimeDelta {
    let text = value.as_str().unwrap_or("10s");
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let read = duration::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    TimeDelta::from_std(read).unwrap() * sign
}

impl<'s> Stage<'s> {
    fn set(story: &'s Value) -> Self {
        let start: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
        let flags = story["flags"].as_object().cloned().unwrap_or_default();
        let flags = flags.into_iter().map(|(key, own)| (key, merged(Flags::plain(), &own))).collect();
        let mut world = World::new(start, flags);
        let spec = if story["governor"].is_null() { json!({}) } else { story["governor"].clone() };
        if spec != json!("none") {
            world.governing = Some(make::governing(&spec));
        }
        for policy in story["policies"].as_array().expect("policies is a list") {
            world.policies.insert(make::key(policy), policy.clone());
        }
        world.accept();
        let events = story["events"].as_array().into_iter().flatten();
        let events = events.map(|event| (span(&event["at"]), event)).collect();
        let every = span(&story["every"]);
        Self { story, world, start, shift: TimeDelta::zero(), every, events, readings: readings(story) }
    }

    fn offset(&self) -> TimeDelta {
        self.world.now - self.start - self.shift
    }

    /// What people and stores do before this tick.
    fn happen(&mut self) {
        let now = self.offset();
        let (due, rest): (Vec<_>, Vec<_>) = self.events.drain(..).partition(|(at, _)| *at <= now);
        self.events = rest;
        for (_, event) in due {
            for (verb, how) in event.as_object().expect("an event is a map") {
                if verb != "at" {
                    self.event(verb, how);
                }
            }
        }
    }

    fn event(&mut self, verb: &str, how: &Value) {
        let world = &mut self.world;
        let text = || how.as_str().unwrap_or_default();
        match verb {
            "governor" if *how == json!("none") => world.governing = None,
            "governor" => world.governing = Some(make::governing(how)),
            "spec" | "annotations" => self.change(verb, how),
            "remove-policy" => {
                world.policies.retain(|key, _| key.name != text());
                world.accept();
            }
            "add-policy" => {
                world.policies.insert(make::key(how), how.clone());
                world.accept();
            }
            "beside" => world.flags.edit_beside(text(), 7),
            "inside" => world.flags.edit_inside(text(), 7),
            "put-back" => world.flags.put_back(text()),
            "delete-flag" => world.flags.delete(text()),
            "make-flag" => world.flags.make(text()),
            "set" => {
                let key = how["flag"].as_str().unwrap();
                world.flags.set(key, how["member"].as_str().unwrap(), how["value"].clone());
            }
            "delete-decision" => {
                for name in self.live(text()) {
                    self.world.stored.lose_decision(&name);
                }
            }
            "delete-hold" => {
                let holds = world.stored.holds();
                let lost = holds.iter().filter(|(_, hold)| hold.target.key == text());
                lost.for_each(|(name, _)| world.stored.lose_hold(name));
            }
            "lose-memories" => world.stored.lose_memories(),
            "lose-ledger" => world.stored.ledger.clear(),
            "answer" => self.answer(how),
            "restart" => {
                world.startup = span(how);
                world.restart();
            }
            "crash" => world.stored.fuse = Some(how.as_u64().unwrap() as u32),
            "unreachable" => world.unreachable = how == true,
            "objects-fail" => world.stored.failing = how == true,
            "moved" => world.moved = how == true,
            "undeclared" => world.undeclared = how == true,
            "pause" => self.pause(how),
            "clock" => {
                world.now += span(how);
                world.cycle.forget_after(world.now);
                world.started = world.now;
                self.shift += span(how);
            }
            other => panic!("{other} is no event"),
        }
    }

    /// Changes a policy: its spec, which makes another generation, or its annotations, which do not.
    fn change(&mut self, what: &str, how: &Value) {
        for (name, change) in how.as_object().unwrap() {
            let policy = self.world.policies.values_mut().find(|policy| policy["name"] == **name).unwrap();
            policy[what] = merged(policy[what].clone(), change);
            if what == "spec" {
                policy["generation"] = json!(policy["generation"].as_i64().unwrap_or(1) + 1);
            }
        }
        self.world.accept();
    }

    /// Live Decisions of `service/tier`.
    fn live(&self, who: &str) -> Vec<String> {
        let of = |episode: &flyball::domain::model::episode::Episode| {
            format!("{}/{}", episode.key.service.service, episode.key.tier) == who
        };
        self.world.live().into_iter().filter(of).map(|episode| episode.name).collect()
    }

    /// A DecisionApproval for the live Decision of `tier`, by its hash unless another is given.
    fn answer(&mut self, how: &Value) {
        let who = how["tier"].as_str().unwrap();
        let live = self.world.live().into_iter();
        let mut of = live.filter(|e| format!("{}/{}", e.key.service.service, e.key.tier) == who);
        let episode = of.next().unwrap_or_else(|| panic!("nothing of {who} is live at {:?}", self.offset()));
        let shown = episode.ask.map(|ask| ask.hash).unwrap_or_default();
        self.world.stored.approvals.push(Approval {
            decision: episode.name,
            namespace: episode.key.service.namespace,
            hash: how["hash"].as_str().map_or(shown, str::to_string),
            approve: how["verdict"] == "Approve",
            by: how["by"].as_str().unwrap_or("ann").to_string(),
        });
    }

    fn pause(&mut self, how: &Value) {
        let parse = |text: &Value| Pause::parse(text.as_str().unwrap()).unwrap_or_default();
        let pauses = &mut self.world.pauses;
        for (namespace, text) in how["namespaces"].as_object().into_iter().flatten() {
            pauses.namespaces.insert(namespace.clone(), parse(text));
        }
        for (service, text) in how["workloads"].as_object().into_iter().flatten() {
            let (namespace, name) = service.split_once('/').unwrap();
            pauses.workloads.insert(ServiceKey::new(namespace, name), parse(text));
        }
    }

    fn play(&mut self, tick: usize) {
        let mut looks = Looks::new();
        for ((policy, service, signal), readings) in &self.readings {
            let Some((key, index, count)) = self.find(policy, signal) else { continue };
            let reading = readings.get(tick).or(readings.last()).unwrap().clone();
            let (namespace, name) = service.split_once('/').unwrap_or(("shop", service));
            let service = ServiceKey::new(namespace, name);
            let all = looks.entry(key).or_default().entry(service);
            all.or_insert_with(|| vec![Reading::NotApplicable; count])[index] = reading;
        }
        if !self.world.tick(looks) {
            self.world.restart();
        }
    }

    fn find(&self, policy: &str, signal: &str) -> Option<(PolicyKey, usize, usize)> {
        let spec = self.world.cycle.policies().find(|known| known.key.name == policy)?;
        let index = spec.signals.iter().position(|known| known.name == signal)?;
        Some((spec.key.clone(), index, spec.signals.len()))
    }

    fn differences(self) -> Vec<String> {
        let mut found: BTreeMap<String, Vec<&Step>> = BTreeMap::new();
        for step in &self.world.history.steps {
            found.entry(self.short(&step.who)).or_default().push(step);
        }
        let expected = self.story["expect"].as_object().cloned().unwrap_or_default();
        let mut wrong = Vec::new();
        let names: BTreeSet<String> = found.keys().chain(expected.keys()).cloned().collect();
        for name in names {
            let told: Vec<String> = strings(&expected.get(&name).cloned().unwrap_or_default());
            let steps = found.get(&name).cloned().unwrap_or_default();
            let same = told.len() == steps.len()
                && told.iter().zip(&steps).all(|(told, step)| self.fits(told, step));
            if !same {
                let was: Vec<String> = steps.iter().map(|step| self.line(step)).collect();
                wrong.push(format!("  {name} took the steps\n{}  instead of\n{}", list(&was), list(&told)));
            }
        }
        wrong.extend(self.refusals());
        wrong.extend(self.end());
        wrong
    }

    /// `service/tier`, with the policy where a story has several.
    fn short(&self, who: &str) -> String {
        let who = who.strip_prefix("shop/").unwrap_or(who);
        match self.story["policies"].as_array().map_or(0, Vec::len) {
            1 => who.split(" of ").next().unwrap_or(who).to_string(),
            _ => who.to_string(),
        }
    }

    fn when(&self, step: &Step) -> String {
        let span = step.at - self.start;
        let sign = if span < TimeDelta::zero() { "-" } else { "" };
        format!("{sign}{}", duration::format(span.abs().to_std().unwrap_or_default()))
    }

    fn line(&self, step: &Step) -> String {
        let outcome = step.outcome.map_or(String::new(), |outcome| format!("/{}", outcome.as_str()));
        let codes: Vec<&str> = step.codes.iter().map(|code| code.as_str()).collect();
        let why = step.sentences.join("; ");
        format!("{} {}{outcome} {}      # {why}", self.when(step), step.to.as_str(), codes.join("+"))
    }

    fn fits(&self, told: &str, step: &Step) -> bool {
        let words: Vec<&str> = told.split_whitespace().collect();
        let [when, phase, codes @ ..] = words.as_slice() else { return false };
        let (phase, outcome) = phase.split_once('/').map_or((*phase, None), |(p, o)| (p, Some(o)));
        let outcome_fits = outcome.is_none_or(|told| step.outcome.is_some_and(|o| o.as_str() == told));
        let wanted: Vec<&str> = codes.iter().flat_map(|codes| codes.split('+')).collect();
        let codes_fit = wanted.iter().all(|code| step.codes.iter().any(|known| known.as_str() == *code));
        *when == self.when(step) && phase == step.to.as_str() && outcome_fits && codes_fit
    }

    /// The codes of everything that was refused without a Decision, by tier.
    fn refusals(&self) -> Vec<String> {
        let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (_, who, codes) in &self.world.history.refusals {
            found.entry(self.short(who)).or_default().extend(codes.iter().map(|code| code.as_str()));
        }
        let told = self.story["refusals"].as_object().cloned().unwrap_or_default();
        let told: BTreeMap<String, BTreeSet<String>> =
            told.into_iter().map(|(who, codes)| (who, strings(&codes).into_iter().collect())).collect();
        let was: BTreeMap<String, BTreeSet<String>> = found
            .into_iter()
            .map(|(who, codes)| (who, codes.into_iter().map(str::to_string).collect()))
            .collect();
        match told == was {
            true => Vec::new(),
            false => vec![format!("  refused without a Decision: {was:?} instead of {told:?}")],
        }
    }

    /// How the flags and the stored objects are at the end.
    fn end(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, told) in self.story["end"].as_object().into_iter().flatten() {
            let flag = self.world.flags.get(key);
            let cut = self.world.flags.is_cut(key);
            let original = flag.is_some() && flag.as_ref() == self.world.flags.people.get(key);
            let fits = match told.as_str() {
                Some("cut") => cut,
                Some("original") => original,
                Some("gone") => flag.is_none(),
                _ => panic!("{key} ends as cut, original or gone"),
            };
            if !fits {
                wrong.push(format!("  flag {key} is not {told} but {}", flag.unwrap_or_default()));
            }
        }
        wrong
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_string()).collect()
}

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  - {line}\n")).collect()
}

/// `own` over `base`, maps merged, null removing.
fn merged(base: Value, own: &Value) -> Value {
    match (base, own) {
        (Value::Object(mut base), Value::Object(own)) => {
            for (key, value) in own {
                let under = base.remove(key).unwrap_or_default();
                if !value.is_null() {
                    base.insert(key.clone(), merged(under, value));
                }
            }
            Value::Object(base)
        }
        (_, own) => own.clone(),
    }
}

/// `policy: {service: {signal: "1*6 5*12 absent"}}`: each reading so many times, the last for ever.
fn readings(story: &Value) -> BTreeMap<(String, String, String), Vec<Reading>> {
    let mut all = BTreeMap::new();
    for (policy, services) in story["readings"].as_object().into_iter().flatten() {
        for (service, signals) in services.as_object().into_iter().flatten() {
            for (signal, text) in signals.as_object().into_iter().flatten() {
                let text = text.as_str().map_or_else(|| text.to_string(), str::to_string);
                all.insert((policy.clone(), service.clone(), signal.clone()), runs(&text));
            }
        }
    }
    all
}

fn runs(text: &str) -> Vec<Reading> {
    let mut readings = Vec::new();
    for run in text.split_whitespace() {
        let (word, count) = run.split_once('*').unwrap_or((run, "1"));
        let reading = match word {
            "idle" => Reading::Idle,
            "absent" => Reading::Absent,
            "stale" => Reading::Stale(Some(99)),
            "never" => Reading::NotApplicable,
            "nan" => Reading::Rejected(Rejection::NotANumber),
            "failed" => Reading::Rejected(Rejection::SourceFailed),
            number => Reading::Fresh(number.parse().unwrap_or_else(|_| panic!("{number} is no reading"))),
        };
        readings.extend(std::iter::repeat_n(reading, count.parse().unwrap()));
    }
    readings
}
