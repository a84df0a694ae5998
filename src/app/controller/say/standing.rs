//! How a policy stands, in conditions and columns. Pure: computed from what is known, changed only
//! where something else is to be said.

use crate::app::cycle::track::Track;
use crate::domain::model::effect::Counts;
use crate::domain::model::fleet::Verdict;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::problem::{Problem, shorten};
use crate::domain::model::reading::Reading;
use crate::domain::model::reason::Reason;
use crate::domain::policy::signal::OnMissing;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::source::KIND as SOURCE;
use crate::edge::crd::field::condition::{Condition, ConfigStatus, Statement, Truth, conditions};
use crate::edge::crd::kind::policy::spec::PolicyStatus;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// What is known of the services of one policy.
#[derive(Debug, Default)]
pub struct Summary {
    pub services: u32,
    pub worst: Option<Verdict>,
    /// The deepest tier that holds, with its rank.
    pub tier: Option<(u8, String)>,
    /// By signal, in the policy's order: whether any service has a reading of it.
    pub heard: Vec<bool>,
    /// By signal: services whose baseline of it is young.
    pub learning: Vec<u32>,
    /// What came of its decisions.
    pub counts: Counts,
    /// Why providers would refuse what its tiers would do, one sentence each.
    pub refused: BTreeSet<String>,
}

impl Summary {
    /// Adds one service.
    pub fn add(&mut self, policy: &Policy, track: &Track, now: DateTime<Utc>) {
        self.services += 1;
        let tiers = track.memory.tiers.values();
        self.counts = tiers.fold(self.counts, |sum, tier| sum.plus(tier.counts));
        self.worst = self.worst.max(Some(track.verdict(policy, now)));
        self.heard.resize(policy.signals.len(), false);
        self.learning.resize(policy.signals.len(), 0);
        for signal in 0..policy.signals.len() {
            let Some(point) = track.observation.point(signal) else { continue };
            self.heard[signal] |= !matches!(point.reading, Reading::NotApplicable | Reading::Absent);
            let young = |maturity| matches!(maturity, Maturity::Learning(_));
            self.learning[signal] += u32::from(point.judgement.is_some_and(|j| young(j.maturity)));
        }
        for episode in track.memory.episodes().filter(|episode| episode.phase.holds()) {
            let rank = policy.tier(&episode.key.tier).map_or(0, |tier| tier.level as u8);
            self.tier = self.tier.take().max(Some((rank, episode.key.tier.clone())));
        }
    }
}

/// What was wrong with a policy's signals at the last look: (signal, what).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Flaws {
    /// Signals that were not answered.
    pub unanswered: Vec<(String, String)>,
    /// Signals that were answered, with rows that cannot be used.
    pub rejected: Vec<(String, String)>,
}

/// Everything that a policy's status is made of.
pub struct Known<'a> {
    pub generation: i64,
    /// The policy, or what is wrong with it.
    pub verdict: Result<&'a Policy, &'a [Problem]>,
    /// Whether its streaks and baselines are rebuilt.
    pub rebuilt: bool,
    /// None before the first look.
    pub flaws: Option<&'a Flaws>,
    /// What its tiers would act through and that is not there, or not accepted: kind and name.
    pub missing: &'a BTreeSet<String>,
    /// Why people whom it names would not be told.
    pub untold: &'a BTreeSet<String>,
    /// What of all it uses cannot be used, where no other object says so.
    pub useless: &'a BTreeSet<String>,
    /// What is to be known of a governor that has not the whole cluster.
    pub alone: Option<&'a str>,
    pub summary: &'a Summary,
}

/// The status of a policy.
pub fn policy(now: DateTime<Utc>, known: &Known, former: &PolicyStatus) -> PolicyStatus {
    let generation = Some(known.generation);
    let statements = match known.verdict {
        Err(problems) => refused(problems),
        Ok(policy) => accepted(policy, known),
    };
    PolicyStatus {
        observed_generation: generation,
        services: known.verdict.is_ok().then_some(known.summary.services),
        worst: known.summary.worst.map(|worst| worst.as_str().to_string()),
        tier: known.summary.tier.as_ref().map(|(_, name)| name.clone()),
        effects: known.verdict.is_ok().then(|| known.summary.counts.into()),
        conditions: conditions(now, generation, statements, &former.conditions),
    }
}

/// The status of an object that only configures: accepted and tried, or what is wrong with it.
/// `tried`: what came of its last trial; None before the first, when what was said before stands.
pub fn config(
    now: DateTime<Utc>,
    (generation, former): (i64, &[Condition]),
    problems: &[Problem],
    tried: Option<&Result<(), Reason>>,
) -> ConfigStatus {
    let statements = match problems {
        [] => vec![
            say("Accepted", Truth::True, "Accepted", "it is read and used".to_string()),
            usable(
                tried,
                former
                    .iter()
                    .find(|known| known.observed_generation == Some(generation) && known.type_ == "Ready"),
            ),
        ],
        problems => vec![
            say("Accepted", Truth::False, "Invalid", sentences(problems)),
            say("Ready", Truth::False, NOT_ACCEPTED, "it is not used as it is".to_string()),
        ],
    };
    let conditions = conditions(now, Some(generation), statements, former);
    ConfigStatus { observed_generation: Some(generation), conditions }
}

/// Reason of Ready where the object is not accepted.
const NOT_ACCEPTED: &str = "NotAccepted";

/// Whether something outside can be used. `former` is what was said of this generation before.
fn usable(tried: Option<&Result<(), Reason>>, former: Option<&Condition>) -> Statement {
    match (tried, former) {
        (Some(Ok(())), _) => say("Ready", Truth::True, "Ready", "it can be used".to_string()),
        (Some(Err(reason)), _) => {
            say("Ready", Truth::False, reason.code.as_str(), shorten(&reason.message, 4096))
        }
        (None, Some(former)) if former.reason != NOT_ACCEPTED => {
            say("Ready", former.status, &former.reason, former.message.clone())
        }
        (None, _) => {
            say("Ready", Truth::Unknown, "NotTried", "whether it can be used is being tried".to_string())
        }
    }
}

/// Reasons of SignalsHealthy.
const UNANSWERED: &str = "Unanswered";
const REJECTED: &str = "RowsRejected";

fn refused(problems: &[Problem]) -> Vec<Statement> {
    let unknown = |type_| say(type_, Truth::Unknown, "NotAccepted", "it is not observed".to_string());
    let stays = "nothing is engaged for it; what it holds stays until its deadline".to_string();
    vec![
        say("Accepted", Truth::False, "Invalid", sentences(problems)),
        unknown("SignalsHealthy"),
        unknown("BaselineMature"),
        say("Ready", Truth::False, "NotAccepted", stays),
    ]
}

fn accepted(policy: &Policy, known: &Known) -> Vec<Statement> {
    let signals = signals(policy, known);
    let ready = ready(known, &signals);
    let withheld: Vec<&str> = policy.withheld.iter().map(String::as_str).collect();
    let accepted = match withheld.as_slice() {
        [] => "it is understood, and its source is there".to_string(),
        withheld => format!(
            "it is understood; not governed by it, for {SOURCE} {} does not allow them: {}",
            policy.source,
            withheld.join(", ")
        ),
    };
    let alone = known.alone.map(|alone| format!("; {alone}")).unwrap_or_default();
    let accepted = accepted + &alone;
    vec![say("Accepted", Truth::True, "Accepted", accepted), signals, mature(policy, known), ready]
}

fn signals(policy: &Policy, known: &Known) -> Statement {
    let say = |status, reason, message| say("SignalsHealthy", status, reason, message);
    let Some(flaws) = known.flaws else {
        return say(Truth::Unknown, "NotObserved", "no instant has been observed yet".to_string());
    };
    for (reason, flaws) in [(UNANSWERED, &flaws.unanswered), (REJECTED, &flaws.rejected)] {
        if let Some((signal, why)) = flaws.first() {
            let others = flaws.len() - 1;
            let more = if others > 0 { format!("; and {others} more") } else { String::new() };
            return say(Truth::False, reason, format!("signal {signal}: {why}{more}"));
        }
    }
    let silent = |(i, signal): &(usize, &crate::domain::policy::signal::Signal)| {
        signal.on_missing != OnMissing::Zero && !known.summary.heard.get(*i).copied().unwrap_or(false)
    };
    let silent: Vec<&str> =
        policy.signals.iter().enumerate().filter(silent).map(|(_, signal)| signal.name.as_str()).collect();
    match silent.as_slice() {
        [] => say(Truth::True, "Answered", "every signal is answered".to_string()),
        // Where the past is not read, no service can have been seen.
        _ if !known.rebuilt => {
            say(Truth::Unknown, "NotObserved", "no instant has been observed yet".to_string())
        }
        silent => {
            let message = format!(
                "the source answers, and names no service that is governed: {}; check metric and label names",
                silent.join(", ")
            );
            say(Truth::False, "NoData", message)
        }
    }
}

fn mature(policy: &Policy, known: &Known) -> Statement {
    let say = |status, reason, message| say("BaselineMature", status, reason, message);
    if !known.rebuilt || known.summary.services == 0 {
        return say(Truth::Unknown, "NotObserved", "no service has been observed yet".to_string());
    }
    let named = policy.signals.iter().zip(&known.summary.learning).filter(|(_, young)| **young > 0);
    let young: Vec<&str> = named.map(|(signal, _)| signal.name.as_str()).collect();
    match young.as_slice() {
        [] => say(Truth::True, "Mature", "every baseline has seen enough".to_string()),
        young => {
            let message = format!(
                "some services have young baselines of {}: `anomalous` and `score` wait for them, thresholds do not",
                young.join(", ")
            );
            say(Truth::False, "Learning", message)
        }
    }
}

/// Whether it governs. Rows that cannot be used do not hinder that: they are Unknown for their service,
/// as a quantile is where nothing flows.
fn ready(known: &Known, signals: &Statement) -> Statement {
    let say = |status, reason, message: &str| say("Ready", status, reason, message.to_string());
    let refused: Vec<&str> = known.summary.refused.iter().map(String::as_str).collect();
    let missing: Vec<&str> = known.missing.iter().map(String::as_str).collect();
    let answered = if signals.reason == REJECTED { Truth::True } else { signals.status };
    match (known.rebuilt, answered) {
        _ if !missing.is_empty() => {
            let message = format!(
                "it cannot act: {} is not declared, or not accepted; create it, or name another",
                missing.join(", ")
            );
            say(Truth::False, "ProviderMissing", &shorten(&message, 4096))
        }
        _ if !known.useless.is_empty() => {
            let all: Vec<&str> = known.useless.iter().map(String::as_str).collect();
            say(Truth::False, "ProviderUnavailable", &shorten(&all.join("; "), 4096))
        }
        (true, Truth::True) if !refused.is_empty() => {
            let message = format!("its actions would be refused: {}", refused.join("; "));
            say(Truth::False, "ProviderRefused", &shorten(&message, 4096))
        }
        (false, _) => say(Truth::False, "Rebuilding", "its past is not read from the source yet"),
        (true, Truth::True) if !known.untold.is_empty() => {
            let all: Vec<&str> = known.untold.iter().map(String::as_str).collect();
            let message = format!("it governs, but people would not be told: {}", all.join("; "));
            say(Truth::False, "NotifierRefused", &shorten(&message, 4096))
        }
        (true, Truth::True) => say(Truth::True, "Governing", "its services are observed and judged"),
        (true, Truth::False) => say(Truth::False, "SignalsUnhealthy", "see the condition SignalsHealthy"),
        (true, Truth::Unknown) => say(Truth::Unknown, "NotObserved", "its first instant is awaited"),
    }
}

fn say(type_: &'static str, status: Truth, reason: &str, message: String) -> Statement {
    Statement { type_, status, reason: reason.to_string(), message }
}

/// All problems, one sentence each.
pub fn sentences(problems: &[Problem]) -> String {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    shorten(&all.join("; "), 4096)
}

#[cfg(test)]
mod tests {
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
        Known {
            generation: 3,
            verdict: Ok(policy),
            rebuilt: true,
            flaws,
            missing: &NONE,
            untold: &NONE,
            useless: &NONE,
            alone: None,
            summary,
        }
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
            status.conditions[3]
                .message
                .contains("it governs, but people would not be told: Notifier oncall")
        );
    }

    #[test]
    fn a_governor_of_single_namespaces_says_on_the_policy_what_it_can_say_nowhere_else() {
        let (governed, mut summary) = (governed(), Summary { services: 2, ..Summary::default() });
        (summary.heard, summary.learning) = (vec![true], vec![0]);
        let flawless = Flaws::default();
        let useless = BTreeSet::from(["FlagProvider flags cannot be used: it does not answer".to_string()]);
        let alone = Some("governed from namespace team-a");
        let known = Known { useless: &useless, alone, ..known(&governed, &summary, Some(&flawless)) };
        let status = policy(at(1), &known, &PolicyStatus::default());
        assert_eq!(said(&status)[3], ("Ready", Truth::False, "ProviderUnavailable"));
        assert!(status.conditions[3].message.contains("does not answer"));
        assert!(status.conditions[0].message.ends_with("; governed from namespace team-a"));
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
        let ready =
            |status: &ConfigStatus| (status.conditions[1].status, status.conditions[1].reason.clone());
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
        let problems = [
            Problem::new("spec.interval", "1", "it is too short", "write 1s"),
            Problem::new("a", "", "b", "c"),
        ];
        let summary = Summary::default();
        let known = Known {
            generation: 4,
            verdict: Err(&problems),
            rebuilt: false,
            flaws: None,
            missing: &NONE,
            untold: &NONE,
            useless: &NONE,
            alone: None,
            summary: &summary,
        };
        let status = policy(at(1), &known, &PolicyStatus::default());
        let accepted = &status.conditions[0];
        assert_eq!((accepted.status, accepted.reason.as_str()), (Truth::False, "Invalid"));
        assert!(
            accepted.message.contains("spec.interval") && accepted.message.contains("; a"),
            "{accepted:?}"
        );
        assert!(status.conditions[3].message.contains("until its deadline"));
        assert_eq!(status.services, None, "nobody knows how many there are");
    }
}
