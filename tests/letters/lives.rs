//! Lives of Decisions to tell of: one for every event and outcome, with reasons as the governor gives
//! them.

use chrono::{DateTime, Utc};
use flyball::domain::model::effect::{Effect, EffectVerdict, Gauge};
use flyball::domain::model::episode::{Ask, Episode, HeldFlag, Outcome, Phase};
use flyball::domain::model::evidence::Row;
use flyball::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use flyball::domain::model::news::{Event, Owed, Told, end, happened, owed};
use flyball::domain::model::reason::{Code, Reason};
use flyball::edge::notify::letter::{Fleet, Hot, Letter, Life};

/// What the example is of, and its letters.
pub type Example = (String, Vec<Letter>);

const ILL: &str = "reject-rate (0.52 ratio) beyond its limit 0.15 for 4 readings is True; \
    lock-wait-p99 (1.8 s) anomalous (usual 0.02 to 0.31) is True";
const WELL: &str = "reject-rate (0.01 ratio) beyond its limit 0.15 for 4 readings is False; \
    lock-wait-p99 (0.04 s) anomalous (usual 0.02 to 0.31) is False";

/// A time of the day of the examples.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-10T{time}Z").parse().expect("it is a time")
}

fn reason(code: Code, message: &str) -> Reason {
    Reason::new(code, message)
}

/// One that has just been born, at noon.
fn born(service: &str, level: &str) -> Episode {
    let policy = PolicyKey { namespace: Some("shop".into()), name: "inventory".into() };
    let tier = if level == "Fuse" { "strong-check" } else { "local-cache" };
    let key = TierKey { policy, service: ServiceKey::new("shop", service), tier: tier.into() };
    let flag = HeldFlag {
        action: "cut".into(),
        provider: "flags".into(),
        key: format!("{service}-{tier}"),
        fallback: if level == "Fuse" { "off" } else { "on" }.into(),
        hold: "hold-1".into(),
        before: format!(
            r#"{{"defaultVariant":"{}","state":"ENABLED","variants":{{"on":true,"off":false}}}}"#,
            if level == "Fuse" { "on" } else { "off" }
        ),
        failing_since: None,
        served_at: None,
    };
    Episode {
        name: format!("{service}-{tier}-0123456789"),
        key,
        policy_uid: "uid".into(),
        ordinal: 3,
        level: level.into(),
        started: at("12:00:00"),
        phase: Phase::Acting,
        since: at("12:00:00"),
        first_cut: None,
        deadline: Some(at("13:00:00")),
        outcome: None,
        relapses: 0,
        held_seconds: 0,
        ask: None,
        effect: None,
        issues: Vec::new(),
        flags: vec![flag],
        reasons: Vec::new(),
        transitions: Vec::new(),
    }
}

/// One that only wants to act.
fn wishing(phase: Phase, reasons: Vec<Reason>) -> Episode {
    let mut episode = Episode { deadline: None, ..born("inventory", "Fuse") };
    let why = std::iter::once(reason(Code::ConditionTrue, ILL)).chain(reasons).collect();
    episode.enter(at("12:00:00"), phase, why);
    episode
}

/// One that holds.
fn holding(level: &str) -> Episode {
    let mut episode = Episode { first_cut: Some(at("12:00:00")), ..born("inventory", level) };
    episode.enter(at("12:00:00"), Phase::Acting, vec![reason(Code::ConditionTrue, ILL)]);
    let verified = reason(Code::CutVerified, "every flag was read back at its fallback");
    episode.enter(at("12:00:02"), Phase::Holding, vec![verified]);
    episode
}

fn judged(mut episode: Episode, verdict: EffectVerdict, message: &str) -> Episode {
    let before = Gauge { signal: "reject-rate".into(), excess: 0.37, easing: false };
    let (clock, message) = (Some(at("12:03:00")), message.to_string());
    episode.effect = Some(Effect { before, clock, company: false, verdict: Some(verdict), message });
    episode
}

fn ended(mut episode: Episode, outcome: Outcome, reasons: Vec<Reason>) -> Episode {
    if episode.first_cut.is_some() && outcome == Outcome::Restored {
        let well = format!("well for 30 readings: {WELL}");
        episode.enter(at("12:10:00"), Phase::Probing, vec![reason(Code::Recovered, &well)]);
    }
    episode.end(at("12:13:30"), outcome, reasons);
    episode
}

fn letter(episode: Episode, told: &[Event], blind: Option<DateTime<Utc>>) -> Letter {
    let told = Told { events: told.iter().copied().collect(), ..Told::default() };
    let (happened, end) = (happened(&episode, blind), end(&episode));
    let owed: Owed = owed(at("12:14:00"), &Event::ALL.into(), &told, &happened, end.as_ref()).expect("news");
    let past = happened.iter().map(|what| (what.event, what.at)).collect();
    let timezone = "Asia/Shanghai".parse().expect("it is a time zone");
    let link = "https://traces.example/trace/4bf92f3577b34da6a3ce929d0e0e4736".to_string();
    let traces = vec![("4bf92f3577b34da6a3ce929d0e0e4736".to_string(), Some(link))];
    Letter::Life(Box::new(Life { episode, owed, told, past, traces, rows: rows(), timezone }))
}

/// What the evidence queries of two signals answered.
fn rows() -> Vec<Hot> {
    let row = |signal: &str, query: &str, label: &str, value: f64, unit: &str| {
        let labels = [label.split_once('=').expect("a label")].map(|(a, b)| (a.to_string(), b.to_string()));
        let row = Row { query: query.into(), labels: labels.into(), value, unit: unit.into() };
        Hot { signal: signal.into(), row }
    };
    vec![
        row("reject-rate", "by-path", "path=/reserve", 41.3, "req/s"),
        row("lock-wait-p99", "top-locks", "lock=inventory.Reserve", 1.73, "s"),
        row("lock-wait-p99", "top-locks", "lock=catalog.refresh", 0.21, "s"),
        row("lock-wait-p99", "top-locks", "lock=audit", 0.04, "s"),
        row("lock-wait-p99", "top-locks", "lock=never-told", 0.01, "s"),
    ]
}

fn fleet(event: Event, closes: bool, why: &str) -> Letter {
    let (since, at) = (at("12:00:00"), if closes { at("12:31:00") } else { at("12:00:00") });
    Letter::Fleet(Fleet { event, closes, since, at, why: why.into(), told: Told::default() })
}

/// The event that letters are about.
pub fn event(letters: &[Letter]) -> Event {
    match &letters[0] {
        Letter::Life(life) => life.owed.what.event,
        Letter::Fleet(fleet) => fleet.event,
    }
}

/// A cut, just made.
pub fn cut() -> Vec<Letter> {
    vec![letter(holding("Fuse"), &[], None)]
}

/// Cuts of many services at once.
pub fn many(count: usize) -> Vec<Letter> {
    let one = |i: usize| {
        let mut episode = holding("Fuse");
        episode.key.service.service = format!("service-{i:03}");
        episode.name = format!("service-{i:03}-strong-check-0123456789");
        letter(episode, &[], None)
    };
    (0..count).map(one).collect()
}

/// A cut whose every name and reason is `text`.
pub fn written_by_outsiders(text: &str) -> Vec<Letter> {
    let mut episode = holding("Fuse");
    episode.key.service = ServiceKey::new(text, text);
    episode.key.tier = text.into();
    episode.flags[0].key = text.into();
    episode.flags[0].before = text.into();
    episode.transitions[0].reasons = vec![reason(Code::ConditionTrue, text)];
    let mut letter = letter(episode, &[], None);
    if let Letter::Life(life) = &mut letter {
        let labels = [(text.to_string(), text.to_string())].into();
        let row = Row { query: text.into(), labels, value: 1.0, unit: text.into() };
        life.rows = vec![Hot { signal: text.into(), row }];
    }
    vec![letter]
}

/// One of every event and outcome.
pub fn all() -> Vec<Example> {
    let acted = &[Event::Acted][..];
    let restored = "every flag was read back with its original";
    let back = || reason(Code::RestoreVerified, restored);
    let end =
        |outcome, code, message: &str| ended(holding("Fuse"), outcome, vec![reason(code, message), back()]);
    let passed = || reason(Code::ConditionFalse, WELL);
    let probed = format!("well during the probe: {WELL}");
    let improved =
        "reject-rate was 0.37 beyond its threshold before the cut and is 0.14 on the good side of it after";
    let worse = "reject-rate was 0.37 beyond its threshold before the cut and is 0.35 beyond it after";
    let mut asking = wishing(
        Phase::AwaitingApproval,
        vec![reason(Code::ApprovalAwaited, "a person must approve it first")],
    );
    asking.ask = Some(Ask { rules: Vec::new(), hash: "9f2c4e7a1b3d5f60".into(), by: None });
    let mut latched = holding("Fuse");
    latched.enter(
        at("12:12:00"),
        Phase::Latched,
        vec![reason(Code::TooManyRelapses, "it stays cut until a person or its deadline ends it")],
    );
    let budget = reason(Code::BudgetExceeded, "budget perNamespace: 5 of 5 used");
    let mut blind = holding("Fuse");
    blind.reasons = vec![reason(
        Code::Blind,
        "the evidence is missing, the cut stays: reject-rate (absent) beyond its limit 0.15 for 4 readings is Unknown",
    )];
    let well = judged(holding("Fuse"), EffectVerdict::Improved, improved);
    let undone = judged(holding("Fuse"), EffectVerdict::Ineffective, worse);
    let people = {
        let mut episode = Episode { flags: Vec::new(), deadline: None, ..born("inventory", "Optimize") };
        episode.enter(
            at("12:00:00"),
            Phase::Open,
            vec![reason(
                Code::ConditionTrue,
                "lock-contention (140) beyond its limit 100 for 2 readings is True",
            )],
        );
        episode
    };
    let mut examples = vec![
        ("WouldAct", vec![letter(wishing(Phase::WouldAct, vec![]), &[], None)]),
        ("Blocked", vec![letter(wishing(Phase::Blocked, vec![budget]), &[], None)]),
        ("AwaitingApproval", vec![letter(asking, &[], None)]),
        ("Acted, Fuse", cut()),
        ("Acted, Degrade", vec![letter(holding("Degrade"), &[], None)]),
        ("Acted, Optimize without flags", vec![letter(people, &[], None)]),
        ("Acted, 12 services at once", many(12)),
        ("Latched", vec![letter(latched, acted, None)]),
        (
            "Ineffective, and the cut stays",
            vec![letter(judged(holding("Fuse"), EffectVerdict::Ineffective, worse), acted, None)],
        ),
        ("Blind", vec![letter(blind, acted, Some(at("12:06:00")))]),
        (
            "Restored",
            vec![letter(
                ended(well, Outcome::Restored, vec![reason(Code::ProbePassed, &probed), back()]),
                acted,
                None,
            )],
        ),
        (
            "Expired",
            vec![letter(
                end(Outcome::Expired, Code::DeadlineReached, "maxDuration was over at 2026-11-10T13:00:00Z"),
                acted,
                None,
            )],
        ),
        (
            "Superseded",
            vec![letter(
                end(
                    Outcome::Superseded,
                    Code::ForeignEdit,
                    "kubectl-edit changed inventory-strong-check at 12:09",
                ),
                acted,
                None,
            )],
        ),
        (
            "Ineffective, and undone",
            vec![letter(
                ended(undone, Outcome::Ineffective, vec![reason(Code::Ineffective, worse), back()]),
                acted,
                None,
            )],
        ),
        (
            "FlagGone",
            vec![letter(
                end(Outcome::FlagGone, Code::FlagGone, "the flag was deleted or made anew"),
                acted,
                None,
            )],
        ),
        (
            "Released",
            vec![letter(
                end(
                    Outcome::Released,
                    Code::DecisionDeleted,
                    "Decision inventory-strong-check-0123456789 was deleted",
                ),
                acted,
                None,
            )],
        ),
        (
            "Denied",
            vec![letter(
                ended(
                    wishing(Phase::AwaitingApproval, vec![]),
                    Outcome::Denied,
                    vec![reason(Code::Denied, "ann said no")],
                ),
                &[Event::AwaitingApproval],
                None,
            )],
        ),
        (
            "Failed",
            vec![letter(
                ended(
                    born("inventory", "Fuse"),
                    Outcome::Failed,
                    vec![
                        reason(
                            Code::ActionFailed,
                            "flag inventory-strong-check of flags: the store cannot be reached",
                        ),
                        reason(Code::NothingChanged, "no flag stays changed"),
                    ],
                ),
                &[],
                None,
            )],
        ),
        (
            "Passed",
            vec![letter(
                ended(wishing(Phase::WouldAct, vec![]), Outcome::Passed, vec![passed()]),
                &[Event::WouldAct],
                None,
            )],
        ),
    ];
    for (name, event, why) in [
        (
            "BreakerOpen",
            Event::BreakerOpen,
            "14 of 40 services breach at once, above 30 %; it closes 10 minutes after that is over",
        ),
        ("ReleaseAll", Event::ReleaseAll, ""),
        ("Storm", Event::Storm, "37 engagements refused: budget perCluster: 20 of 20 used"),
    ] {
        examples.push((name, vec![fleet(event, false, why)]));
        examples.push((
            match event {
                Event::BreakerOpen => "BreakerOpen, over",
                Event::ReleaseAll => "ReleaseAll, over",
                _ => "Storm, over",
            },
            vec![fleet(event, true, "")],
        ));
    }
    examples.into_iter().map(|(name, letters)| (name.to_string(), letters)).collect()
}
