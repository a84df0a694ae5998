//! What happened: every step of every Decision, every refusal, every write to a flag.

use chrono::{DateTime, Utc};
use flyball::domain::model::episode::{Episode, Outcome, Phase};
use flyball::domain::model::reason::Code;
use std::collections::BTreeMap;

/// One step of a Decision.
#[derive(Debug, Clone)]
pub struct Step {
    pub at: DateTime<Utc>,
    pub decision: String,
    /// `namespace/service/tier` of which policy.
    pub who: String,
    pub from: Option<Phase>,
    pub to: Phase,
    pub outcome: Option<Outcome>,
    pub codes: Vec<Code>,
    pub sentences: Vec<String>,
}

/// Everything that happened.
#[derive(Default)]
pub struct History {
    pub steps: Vec<Step>,
    /// When, who, and why not.
    pub refusals: Vec<(DateTime<Utc>, String, Vec<Code>)>,
    /// Codes of all reasons that were given anywhere.
    pub codes: BTreeMap<Code, u64>,
    /// By name: when it began, its phase, and how many steps it had. A name comes again where
    /// everything that remembered it was lost.
    known: BTreeMap<String, (DateTime<Utc>, Phase, usize)>,
}

/// `namespace/service/tier` with the policy's name.
pub fn who(episode: &Episode) -> String {
    let key = &episode.key;
    format!("{}/{}/{} of {}", key.service.namespace, key.service.service, key.tier, key.policy.name)
}

impl History {
    /// Takes a Decision as it was stored.
    pub fn stored(&mut self, episode: &Episode) {
        for reason in &episode.reasons {
            *self.codes.entry(reason.code).or_default() += 1;
        }
        let known = self.known.get(&episode.name).copied().filter(|(began, ..)| *began == episode.started);
        let now = (episode.started, episode.phase, episode.transitions.len());
        let moved = known.is_none_or(|known| known != now)
            && episode.transitions.last().is_some_and(|last| last.at == episode.since);
        self.known.insert(episode.name.clone(), now);
        if !moved {
            return;
        }
        self.steps.push(Step {
            at: episode.since,
            decision: episode.name.clone(),
            who: who(episode),
            from: known.map(|(_, phase, _)| phase),
            to: episode.phase,
            outcome: episode.outcome,
            codes: episode.reasons.iter().map(|reason| reason.code).collect(),
            sentences: episode.reasons.iter().map(ToString::to_string).collect(),
        });
    }
}
