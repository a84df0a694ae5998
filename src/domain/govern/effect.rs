//! The effect of a cut in an episode's life: its clock, its verdict, and what follows.
//!
//! `decide` measures; here is known whether another action was on the service, so that nothing can
//! be told, and whether an action that did not help is undone.

use super::work::Work;
use crate::domain::model::effect::{Effect, EffectVerdict};
use crate::domain::model::episode::{Episode, TierMemory};
use crate::domain::model::proposal::TierProposal;
use crate::domain::model::reason::{Code, Reason};
use chrono::TimeDelta;

/// Takes the measure before a cut.
pub fn measure(tier: &TierProposal, episode: &mut Episode) {
    let effect =
        |before| Effect { before, clock: None, company: false, verdict: None, message: String::new() };
    episode.effect = tier.sight.gauge.clone().map(effect);
}

/// Starts the clock, once: the cut is served, and is seen in full when the query looks back on
/// nothing else.
pub fn start_clock(work: &Work, tier: &TierProposal, episode: &mut Episode) {
    let delay = TimeDelta::from_std(tier.terms.window).ok();
    let Some(effect) = &mut episode.effect else { return };
    if effect.clock.is_none() {
        effect.clock = delay.and_then(|delay| work.now.checked_add_signed(delay));
    }
}

/// Takes the verdict that was measured, and counts it. Whether the cut is to be undone for it.
pub fn judge(work: &Work, tier: &TierProposal, memory: &mut TierMemory, episode: &mut Episode) -> bool {
    let service = &episode.key.service;
    let other = work.holding.iter().any(|h| h.service == *service && h.decision != episode.name);
    let undo = tier.terms.undo;
    let Some(effect) = &mut episode.effect else { return false };
    if effect.verdict.is_none() {
        effect.company |= other;
        if let Some((measured, message)) = &tier.sight.effect {
            let (verdict, message) = match effect.company {
                true => (EffectVerdict::Inconclusive, "another action was on the service".to_string()),
                false => (*measured, message.clone()),
            };
            effect.verdict = Some(verdict);
            effect.message = message;
            memory.counts.judged(verdict);
        }
    }
    undo && effect.verdict == Some(EffectVerdict::Ineffective)
}

/// The verdict as a reason.
pub fn reason(effect: &Effect) -> Option<Reason> {
    let code = match effect.verdict? {
        EffectVerdict::Improved => Code::Improved,
        EffectVerdict::Ineffective => Code::Ineffective,
        EffectVerdict::Inconclusive => Code::Inconclusive,
    };
    Some(Reason::new(code, effect.message.clone()))
}
