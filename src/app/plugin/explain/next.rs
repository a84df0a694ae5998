//! What happens next, and when: by the phase of the live Decision, or by what the tier remembers.

use super::time::{after, span, when};
use crate::app::plugin::plain::plain;
use crate::domain::model::episode::{Episode, Outcome, Phase, TierMemory};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::proposal::Mode;
use crate::domain::model::reason::Code;
use crate::domain::policy::spec::{FlagAction, HOLD_FACTOR_MAX, IssueAction, Tier};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Longest rest between two tries of a restore.
const RESTORE_EVERY: &str = "5m";
/// How long an action may fail until it is given up.
const TRIED_FOR: &str = "2m";

/// A tier at an instant.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    pub now: DateTime<Utc>,
    pub interval: Duration,
    pub service: &'a ServiceKey,
    pub tier: &'a Tier,
    pub memory: &'a TierMemory,
}

impl Course<'_> {
    /// What happens next to a live episode.
    pub fn of(&self, episode: &Episode) -> Vec<String> {
        let end = format!("once its signals were well for {}", span(self.tier.recover.lasting));
        let deadline = self.deadline(episode);
        let by = deadline.map(|at| format!(", or at {}", when(at, self.now))).unwrap_or_default();
        match episode.phase {
            Phase::WouldAct => vec![format!("nothing is done, it only observes; this record ends {end}{by}")],
            Phase::Open => vec![format!("it cuts nothing, people are asked; this record ends {end}{by}")],
            Phase::Blocked if !asks(episode) => vec![format!(
                "should its condition hold again it asks again, and acts if nothing refuses then; it gives up {end}{by}"
            )],
            Phase::Blocked => vec![format!(
                "it asks again at every look (every {}) and acts as soon as nothing refuses; it gives up {end}{by}",
                span(self.interval)
            )],
            Phase::AwaitingApproval => self.asked(episode),
            Phase::Acting => self.acting(deadline),
            Phase::Holding => self.holding(episode, deadline),
            Phase::Probing => self.probing(episode, deadline),
            Phase::Latched => vec![self.at_deadline(deadline, "until a person ends it")],
            Phase::Restoring => restoring(episode, self.now),
            Phase::Ended => self.at_rest(),
        }
    }

    /// What a tier without a live episode waits for.
    pub fn at_rest(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(lock) = &self.memory.lock_out {
            said.push(format!(
                "locked out since {} because the last episode ended {}: until its signals were well for {} on \
                 fresh data, its policy's spec changes, or a person lifts it",
                when(lock.since, self.now),
                lock.outcome.as_str(),
                span(self.tier.recover.lasting)
            ));
        }
        if let Some(until) = self.memory.cooldown_until.filter(|until| *until > self.now) {
            said.push(format!("it rests until {}", when(until, self.now)));
        }
        let flag = |action: &FlagAction| {
            format!("{}={}", plain(&action.key.render(self.service)), plain(&action.fallback))
        };
        let flags = self.tier.actions.iter().map(flag).collect::<Vec<_>>().join(", ");
        let issue =
            |action: &IssueAction| format!("an issue in {}", plain(&action.repository.render(self.service)));
        let issues = self.tier.issues.iter().map(issue).collect::<Vec<_>>().join(", ");
        let then = match (self.tier.mode, flags.as_str(), issues.as_str()) {
            (Mode::Observe, ..) => "only says so (mode Observe): nothing is changed".to_string(),
            (_, "", "") => "only says so: the tier has no actions".to_string(),
            (_, "", issues) => format!("asks for {issues}"),
            (Mode::Approve, flags, _) => format!("asks a person whether it may set {flags}"),
            (Mode::Enforce, flags, _) => format!("sets {flags}"),
        };
        said.push(format!("once its condition holds it {then}"));
        said
    }

    fn deadline(&self, episode: &Episode) -> Option<DateTime<Utc>> {
        episode.deadline.or_else(|| episode.first_cut.map(|cut| after(cut, self.tier.max_duration)))
    }

    fn asked(&self, episode: &Episode) -> Vec<String> {
        let due = after(episode.since, self.tier.approval.timeout);
        let then = match self.tier.approval.act_on_timeout {
            true => "it acts by itself (onTimeout: Act)",
            false => "nothing is done and it is locked out (onTimeout: Skip)",
        };
        vec![format!(
            "without an answer by {} {then}; when one comes its condition must still hold, and nothing refuse",
            when(due, self.now)
        )]
    }

    fn acting(&self, deadline: Option<DateTime<Utc>>) -> Vec<String> {
        vec![
            "its flags are being cut in order, each read back before the next".to_string(),
            format!("an action that cannot be done for {TRIED_FOR} is given up, and the earlier ones undone"),
            self.at_deadline(deadline, "then"),
        ]
    }

    fn holding(&self, episode: &Episode, deadline: Option<DateTime<Utc>>) -> Vec<String> {
        let relapsed = 1_u32 << episode.relapses.min(HOLD_FACTOR_MAX.ilog2());
        let factor = self.memory.hold_factor.unwrap_or(1).clamp(relapsed, HOLD_FACTOR_MAX);
        let well = span(self.tier.recover.lasting.saturating_mul(factor));
        let grown = match factor {
            1 => String::new(),
            factor => format!(" ({factor} times {}, after relapses)", span(self.tier.recover.lasting)),
        };
        vec![
            format!("once its signals were well for {well}{grown} the feature is given back on trial"),
            self.at_deadline(deadline, "then"),
        ]
    }

    fn probing(&self, episode: &Episode, deadline: Option<DateTime<Utc>>) -> Vec<String> {
        let watched = span(self.tier.verify_within);
        let left = self.tier.latch_after.saturating_sub(episode.relapses);
        let relapse = match left {
            0 | 1 => "then it stays cut (Latched) until a person or its deadline ends it".to_string(),
            left => format!("{left} relapses from now it stays cut until a person or its deadline ends it"),
        };
        vec![
            format!(
                "the feature is back and watched for {watched} of known readings: well, and it ends Restored"
            ),
            format!("ill again, and it is cut again and held twice as long; {relapse}"),
            self.at_deadline(deadline, "then"),
        ]
    }

    /// What the deadline does; without one, `until`.
    fn at_deadline(&self, deadline: Option<DateTime<Utc>>, until: &str) -> String {
        match deadline {
            Some(at) if self.tier.keep => {
                format!(
                    "at {} the cut stays all the same (onDeadline: Keep), until a person ends it",
                    when(at, self.now)
                )
            }
            Some(at) => {
                format!("at the latest at {} the flag is given back (maxDuration)", when(at, self.now))
            }
            None => format!("the cut stays {until}"),
        }
    }
}

/// Whether a refused episode's condition holds, by what it says of itself.
pub fn asks(episode: &Episode) -> bool {
    let quiet =
        [Code::NotRecovered, Code::Recovered, Code::Blind, Code::ConditionFalse, Code::ConditionUnknown];
    !episode.reasons.iter().any(|reason| quiet.contains(&reason.code))
}

fn restoring(episode: &Episode, now: DateTime<Utc>) -> Vec<String> {
    let outcome = episode.outcome.map_or("ended", Outcome::as_str);
    let mut said = vec![format!(
        "its flags are being given back, tried again for ever, at most {RESTORE_EVERY} apart; then it ends {outcome}"
    )];
    said.extend(episode.deadline.filter(|at| *at > now).map(|at| {
        format!("a cut in flagd ends by itself at {}, whatever the store answers us", when(at, now))
    }));
    said
}
