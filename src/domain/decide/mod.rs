//! What one policy wants for one service, and why.
//!
//! Owns `decide`: conditions over the window of readings, recovery, and what a live episode asks
//! for next. It sees one policy and one service; holds, budgets and pauses are `govern`'s. It
//! returns reasons and does not log.

pub mod check;
pub mod condition;
pub mod describe;
pub mod effect;
pub mod fresh;
pub mod live;
pub mod streak;
pub mod truth;
pub mod weight;

use crate::domain::model::episode::{Episode, Memory, Outcome};
use crate::domain::model::flag::FlagWish;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::observation::Observation;
use crate::domain::model::proposal::{Proposal, Sight, Terms, TierProposal, Want};
use crate::domain::model::reason::Reason;
use crate::domain::policy::spec::{Policy, Tier};
use crate::domain::policy::window;
use chrono::{DateTime, Utc};
use truth::Truth;

/// One policy, one service: what it wants, and why.
pub fn decide(now: DateTime<Utc>, policy: &Policy, observation: &Observation, memory: &Memory) -> Proposal {
    let policy = policy.meant_for(&observation.service);
    let tiers = policy.tiers.iter().map(|tier| {
        let mut remembered = memory.tiers.get(&tier.name).cloned().unwrap_or_default();
        let case = condition::Case { now, policy, tier, observation };
        let terms = terms(policy, tier, &observation.service);
        let mut wish = match remembered.episode.take() {
            None => fresh::wish(&case, remembered),
            Some(episode) => live::wish(&case, remembered, episode),
        };
        wish.sight.well = match case.when() {
            Truth::False => Some(true),
            Truth::True => Some(false),
            Truth::Unknown => None,
        };
        wish.sight.weight = weight::weight(&case);
        TierProposal {
            tier: tier.name.clone(),
            rank: tier.level as u8,
            level: tier.level.as_str().to_string(),
            want: wish.want,
            reasons: wish.reasons,
            terms,
            sight: wish.sight,
            memory: wish.memory,
        }
    });
    Proposal {
        pause: policy.orders.pause,
        no_act: window::no_act(&policy.windows, now).map(|window| window.name.clone()),
        policy: policy.key.clone(),
        policy_uid: policy.uid.clone(),
        generation: policy.generation,
        created: policy.created,
        service: observation.service.clone(),
        tiers: tiers.collect(),
    }
}

/// The order to release live episodes: what becomes of claims whose policy, tier, service or
/// Decision is gone. It needs no evidence. `why` says which episodes, and `left` which tiers without one are
/// gone, of whose open issues leave is taken; `known` is the policy if it is still declared.
pub fn release(
    policy: &PolicyKey,
    known: Option<&Policy>,
    service: &ServiceKey,
    memory: &Memory,
    (why, left): (impl Fn(&Episode) -> Option<Reason>, impl Fn(&str) -> Option<Reason>),
) -> Option<Proposal> {
    let tiers: Vec<TierProposal> = memory
        .tiers
        .iter()
        .filter_map(|(name, remembered)| {
            let (level, want, reason) = match &remembered.episode {
                Some(episode) if episode.phase.holds() => {
                    (episode.level.clone(), Want::Restore(Outcome::Released), why(episode)?)
                }
                Some(episode) => (episode.level.clone(), Want::Pass, why(episode)?),
                None if remembered.owes_leave() => (String::new(), Want::Nothing, left(name)?),
                None => return None,
            };
            let tier = known.and_then(|policy| policy.tier(name));
            Some(TierProposal {
                tier: name.clone(),
                rank: tier.map_or(0, |tier| tier.level as u8),
                level,
                want,
                reasons: vec![reason],
                terms: known
                    .zip(tier)
                    .map_or_else(Terms::spent, |(policy, tier)| terms(policy, tier, service)),
                sight: Sight::default(),
                memory: remembered.clone(),
            })
        })
        .collect();
    let uid = tiers.first()?.memory.episode.as_ref().map(|episode| episode.policy_uid.clone());
    Some(Proposal {
        policy: policy.clone(),
        policy_uid: known.map_or(uid.unwrap_or_default(), |policy| policy.uid.clone()),
        generation: known.map_or(0, |policy| policy.generation),
        created: known.and_then(|policy| policy.created),
        service: service.clone(),
        pause: known.map_or_else(Default::default, |policy| policy.orders.pause),
        no_act: None,
        tiers,
    })
}

fn terms(policy: &Policy, tier: &Tier, service: &ServiceKey) -> Terms {
    let wishes = tier.actions.iter().map(|action| FlagWish {
        action: action.name.clone(),
        provider: action.provider.clone(),
        key: action.key.render(service),
        fallback: action.fallback.clone(),
        shared: action.shared,
        per_service: action.key.names_service(),
        go_on: action.go_on,
        demands: action.demands.clone(),
    });
    let issues = tier.issues.iter().map(|action| action.wish(service));
    let verified = tier.verify.and_then(|verify| policy.signals.get(verify.signal));
    Terms {
        mode: tier.mode,
        max_duration: tier.max_duration,
        keep: tier.keep,
        cooldown: tier.cooldown,
        latch_after: tier.latch_after,
        sla_percent: tier.sla_percent,
        approval: (tier.approval.timeout, tier.approval.act_on_timeout),
        undo: tier.verify.is_some_and(|verify| verify.undo),
        window: verified.map_or_else(Default::default, |signal| signal.query.window()),
        digest: tier.digest.clone(),
        wishes: wishes.collect(),
        issues: issues.collect(),
    }
}
