//! Episode to Decision, and back.
//!
//! A phase, outcome or reason of a newer version survives being read: the episode is then in
//! phase Restoring with [`Code::NewerVersion`], so that it can only be given back.

use super::reason::{entries, line};
use crate::domain::model::effect::{Effect, EffectVerdict, Gauge};
use crate::domain::model::episode::{Ask, Episode, HeldFlag, Outcome, Phase, TRANSITIONS_MAX, Transition};
use crate::domain::model::id::{ServiceKey, TierKey};
use crate::domain::model::issue::Issue;
use crate::domain::model::problem::shorten;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::field::condition::{Condition, Statement, Truth, conditions};
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::decision::{
    Decision, DecisionSpec, DecisionStatus, EffectEntry, FlagEntry, TransitionEntry,
};
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::policy::tier::LevelWord;
use chrono::DateTime;

impl From<&Episode> for Decision {
    fn from(episode: &Episode) -> Self {
        let spec = DecisionSpec {
            policy_ref: (&episode.key.policy).into(),
            policy_uid: episode.policy_uid.clone(),
            service: episode.key.service.service.clone(),
            tier: episode.key.tier.clone(),
            ordinal: episode.ordinal,
            level: level(&episode.level),
            started: episode.started.into(),
            flags: episode.flags.iter().map(FlagEntry::from).collect(),
        };
        let mut decision = Self::new(&episode.name, spec);
        decision.metadata.namespace = Some(episode.key.service.namespace.clone());
        decision.status = Some(status(episode, &[]));
        decision
    }
}

/// The status of an episode; conditions that stay keep their transition time from `former`. Who was
/// told of it is not the episode's to say.
pub fn status(episode: &Episode, former: &[Condition]) -> DecisionStatus {
    let skipped = episode.transitions.len().saturating_sub(TRANSITIONS_MAX);
    DecisionStatus {
        phase: Some(episode.phase.as_str().to_string()),
        outcome: episode.outcome.map(|outcome| outcome.as_str().to_string()),
        action: action(episode),
        reason: line(&episode.reasons),
        since: Some(episode.since.into()),
        first_cut: episode.first_cut.map(Stamp),
        deadline: episode.deadline.map(Stamp),
        relapses: episode.relapses,
        held_seconds: episode.held_seconds,
        proposal_hash: episode.ask.as_ref().map(|ask| ask.hash.clone()).filter(|hash| !hash.is_empty()),
        rules: episode.ask.as_ref().map(|ask| ask.rules.clone()).unwrap_or_default(),
        approved_by: episode.ask.as_ref().and_then(|ask| ask.by.clone()),
        effect: episode.effect.as_ref().map(EffectEntry::from),
        issues: episode.issues.iter().map(IssueEntry::from).collect(),
        // Not the episode's: who stores it keeps what was found out.
        evidence: None,
        reasons: entries(&episode.reasons),
        transitions: episode.transitions.iter().skip(skipped).map(TransitionEntry::from).collect(),
        conditions: conditions(episode.since, None, statements(episode), former),
        told: Vec::new(),
    }
}

fn action(episode: &Episode) -> Option<String> {
    let flags = episode.flags.iter().map(|flag| format!("{}={}", flag.key, flag.fallback));
    let all: Vec<String> = flags.chain(episode.issues.iter().map(Issue::to_string)).collect();
    (!all.is_empty()).then(|| shorten(&all.join(", "), 1024))
}

fn statements(episode: &Episode) -> Vec<Statement> {
    let phase = episode.phase;
    let message = line(&episode.reasons).unwrap_or_default();
    let say = |type_, status| Statement {
        type_,
        status,
        reason: episode.outcome.map_or(phase.as_str(), Outcome::as_str).to_string(),
        message: message.clone(),
    };
    let waits = |code| episode.reasons.iter().any(|reason| reason.code == code);
    let needs_person = matches!(phase, Phase::Latched | Phase::AwaitingApproval)
        || (phase == Phase::Restoring && waits(Code::ProviderChanged));
    vec![
        say("Engaged", engaged(phase)),
        verified(episode),
        say("Restored", restored(episode)),
        say("NeedsPerson", needs_person.into()),
    ]
}

/// Whether the signal improved after the cut.
fn verified(episode: &Episode) -> Statement {
    let verdict = episode.effect.as_ref().and_then(|effect| effect.verdict);
    let (status, reason) = match verdict {
        Some(EffectVerdict::Improved) => (Truth::True, "Improved"),
        Some(EffectVerdict::Ineffective) => (Truth::False, "Ineffective"),
        Some(EffectVerdict::Inconclusive) => (Truth::Unknown, "Inconclusive"),
        None => (Truth::Unknown, if episode.effect.is_some() { "NotYet" } else { "NotMeasured" }),
    };
    let said = episode.effect.as_ref().map(|effect| effect.message.clone()).filter(|text| !text.is_empty());
    let message = said.unwrap_or_else(|| "the effect of the action is not measured".to_string());
    Statement { type_: "Verified", status, reason: reason.to_string(), message }
}

fn engaged(phase: Phase) -> Truth {
    match phase {
        Phase::Holding | Phase::Latched => Truth::True,
        Phase::Acting | Phase::Restoring => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Whether nothing of ours is on the flags any more. A flag that is gone cannot be restored.
fn restored(episode: &Episode) -> Truth {
    match (episode.phase, episode.outcome, episode.first_cut) {
        (Phase::Ended, Some(Outcome::FlagGone), _) => Truth::False,
        (Phase::Ended, _, _) | (_, _, None) => Truth::True,
        (Phase::Restoring, _, _) => Truth::Unknown,
        _ => Truth::False,
    }
}

impl From<&Decision> for Episode {
    fn from(decision: &Decision) -> Self {
        let spec = &decision.spec;
        let status = decision.status.clone().unwrap_or_default();
        let standing = standing(&status);
        let transitions = status.transitions.iter().filter_map(transition).collect();
        Self {
            name: decision.metadata.name.clone().unwrap_or_default(),
            key: TierKey {
                policy: (&spec.policy_ref).into(),
                service: ServiceKey::new(
                    decision.metadata.namespace.clone().unwrap_or_default(),
                    &spec.service,
                ),
                tier: spec.tier.clone(),
            },
            policy_uid: spec.policy_uid.clone(),
            ordinal: spec.ordinal,
            level: level_text(spec.level).to_string(),
            started: spec.started.0,
            phase: standing.phase,
            since: status.since.map_or(spec.started.0, |since| since.0),
            first_cut: status.first_cut.map(DateTime::from),
            deadline: status.deadline.map(DateTime::from),
            outcome: standing.outcome,
            relapses: status.relapses,
            held_seconds: status.held_seconds,
            ask: ask(&status),
            effect: status.effect.as_ref().map(Effect::from),
            flags: spec.flags.iter().map(HeldFlag::from).collect(),
            issues: status.issues.iter().map(Issue::from).collect(),
            reasons: standing.reasons,
            transitions,
        }
    }
}

/// A frozen proposal, if somebody was asked.
fn ask(status: &DecisionStatus) -> Option<Ask> {
    let asked = status.proposal_hash.is_some() || !status.rules.is_empty() || status.approved_by.is_some();
    asked.then(|| Ask {
        rules: status.rules.clone(),
        hash: status.proposal_hash.clone().unwrap_or_default(),
        by: status.approved_by.clone(),
    })
}

impl From<&Effect> for EffectEntry {
    fn from(effect: &Effect) -> Self {
        Self {
            signal: effect.before.signal.clone(),
            excess_before: effect.before.excess,
            easing: effect.before.easing,
            clock: effect.clock.map(Stamp),
            company: effect.company,
            verdict: effect.verdict.map(|verdict| verdict.as_str().to_string()),
            message: shorten(&effect.message, 1024),
        }
    }
}

impl From<&EffectEntry> for Effect {
    /// A verdict of a newer version cannot be told here, which is what Inconclusive says.
    fn from(entry: &EffectEntry) -> Self {
        let known = |word: &String| {
            let found = word::find(&EffectVerdict::ALL, EffectVerdict::as_str, word);
            found.unwrap_or(EffectVerdict::Inconclusive)
        };
        Self {
            before: Gauge { signal: entry.signal.clone(), excess: entry.excess_before, easing: entry.easing },
            clock: entry.clock.map(DateTime::from),
            company: entry.company,
            verdict: entry.verdict.as_ref().map(known),
            message: entry.message.clone(),
        }
    }
}

/// Phase, outcome and reasons as this version understands them.
struct Standing {
    phase: Phase,
    outcome: Option<Outcome>,
    reasons: Vec<Reason>,
}

fn standing(status: &DecisionStatus) -> Standing {
    let phase = status.phase.as_deref().and_then(|word| word::find(&Phase::ALL, Phase::as_str, word));
    let outcome = status.outcome.as_deref().map(|word| word::find(&Outcome::ALL, Outcome::as_str, word));
    let mut reasons: Vec<Reason> = status.reasons.iter().map(Reason::from).collect();
    match (phase, outcome) {
        (Some(phase), None) => Standing { phase, outcome: None, reasons },
        (Some(phase), Some(Some(outcome))) => Standing { phase, outcome: Some(outcome), reasons },
        (Some(Phase::Ended), Some(None)) => {
            Standing { phase: Phase::Ended, outcome: Some(Outcome::Released), reasons }
        }
        (_, outcome) => {
            reasons.insert(0, unknown(status));
            Standing {
                phase: Phase::Restoring,
                outcome: Some(outcome.flatten().unwrap_or(Outcome::Released)),
                reasons,
            }
        }
    }
}

fn unknown(status: &DecisionStatus) -> Reason {
    let message = match (&status.phase, &status.outcome) {
        (None, _) => "the Decision has lost its status: it is only restored".to_string(),
        (Some(phase), None) => format!("phase {phase} is of a newer version: it is only restored"),
        (Some(phase), Some(outcome)) => {
            format!("phase {phase} with outcome {outcome} is of a newer version: it is only restored")
        }
    };
    Reason::new(Code::NewerVersion, message)
}

/// A step into a phase that this version does not know is left out.
fn transition(entry: &TransitionEntry) -> Option<Transition> {
    let phase = word::find(&Phase::ALL, Phase::as_str, &entry.phase)?;
    Some(Transition { at: entry.at.0, phase, reasons: entry.reasons.iter().map(Reason::from).collect() })
}

impl From<&Transition> for TransitionEntry {
    fn from(step: &Transition) -> Self {
        Self { at: step.at.into(), phase: step.phase.as_str().to_string(), reasons: entries(&step.reasons) }
    }
}

impl From<&HeldFlag> for FlagEntry {
    fn from(flag: &HeldFlag) -> Self {
        Self {
            action: flag.action.clone(),
            provider: flag.provider.clone(),
            key: flag.key.clone(),
            fallback: flag.fallback.clone(),
            hold: flag.hold.clone(),
            before: flag.before.clone(),
            failing_since: flag.failing_since.map(Stamp),
            served_at: flag.served_at.map(Stamp),
        }
    }
}

impl From<&FlagEntry> for HeldFlag {
    fn from(entry: &FlagEntry) -> Self {
        Self {
            action: entry.action.clone(),
            provider: entry.provider.clone(),
            key: entry.key.clone(),
            fallback: entry.fallback.clone(),
            hold: entry.hold.clone(),
            before: entry.before.clone(),
            failing_since: entry.failing_since.map(DateTime::from),
            served_at: entry.served_at.map(DateTime::from),
        }
    }
}

/// The level of that word; Optimize, the shallowest, for a word that is none.
fn level(text: &str) -> LevelWord {
    match text {
        "Fuse" => LevelWord::Fuse,
        "Degrade" => LevelWord::Degrade,
        _ => LevelWord::Optimize,
    }
}

fn level_text(level: LevelWord) -> &'static str {
    match level {
        LevelWord::Fuse => "Fuse",
        LevelWord::Degrade => "Degrade",
        LevelWord::Optimize => "Optimize",
    }
}

#[cfg(test)]
mod tests;
