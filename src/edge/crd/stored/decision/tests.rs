//! Round trips of Decisions, and what a newer version wrote.

use super::*;
use crate::domain::model::id::PolicyKey;
use chrono::Utc;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_i64, 0..1_000_000_000_u32).prop_map(|(s, n)| DateTime::from_timestamp(s, n).unwrap())
}

fn reasons() -> impl Strategy<Value = Vec<Reason>> {
    let reason = (select(Code::ALL), "\\PC{0,40}").prop_map(|(code, message)| Reason::new(code, message));
    proptest::collection::vec(reason, 0..4)
}

fn episode() -> impl Strategy<Value = Episode> {
    let key = (option::of("[a-z]{1,8}"), "[a-z]{1,8}", "\\PC{1,8}", "[a-z]{1,8}").prop_map(
        |(ns, name, service, tier)| TierKey {
            policy: PolicyKey { namespace: ns, name },
            service: ServiceKey::new("shop", service),
            tier,
        },
    );
    let flag = ("[a-z]{1,4}", "\\PC{1,8}", "\\PC{0,30}").prop_map(|(action, key, before)| HeldFlag {
        action,
        provider: "flags".into(),
        key,
        fallback: "off".into(),
        hold: "hold-1".into(),
        before,
        failing_since: None,
        served_at: None,
    });
    let step = (instant(), select(&Phase::ALL[..]), reasons()).prop_map(|(at, phase, reasons)| Transition {
        at,
        phase,
        reasons,
    });
    let times = (instant(), instant(), option::of(instant()), option::of(instant()));
    let rest = (proptest::collection::vec(flag, 0..3), reasons(), proptest::collection::vec(step, 0..4));
    let standing =
        (select(&Phase::ALL[..]), option::of(select(&Outcome::ALL[..])), any::<u32>(), 0..i64::MAX as u64);
    let ask = (proptest::collection::vec("\\PC{1,9}", 1..3), "[0-9a-f]{0,8}", option::of("[a-z]{1,5}"))
        .prop_map(|(rules, hash, by)| Ask { rules, hash, by });
    let accounts = (0..1_000_000_u64, option::of(ask), option::of(effect()));
    let level = select(vec!["Fuse", "Degrade", "Optimize"]);
    (key, (level, accounts), times, standing, rest).prop_map(
        |(
            key,
            (level, accounts),
            (started, since, first_cut, deadline),
            (phase, outcome, relapses, ordinal),
            rest,
        )| {
            Episode {
                name: "inventory-strong-check-0123456789".into(),
                key,
                policy_uid: "uid".into(),
                ordinal,
                level: level.into(),
                started,
                phase,
                since,
                first_cut,
                deadline,
                outcome,
                relapses,
                held_seconds: accounts.0,
                ask: accounts.1,
                effect: accounts.2,
                issues: Vec::new(),
                flags: rest.0,
                reasons: rest.1,
                transitions: rest.2,
            }
        },
    )
}

fn effect() -> impl Strategy<Value = Effect> {
    let verdict = option::of(select(&EffectVerdict::ALL[..]));
    (
        (-80_000..80_000_i32).prop_map(|eighths| f64::from(eighths) / 8.0),
        any::<[bool; 2]>(),
        option::of(instant()),
        verdict,
        "\\PC{0,20}",
    )
        .prop_map(|(excess, [easing, company], clock, verdict, message)| Effect {
            before: Gauge { signal: "reject-rate".into(), excess, easing },
            clock,
            company,
            verdict,
            message,
        })
}

proptest! {
    #[test]
    fn an_episode_survives_being_stored(episode in episode()) {
        let text = serde_json::to_string(&Decision::from(&episode)).unwrap();
        let stored: Decision = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(Episode::from(&stored), episode);
    }
}

fn holding() -> Decision {
    let at = DateTime::from_timestamp(1_000, 0).unwrap();
    Decision::from(&Episode {
        name: "d".into(),
        key: TierKey {
            policy: PolicyKey { namespace: Some("shop".into()), name: "p".into() },
            service: ServiceKey::new("shop", "inventory"),
            tier: "cut".into(),
        },
        policy_uid: "u".into(),
        ordinal: 1,
        level: "Fuse".into(),
        started: at,
        phase: Phase::Holding,
        since: at,
        first_cut: Some(at),
        deadline: Some(at),
        outcome: None,
        relapses: 0,
        held_seconds: 0,
        ask: None,
        effect: None,
        issues: Vec::new(),
        flags: vec![HeldFlag {
            action: "cut".into(),
            provider: "flags".into(),
            key: "inventory-check".into(),
            fallback: "off".into(),
            hold: "hold-1".into(),
            before: "{}".into(),
            failing_since: None,
            served_at: None,
        }],
        reasons: vec![Reason::new(Code::CutVerified, "the cut was read back")],
        transitions: vec![Transition { at, phase: Phase::Holding, reasons: Vec::new() }],
    })
}

#[test]
fn what_a_newer_version_wrote_can_only_be_restored() {
    for (phase, outcome, expected) in [
        (Some("Throttling"), None, (Phase::Restoring, Some(Outcome::Released))),
        (Some("Throttling"), Some("Restored"), (Phase::Restoring, Some(Outcome::Restored))),
        (Some("Restoring"), Some("Handed"), (Phase::Restoring, Some(Outcome::Released))),
        (Some("Ended"), Some("Handed"), (Phase::Ended, Some(Outcome::Released))),
        (None, None, (Phase::Restoring, Some(Outcome::Released))),
    ] {
        let mut decision = holding();
        let status = decision.status.as_mut().unwrap();
        status.phase = phase.map(str::to_string);
        status.outcome = outcome.map(str::to_string);
        status.transitions.push(TransitionEntry {
            at: status.since.unwrap(),
            phase: "Throttling".into(),
            reasons: Vec::new(),
        });
        let episode = Episode::from(&decision);
        assert_eq!((episode.phase, episode.outcome), expected, "{phase:?} {outcome:?}");
        assert_eq!(episode.transitions.len(), 1);
        let told = episode.reasons[0].code == Code::NewerVersion;
        assert_eq!(told, episode.phase == Phase::Restoring);
        assert!(episode.first_cut.is_some() && !episode.flags.is_empty(), "undoing needs them");
    }
}

#[test]
fn an_unknown_reason_keeps_its_word() {
    let mut decision = holding();
    decision.status.as_mut().unwrap().reasons[0].code = "Throttled".into();
    let episode = Episode::from(&decision);
    assert_eq!(episode.phase, Phase::Holding);
    assert_eq!(episode.reasons, [Reason::new(Code::NewerVersion, "Throttled: the cut was read back")]);
}

#[test]
fn a_decision_says_in_one_line_what_it_does_and_why() {
    let status = holding().status.unwrap();
    assert_eq!(status.action.as_deref(), Some("inventory-check=off"));
    assert_eq!(status.reason.as_deref(), Some("the cut was read back"));
    let truth = |type_: &str| status.conditions.iter().find(|c| c.type_ == type_).unwrap().status;
    assert_eq!(truth("Engaged"), Truth::True);
    assert_eq!(truth("Restored"), Truth::False);
    assert_eq!(truth("NeedsPerson"), Truth::False);
    assert_eq!(truth("Verified"), Truth::Unknown);
}
