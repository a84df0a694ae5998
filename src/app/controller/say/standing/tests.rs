//! How policies and what configures them are said to stand.

use super::*;
use crate::app::observe::sample;
use crate::domain::model::reason::Code;

static NONE: BTreeSet<String> = BTreeSet::new();

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn governed() -> Policy {
    sample::policy(vec![sample::signal("errors", "errors")])
}

fn known<'a>(policy: &'a Policy, summary: &'a Summary, flaws: Option<&'a Flaws>) -> Known<'a> {
    Known { generation: 3, verdict: Ok(policy), rebuilt: true, flaws, missing: &NONE, untold: &NONE, summary }
}

/// (type, status, reason) of each condition.
fn said(status: &PolicyStatus) -> Vec<(&str, Truth, &str)> {
    status.conditions.iter().map(|c| (c.type_.as_str(), c.status, c.reason.as_str())).collect()
}

#[test]
fn a_policy_whose_signals_are_answered_and_old_enough_is_ready() {
    let (governed, mut summary) = (governed(), Summary { services: 2, ..Summary::default() });
    (summary.heard, summary.learning) = (vec![true], vec![0]);
    summary.worst = Some(Verdict::Warning);
    let flawless = Flaws::default();
    let status = policy(at(1), &known(&governed, &summary, Some(&flawless)), &PolicyStatus::default());
    assert_eq!(
        said(&status),
        [
            ("Accepted", Truth::True, "Accepted"),
            ("SignalsHealthy", Truth::True, "Answered"),
            ("BaselineMature", Truth::True, "Mature"),
            ("Ready", Truth::True, "Governing"),
        ]
    );
    assert_eq!((status.services, status.worst.as_deref()), (Some(2), Some("Warning")));
    assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
    let later = policy(at(9), &known(&governed, &summary, Some(&flawless)), &status);
    assert_eq!(later, status, "at rest there is nothing to write");
}

#[test]
fn rows_that_cannot_be_used_are_told_and_hinder_nobody_else() {
    let (governed, mut summary) = (governed(), Summary { services: 2, ..Summary::default() });
    (summary.heard, summary.learning) = (vec![true], vec![0]);
    let rejected = vec![("errors".to_string(), "some of its rows cannot be used: NaN".to_string())];
    let flaws = Flaws { rejected, ..Flaws::default() };
    let status = policy(at(1), &known(&governed, &summary, Some(&flaws)), &PolicyStatus::default());
    assert_eq!(said(&status)[1], ("SignalsHealthy", Truth::False, "RowsRejected"));
    assert_eq!(said(&status)[3], ("Ready", Truth::True, "Governing"));
}

#[test]
fn a_policy_without_its_provider_says_so_before_any_service_is_seen() {
    let (governed, nothing) = (governed(), Summary::default());
    let missing = BTreeSet::from(["FlagProvider flags".to_string()]);
    let known = Known { missing: &missing, rebuilt: false, ..known(&governed, &nothing, None) };
    let status = policy(at(1), &known, &PolicyStatus::default());
    assert_eq!(said(&status)[3], ("Ready", Truth::False, "ProviderMissing"));
    assert!(status.conditions[3].message.contains("FlagProvider flags is not declared"));
}

#[test]
fn a_policy_whose_people_would_not_be_told_governs_and_says_so() {
    let (governed, mut summary) = (governed(), Summary { services: 2, ..Summary::default() });
    (summary.heard, summary.learning) = (vec![true], vec![0]);
    let (flawless, untold) =
        (Flaws::default(), BTreeSet::from(["Notifier oncall is not declared".to_string()]));
    let known = Known { untold: &untold, ..known(&governed, &summary, Some(&flawless)) };
    let status = policy(at(1), &known, &PolicyStatus::default());
    assert_eq!(said(&status)[3], ("Ready", Truth::False, "NotifierRefused"));
    assert!(
        status.conditions[3].message.contains("it governs, but people would not be told: Notifier oncall")
    );
}

#[test]
fn what_is_not_known_is_not_said_to_be_well() {
    let (governed, nothing) = (governed(), Summary::default());
    let flaw = vec![("errors".to_string(), "the source did not answer".to_string())];
    let flaw = Flaws { unanswered: flaw, ..Flaws::default() };
    let flawless = Flaws::default();
    for (flaws, rebuilt, signals, ready) in [
        (None, true, (Truth::Unknown, "NotObserved"), (Truth::Unknown, "NotObserved")),
        (None, false, (Truth::Unknown, "NotObserved"), (Truth::False, "Rebuilding")),
        (Some(&flawless), false, (Truth::Unknown, "NotObserved"), (Truth::False, "Rebuilding")),
        (Some(&flawless), true, (Truth::False, "NoData"), (Truth::False, "SignalsUnhealthy")),
        (Some(&flaw), true, (Truth::False, "Unanswered"), (Truth::False, "SignalsUnhealthy")),
    ] {
        let known = Known { rebuilt, ..known(&governed, &nothing, flaws) };
        let status = policy(at(1), &known, &PolicyStatus::default());
        let of = |type_: &str| {
            let found = said(&status).into_iter().find(|(name, _, _)| *name == type_).unwrap();
            (found.1, found.2.to_string())
        };
        assert_eq!(of("SignalsHealthy"), (signals.0, signals.1.to_string()), "{flaws:?}");
        assert_eq!(of("Ready"), (ready.0, ready.1.to_string()), "{flaws:?}");
        assert_eq!(of("BaselineMature").0, Truth::Unknown);
    }
}

#[test]
fn an_object_is_ready_once_a_trial_says_so_and_what_was_said_before_stands_until_then() {
    let ready = |status: &ConfigStatus| (status.conditions[1].status, status.conditions[1].reason.clone());
    let fresh = config(at(1), (2, &[]), &[], None);
    assert_eq!(ready(&fresh), (Truth::Unknown, "NotTried".to_string()));
    let refused = Err(Reason::new(Code::ProviderRefused, "it does not take our credentials"));
    let told = config(at(2), (2, &fresh.conditions), &[], Some(&refused));
    assert_eq!(ready(&told), (Truth::False, "ProviderRefused".to_string()));
    assert!(told.conditions[1].message.contains("credentials"));
    let restarted = config(at(3), (2, &told.conditions), &[], None);
    assert_eq!(restarted, told, "a restart writes nothing");
    let changed = config(at(4), (3, &told.conditions), &[], None);
    assert_eq!(ready(&changed).0, Truth::Unknown, "another generation has to be tried");
    let well = config(at(5), (2, &told.conditions), &[], Some(&Ok(())));
    assert_eq!(ready(&well), (Truth::True, "Ready".to_string()));
    let problem = [Problem::new("spec.url", "x", "is not a URL", "write one")];
    let wrong = config(at(6), (2, &well.conditions), &problem, Some(&Ok(())));
    assert_eq!(ready(&wrong), (Truth::False, "NotAccepted".to_string()));
    let mended = config(at(7), (2, &wrong.conditions), &[], None);
    assert_eq!(ready(&mended).0, Truth::Unknown);
}

#[test]
fn a_refused_policy_says_every_problem_and_what_becomes_of_its_holds() {
    let problems =
        [Problem::new("spec.interval", "1", "it is too short", "write 1s"), Problem::new("a", "", "b", "c")];
    let summary = Summary::default();
    let known = Known {
        generation: 4,
        verdict: Err(&problems),
        rebuilt: false,
        flaws: None,
        missing: &NONE,
        untold: &NONE,
        summary: &summary,
    };
    let status = policy(at(1), &known, &PolicyStatus::default());
    let accepted = &status.conditions[0];
    assert_eq!((accepted.status, accepted.reason.as_str()), (Truth::False, "Invalid"));
    assert!(accepted.message.contains("spec.interval") && accepted.message.contains("; a"), "{accepted:?}");
    assert!(status.conditions[3].message.contains("until its deadline"));
    assert_eq!(status.services, None, "nobody knows how many there are");
}
