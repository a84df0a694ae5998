//! Two engines of flagd, the crate whose rules the program evaluates before a cut and the one of npm, on the
//! same documents: before the cut, with it, after its deadline, and once it is given back.
//!
//! Documents are drawn from a printed seed. The engines must agree at every stage; a cut must be the fallback
//! for both, and what comes after it what was before it.

use super::history::Chance;
use super::wait::epoch;
use chrono::DateTime;
use flagd_evaluation_engine::{FlagParser, Operator};
use flyball::domain::model::flag::FlagTarget;
use flyball::domain::model::hold::FlagHold;
use flyball::edge::flags::error::Fault;
use flyball::edge::flags::flagd;
use open_feature::EvaluationContext;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const DOCUMENTS: usize = 400;
const KEY: &str = "check";
const PAST: i64 = 1_000_000_000;
const FUTURE: i64 = 4_000_000_000;

/// One document as it is before the cut, with it, after it, and given back.
struct Life {
    stages: [String; 4],
    contexts: Vec<Value>,
}

/// What the contexts are served; None where the engine has an error.
type Served = Vec<Option<String>>;

pub fn agree(ofrep: &Path) {
    let seed = std::env::var("FLYBALL_LIVE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(epoch() as u64);
    println!("documents: FLYBALL_LIVE_SEED={seed}");
    let mut chance = Chance(seed);
    let mut refused = 0;
    let mut lives = Vec::new();
    while lives.len() < DOCUMENTS {
        match life(&mut chance) {
            Some(life) => lives.push(life),
            None => refused += 1,
        }
    }
    let theirs = asked(ofrep, &lives);
    let mut differ = 0;
    for (life, theirs) in lives.iter().zip(&theirs) {
        let ours: Vec<Served> = life.stages.iter().map(|text| served(text, &life.contexts)).collect();
        for (engine, [before, cut, after, restored]) in
            [("crate", ours.as_slice()), ("npm", theirs.as_slice())]
                .map(|(name, served)| (name, stages(served)))
        {
            let told = || format!("{engine}: {:?} {:?}", life.stages, life.contexts);
            assert!(cut.iter().all(|variant| variant.as_deref() == Some("off")), "{cut:?} {}", told());
            assert_eq!(after, before, "{}", told());
            assert_eq!(restored, before, "{}", told());
        }
        if ours != *theirs {
            differ += 1;
            println!("they differ on {}: {:?} and {:?}", life.stages[0], ours[0], theirs[0]);
        }
    }
    println!("{DOCUMENTS} documents, {refused} more refused, {differ} that the engines read otherwise");
    assert_eq!(differ, 0, "the engines disagree on {differ} of {DOCUMENTS} documents");
}

fn stages(served: &[Served]) -> [&Served; 4] {
    served.iter().collect::<Vec<_>>().try_into().expect("there are four")
}

/// A document and what becomes of it; None where it may not be cut.
fn life(chance: &mut Chance) -> Option<Life> {
    let mut flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false, "third": 3}, "defaultVariant": "on"});
    if chance.next() < 0.9 {
        flag["targeting"] = choice(chance, 3);
    }
    let rules = json!({"beta": {"==": [{"var": "tier"}, "beta"]}});
    let text = json!({"$evaluators": rules, "flags": {KEY: flag}}).to_string();
    let cut = |deadline: i64| flagd::cut(&text, &hold(&flag, deadline), &flag.to_string());
    let now = match cut(FUTURE) {
        Ok(now) => now.expect("it is not cut yet"),
        Err(Fault::Refused(_)) => return None,
        Err(other) => panic!("{other:?} {text}"),
    };
    let ended = cut(PAST).expect("it can be cut").expect("it is not cut yet");
    let node: Value = serde_json::from_str(&now).expect("it is JSON");
    let restored = flagd::restore(&now, &hold(&flag, FUTURE), &node["flags"][KEY].to_string());
    let restored = restored.expect("it can be given back").expect("it is cut");
    let contexts = (0..5).map(|_| context(chance)).collect();
    Some(Life { stages: [text, now, ended, restored], contexts })
}

fn hold(flag: &Value, deadline: i64) -> FlagHold {
    FlagHold {
        target: FlagTarget {
            provider: "flags".into(),
            store: "file".into(),
            endpoint: "/flags.json".into(),
            project: None,
            object: None,
            key: KEY.into(),
        },
        installation: "here".into(),
        pre_image: flag.to_string(),
        uid: None,
        fallback: "off".into(),
        deadline: DateTime::from_timestamp(deadline, 0),
        claims: Vec::new(),
        created: None,
    }
}

fn one_of<'a>(chance: &mut Chance, words: &[&'a str]) -> &'a str {
    let at = (chance.next() * words.len() as f64) as usize;
    words[at.min(words.len() - 1)]
}

const WORDS: [&str; 5] = ["beta", "gold", "a@example.com", "b@example.org", "1.10.0"];

/// A rule as people write them, an object.
fn choice(chance: &mut Chance, depth: usize) -> Value {
    if chance.next() < 0.15 {
        let share = (chance.next() * 100.0) as u32;
        return json!({"fractional": [["on", share], ["third", 100 - share]]});
    }
    let mut parts = vec![test(chance), leaf(chance, depth)];
    if chance.next() < 0.7 {
        parts.push(leaf(chance, depth));
    }
    json!({ "if": parts })
}

fn leaf(chance: &mut Chance, depth: usize) -> Value {
    match (depth, chance.next()) {
        (1.., ..0.4) => choice(chance, depth - 1),
        (_, ..0.95) => json!(one_of(chance, &["on", "off", "third"])),
        _ => Value::Null,
    }
}

fn test(chance: &mut Chance) -> Value {
    let var = json!({"var": one_of(chance, &["tier", "email", "version", "targetingKey", "missing"])});
    let word = one_of(chance, &WORDS);
    match (chance.next() * 9.0) as u32 {
        0 => json!({"==": [var, word]}),
        1 => json!({"!=": [var, word]}),
        2 => json!({"in": [var, [word, "beta"]]}),
        3 => json!({"starts_with": [var, "a"]}),
        4 => json!({"ends_with": [var, "example.com"]}),
        5 => json!({"sem_ver": [{"var": "version"}, ">=", "1.2.0"]}),
        6 => json!({"and": [test(chance), {"$ref": "beta"}]}),
        7 => json!({">": [{"var": "age"}, 30]}),
        _ => json!({"!": [var]}),
    }
}

fn context(chance: &mut Chance) -> Value {
    let mut context = json!({"targetingKey": format!("user-{}", (chance.next() * 1000.0) as u32)});
    for (name, words) in [("tier", &WORDS[..2]), ("email", &WORDS[2..4])] {
        if chance.next() < 0.7 {
            context[name] = json!(one_of(chance, words));
        }
    }
    if chance.next() < 0.7 {
        context["version"] = json!(one_of(chance, &["1.1.9", "1.2.0", "1.10.0", "2.0.0"]));
    }
    if chance.next() < 0.7 {
        context["age"] = json!((chance.next() * 60.0) as i64);
    }
    context
}

/// What the crate's engine serves.
fn served(text: &str, contexts: &[Value]) -> Served {
    let flags = FlagParser::parse_string(text).unwrap_or_else(|error| panic!("{error} {text}")).flags;
    let flag = &flags[KEY];
    let rule = flag.get_targeting();
    // The operator alone would serve the empty rule itself; its callers never ask it about none.
    let has_rule = rule != "{}";
    let one = |context: &Value| {
        let mut user = EvaluationContext::default();
        for (name, value) in context.as_object().expect("it is an object") {
            user = match (name.as_str(), value.as_str(), value.as_i64()) {
                ("targetingKey", Some(key), _) => user.with_targeting_key(key),
                (name, Some(text), _) => user.with_custom_field(name, text),
                (name, None, number) => user.with_custom_field(name, number.expect("it is a number")),
            };
        }
        let variant = if has_rule { Operator::new().apply(KEY, &rule, &user).ok()? } else { None };
        Some(variant.unwrap_or_else(|| flag.default_variant.clone()))
    };
    contexts.iter().map(one).collect()
}

/// What the engine of npm serves, by document and stage.
fn asked(ofrep: &Path, lives: &[Life]) -> Vec<Vec<Served>> {
    let mut command = Command::new(ofrep);
    command.arg("--evaluate").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut engine = command.spawn().expect("the engine can be started");
    let mut input = engine.stdin.take().expect("it has an input");
    let output = BufReader::new(engine.stdout.take().expect("it has an output"));
    let lines = std::thread::scope(|scope| {
        scope.spawn(move || {
            for life in lives {
                for document in &life.stages {
                    let line = json!({"document": document, "key": KEY, "contexts": life.contexts});
                    writeln!(input, "{line}").expect("the engine reads");
                }
            }
        });
        output.lines().map(|line| line.expect("the engine writes")).collect::<Vec<String>>()
    });
    assert!(engine.wait().expect("it ends").success(), "the engine failed");
    assert_eq!(lines.len(), lives.len() * 4, "it did not answer everything");
    let read = |line: &String| serde_json::from_str::<Served>(line).expect("variants as JSON");
    lines.chunks(4).map(|four| four.iter().map(read).collect()).collect()
}
