//! Every Decision with all of its steps, also those that the Decision itself forgets.

use crate::app::replay::outcome::{DecisionTold, StepTold};
use crate::domain::model::episode::{Episode, Phase, Transition};
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The budgets there are, as reasons name them.
const BUDGETS: [&str; 4] = ["perService", "perNamespace", "perCluster", "perWindow"];

/// All Decisions, by name.
#[derive(Debug, Default)]
pub struct Chronicle {
    lives: BTreeMap<String, Life>,
}

/// One Decision as it stood last, and what it went through.
#[derive(Debug)]
struct Life {
    episode: Episode,
    mode: String,
    steps: Vec<Transition>,
    budgets: BTreeSet<String>,
}

impl Chronicle {
    /// Notes a Decision as it was stored; `mode` is its tier's.
    pub fn stored(&mut self, episode: &Episode, mode: &str) {
        let life = self.lives.entry(episode.name.clone()).or_insert_with(|| Life {
            episode: episode.clone(),
            mode: mode.to_string(),
            steps: Vec::new(),
            budgets: BTreeSet::new(),
        });
        life.steps.extend(news(&life.steps, &episode.transitions));
        life.budgets.extend(budgets(&episode.reasons));
        life.episode = episode.clone();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lives.len()
    }

    /// All of them as told at `end`, the oldest first.
    pub fn told(&self, end: DateTime<Utc>) -> Vec<DecisionTold> {
        let mut all: Vec<DecisionTold> = self.lives.values().map(|life| life.told(end)).collect();
        all.sort_by(|a, b| (a.started, &a.name).cmp(&(b.started, &b.name)));
        all
    }

    /// The Decisions as they stood last, by name.
    pub fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.lives.values().map(|life| &life.episode)
    }
}

impl Life {
    fn told(&self, end: DateTime<Utc>) -> DecisionTold {
        let episode = &self.episode;
        let ended = (episode.phase == Phase::Ended).then_some(episode.since);
        let would = self.steps.iter().any(|step| step.phase == Phase::WouldAct);
        DecisionTold {
            name: episode.name.clone(),
            policy: episode.key.policy.to_string(),
            namespace: episode.key.service.namespace.clone(),
            service: episode.key.service.service.clone(),
            tier: episode.key.tier.clone(),
            level: episode.level.clone(),
            mode: self.mode.clone(),
            started: episode.started,
            ended,
            phase: episode.phase.as_str().to_string(),
            outcome: episode.outcome.map(|outcome| outcome.as_str().to_string()),
            minutes: minutes(ended.unwrap_or(end) - episode.started),
            held_minutes: minutes(held(&self.steps, end)),
            relapses: episode.relapses,
            flags: episode.flags.iter().map(|flag| format!("{}={}", flag.key, flag.fallback)).collect(),
            budgets: self.budgets.iter().cloned().collect(),
            acted: would || episode.first_cut.is_some(),
            transitions: self.steps.iter().map(step).collect(),
            incidents: None,
        }
    }
}

fn step(step: &Transition) -> StepTold {
    StepTold {
        at: step.at,
        phase: step.phase.as_str().to_string(),
        reasons: step.reasons.iter().map(Reason::to_string).collect(),
    }
}

/// The steps that are new in `now`, which may have forgotten old ones.
fn news(known: &[Transition], now: &[Transition]) -> Vec<Transition> {
    let Some(last) = known.last() else { return now.to_vec() };
    let seen = now.iter().rposition(|step| step == last);
    now.get(seen.map_or(0, |seen| seen + 1)..).unwrap_or_default().to_vec()
}

/// How long the flags were cut.
fn held(steps: &[Transition], end: DateTime<Utc>) -> TimeDelta {
    let ends = steps.iter().skip(1).map(|next| next.at).chain([end]);
    let spans = steps.iter().zip(ends).filter(|(step, _)| step.phase.is_cut());
    spans.fold(TimeDelta::zero(), |sum, (step, end)| sum + (end - step.at))
}

fn budgets(reasons: &[Reason]) -> impl Iterator<Item = String> {
    let refusals = reasons.iter().filter(|r| matches!(r.code, Code::BudgetExceeded | Code::BudgetMissing));
    refusals.filter_map(|reason| {
        BUDGETS.iter().find(|budget| reason.message.contains(**budget)).map(|budget| budget.to_string())
    })
}

/// Minutes, to a hundredth.
pub fn minutes(span: TimeDelta) -> f64 {
    (span.num_milliseconds() as f64 / 600.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64, phase: Phase) -> Transition {
        Transition { at: DateTime::from_timestamp(minute * 60, 0).unwrap(), phase, reasons: vec![] }
    }

    #[test]
    fn a_cut_is_held_from_each_cut_to_the_probe_after_it() {
        let steps = [
            at(0, Phase::Blocked),
            at(5, Phase::Acting),
            at(5, Phase::Holding),
            at(15, Phase::Probing),
            at(18, Phase::Acting),
            at(18, Phase::Holding),
            at(40, Phase::Restoring),
            at(41, Phase::Ended),
        ];
        assert_eq!(held(&steps, at(99, Phase::Ended).at), TimeDelta::minutes(33));
        assert_eq!(held(&steps[..3], at(20, Phase::Ended).at), TimeDelta::minutes(15));
    }

    #[test]
    fn steps_that_the_decision_forgot_are_kept() {
        let all = [at(0, Phase::Acting), at(1, Phase::Probing), at(2, Phase::Acting), at(3, Phase::Probing)];
        assert_eq!(news(&[], &all[..2]), all[..2]);
        assert_eq!(news(&all[..2], &all[1..]), all[2..]);
        assert_eq!(news(&all[..2], &all[2..]), all[2..], "even if all that was known is forgotten");
        assert_eq!(news(&all, &all[2..]), []);
    }
}
