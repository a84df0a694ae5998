//! Whether the program lives and is ready: named checks that the loops keep up to date.
//!
//! Owns the checks and the sentences about them. A check never says "well" by default: liveness
//! must be renewed within its time, readiness must be earned once. Reads no clock: `now` is the
//! monotonic time since the program started, so that a wall clock that jumps kills nobody.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which question a check answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Is it worth keeping this process? `/livez`; also part of readiness.
    Live,
    /// Is it doing its work? `/readyz` only.
    Ready,
}

/// The checks of one process.
#[derive(Debug, Default)]
pub struct Health {
    checks: Mutex<BTreeMap<&'static str, Check>>,
}

#[derive(Debug)]
struct Check {
    probe: Probe,
    /// Longest time between two successes, or None if one lasts.
    max_age: Option<Duration>,
    /// When it last succeeded; None if it never did.
    last: Option<Duration>,
    /// When it was declared: a liveness check has its `max_age` from then on for its first success.
    declared: Duration,
    /// What to say while it never succeeded.
    awaited: String,
    /// What went wrong since the last success.
    failure: Option<String>,
}

/// How one check stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub name: &'static str,
    /// What is wrong, as a sentence without the name; None while it is well.
    pub failure: Option<String>,
    /// Time since its last success.
    pub age: Option<Duration>,
}

/// How all checks of a probe stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub findings: Vec<Finding>,
}

impl Health {
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a liveness check: it must succeed at least every `max_age`, counted from now.
    pub fn require_live(&self, name: &'static str, max_age: Duration, now: Duration) {
        let awaited = "has not succeeded yet";
        self.declare(name, Check::new(Probe::Live, Some(max_age), now, awaited));
    }

    /// Declares a readiness check: it must succeed once, and from then on at least every
    /// `max_age` if there is one. Until the first success `awaited` says what is missing.
    pub fn require_ready(&self, name: &'static str, max_age: Option<Duration>, awaited: &str) {
        self.declare(name, Check::new(Probe::Ready, max_age, Duration::ZERO, awaited));
    }

    fn declare(&self, name: &'static str, check: Check) {
        self.lock().insert(name, check);
    }

    /// Changes how long a success of `name` lasts, say because the interval changed.
    pub fn set_max_age(&self, name: &'static str, max_age: Duration) {
        if let Some(check) = self.lock().get_mut(name) {
            check.max_age = Some(max_age);
        }
    }

    /// `name` succeeded now. A name that was never declared becomes a readiness check.
    pub fn beat(&self, name: &'static str, now: Duration) {
        let mut checks = self.lock();
        let check = checks.entry(name).or_insert_with(Check::undeclared);
        check.last = Some(now);
        check.failure = None;
    }

    /// `name` failed; the sentence says how, without secrets. It stands until the next success.
    /// A name that was never declared becomes a readiness check.
    pub fn fail(&self, name: &'static str, sentence: impl Into<String>) {
        let mut checks = self.lock();
        checks.entry(name).or_insert_with(Check::undeclared).failure = Some(sentence.into());
    }

    /// How the checks of `probe` stand, by name. With none declared, nothing is well.
    pub fn report(&self, probe: Probe, now: Duration) -> Report {
        let checks = self.lock();
        let asked = |check: &Check| probe == Probe::Ready || check.probe == Probe::Live;
        let findings = checks.iter().filter(|(_, check)| asked(check));
        let mut findings: Vec<_> = findings.map(|(name, check)| check.finding(name, now)).collect();
        if findings.is_empty() {
            let failure = Some("no check was declared: the program has not started yet".to_string());
            findings.push(Finding { name: "start", failure, age: None });
        }
        Report { findings }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Check>> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Check {
    fn new(probe: Probe, max_age: Option<Duration>, declared: Duration, awaited: &str) -> Self {
        Self { probe, max_age, last: None, declared, awaited: awaited.to_string(), failure: None }
    }

    fn undeclared() -> Self {
        Self::new(Probe::Ready, None, Duration::ZERO, "has not succeeded yet")
    }

    fn finding(&self, name: &'static str, now: Duration) -> Finding {
        let age = self.last.map(|last| now.saturating_sub(last));
        Finding { name, failure: self.failure.clone().or_else(|| self.overdue(age, now)), age }
    }

    fn overdue(&self, age: Option<Duration>, now: Duration) -> Option<String> {
        let waiting = now.saturating_sub(self.declared);
        match (age, self.max_age) {
            (Some(age), Some(max)) if age > max => Some(format!(
                "last succeeded {} s ago, at most {} s are allowed",
                age.as_secs(),
                max.as_secs()
            )),
            (Some(_), _) => None,
            (None, Some(max)) if self.probe == Probe::Live => (waiting > max).then(|| {
                format!("{} in {} s, {} s are allowed", self.awaited, waiting.as_secs(), max.as_secs())
            }),
            (None, _) => Some(self.awaited.clone()),
        }
    }
}

impl Report {
    /// Whether every check is well.
    pub fn well(&self) -> bool {
        self.findings.iter().all(|finding| finding.failure.is_none())
    }

    /// One line per failed check, or per check if `verbose`; `ok` if there is nothing to say.
    pub fn text(&self, verbose: bool) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            // Writing to a String cannot fail.
            let _ = match (&finding.failure, finding.age) {
                (Some(failure), _) => writeln!(out, "[-] {}: {failure}", finding.name),
                (None, Some(age)) if verbose => {
                    writeln!(out, "[+] {}: ok, {} s ago", finding.name, age.as_secs())
                }
                (None, None) if verbose => writeln!(out, "[+] {}: ok", finding.name),
                _ => Ok(()),
            };
        }
        if out.is_empty() { "ok\n".to_string() } else { out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn declared() -> Health {
        let health = Health::new();
        health.require_live("cycle", s(90), s(10));
        health.require_ready("policies", None, "no policies are loaded yet");
        health.require_ready("source", Some(s(60)), "the metrics source has not answered yet");
        health
    }

    #[test]
    fn a_loop_that_stops_finishing_cycles_is_not_alive() {
        let health = declared();
        for (now, beat, well) in [
            (s(11), false, true), // it has its time for the first cycle, too
            (s(100), false, true),
            (s(101), false, false),
            (s(102), true, true),
            (s(192), false, true),
            (s(193), false, false),
        ] {
            if beat {
                health.beat("cycle", now);
            }
            assert_eq!(health.report(Probe::Live, now).well(), well, "{now:?}");
        }
        let text = health.report(Probe::Live, s(200)).text(false);
        assert_eq!(text, "[-] cycle: last succeeded 98 s ago, at most 90 s are allowed\n");
    }

    #[test]
    fn readiness_is_earned_check_by_check_and_includes_life() {
        let health = declared();
        let text = |now| health.report(Probe::Ready, now).text(false);
        assert_eq!(
            text(s(20)),
            "[-] policies: no policies are loaded yet\n[-] source: the metrics source has not answered yet\n"
        );
        health.beat("policies", s(21));
        health.beat("source", s(22));
        assert_eq!(text(s(23)), "ok\n");
        assert_eq!(
            text(s(83)),
            "[-] source: last succeeded 61 s ago, at most 60 s are allowed\n",
            "policies, once loaded, stay loaded"
        );
        health.beat("source", s(105));
        assert!(text(s(110)).starts_with("[-] cycle: has not succeeded yet in 100 s"));
    }

    #[test]
    fn a_failure_stands_until_the_next_success() {
        let health = declared();
        health.beat("policies", s(11));
        health.beat("source", s(11));
        health.fail("source", "answered with 503");
        assert!(health.report(Probe::Live, s(12)).well(), "a source that fails is no reason to restart");
        assert_eq!(
            health.report(Probe::Ready, s(12)).text(true),
            "[+] cycle: ok\n[+] policies: ok, 1 s ago\n[-] source: answered with 503\n"
        );
        health.beat("source", s(13));
        assert!(health.report(Probe::Ready, s(13)).well());
        health.fail("cycle", "its task ended");
        assert!(!health.report(Probe::Live, s(13)).well());
    }

    #[test]
    fn nothing_declared_is_not_well_and_nothing_reported_is_lost() {
        let health = Health::new();
        assert!(!health.report(Probe::Live, s(0)).well());
        assert!(!health.report(Probe::Ready, s(0)).well());
        health.fail("rebuild", "history is out of reach");
        assert_eq!(health.report(Probe::Ready, s(1)).text(false), "[-] rebuild: history is out of reach\n");
    }

    #[test]
    fn a_longer_interval_allows_older_successes() {
        let health = declared();
        health.beat("cycle", s(20));
        health.set_max_age("cycle", s(600));
        assert!(health.report(Probe::Live, s(300)).well());
    }
}
