//! The effect of a cut in an episode's life: its clock, its verdict, and what follows.
//!
//! `decide` measures; here is known whether another action was on the service, so that nothing can
//! be told, and whether an action that did not help is undone.

use super::work::Work;
use crate::domain::model::effect::{Effect, EffectVerdict};
use crate::domain::model::episode::{Episode, HeldFlag, TierMemory};
use crate::domain::model::proposal::TierProposal;
use crate::domain::model::reason::{Code, Reason};
use crate::domain::model::served::Served;
use chrono::{DateTime, TimeDelta, Utc};

/// Takes the measure before a cut.
pub fn measure(tier: &TierProposal, episode: &mut Episode) {
    let effect =
        |before| Effect { before, clock: None, company: false, verdict: None, message: String::new() };
    episode.effect = tier.sight.gauge.clone().map(effect);
}

/// Starts the clock, once: the cut is served, and is seen in full when the query looks back on
/// nothing else. `cut` is when every flag was read back at its fallback.
pub fn start_clock(work: &Work, tier: &TierProposal, episode: &mut Episode, cut: DateTime<Utc>) {
    let served = served(work, episode, cut);
    let Some(effect) = &mut episode.effect else { return };
    if effect.clock.is_none() {
        let delay = TimeDelta::from_std(tier.terms.window).ok();
        effect.clock = delay.zip(served).and_then(|(delay, served)| served.checked_add_signed(delay));
    }
}

/// Since when all clients are served the cut: as they say, else as long after it as the provider says
/// that it takes. None while they are still asked.
fn served(work: &Work, episode: &Episode, cut: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let of_flag = |held: &HeldFlag| match work.fleet.served.get(&held.hold) {
        Some(Served::Awaited) if held.served_at.is_none() => None,
        Some(Served::Awaited | Served::Since(_)) if held.served_at.is_some() => held.served_at,
        _ => {
            let facts = work.fleet.providers.get(&held.provider);
            let takes = facts.and_then(|facts| TimeDelta::from_std(facts.propagation).ok());
            cut.checked_add_signed(takes.unwrap_or_default())
        }
    };
    episode.flags.iter().map(of_flag).try_fold(cut, |latest, at| Some(latest.max(at?)))
}

/// Takes note of the flags that clients are served at their fallback by now.
pub fn note_served(work: &Work, episode: &mut Episode) {
    for held in &mut episode.flags {
        if let (None, Some(Served::Since(at))) = (held.served_at, work.fleet.served.get(&held.hold)) {
            held.served_at = Some(*at);
        }
    }
}

/// The flags that clients are served at their fallback, as a reason.
pub fn served_reason(episode: &Episode) -> Option<Reason> {
    let cut = episode.first_cut?;
    let told = episode.flags.iter().filter_map(|held| {
        let after = (held.served_at? - cut).num_milliseconds().max(0);
        let (seconds, tenths) = (after / 1000, after % 1000 / 100);
        let first = if episode.relapses == 0 {
            format!(", {seconds}.{tenths} s after it was wanted")
        } else {
            String::new()
        };
        Some(format!("{} is served at {}{first}", held.key, held.fallback))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty())
        .then(|| Reason::new(Code::CutServed, format!("clients were asked: {}", told.join("; "))))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::episode::Phase;
    use crate::domain::model::fleet::Fleet;
    use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
    use crate::domain::model::provider::{Access, Capabilities, ProviderFacts};
    use std::time::Duration;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn held(hold: &str) -> HeldFlag {
        HeldFlag {
            action: "cut".into(),
            provider: "flags".into(),
            key: format!("{hold}-check"),
            fallback: "off".into(),
            hold: hold.into(),
            before: String::new(),
            failing_since: None,
            served_at: None,
        }
    }

    fn episode() -> Episode {
        let policy = PolicyKey { namespace: Some("shop".into()), name: "p".into() };
        Episode {
            name: "d".into(),
            key: TierKey { policy, service: ServiceKey::new("shop", "inventory"), tier: "t".into() },
            policy_uid: "u".into(),
            ordinal: 1,
            level: "Fuse".into(),
            started: at(0),
            phase: Phase::Holding,
            since: at(100),
            first_cut: Some(at(98)),
            deadline: None,
            outcome: None,
            relapses: 0,
            held_seconds: 0,
            ask: None,
            effect: None,
            issues: Vec::new(),
            flags: vec![held("a"), held("b")],
            reasons: Vec::new(),
            transitions: Vec::new(),
        }
    }

    /// A fleet whose provider takes 15 s, with these answers of clients.
    fn fleet(served: &[(&str, Served)]) -> Fleet {
        let facts = ProviderFacts {
            name: "flags".into(),
            store: "unleash".into(),
            endpoint: String::new(),
            project: None,
            object: None,
            base: None,
            capabilities: Capabilities { precondition: false, history: true, self_ending: false },
            fallbacks: Vec::new(),
            access: Access::Everyone,
            propagation: Duration::from_secs(15),
        };
        Fleet {
            providers: [("flags".to_string(), facts)].into(),
            served: served.iter().map(|(hold, served)| (hold.to_string(), *served)).collect(),
            ..Fleet::default()
        }
    }

    #[test]
    fn the_clock_waits_for_the_last_flag_that_clients_are_asked_about() {
        for (answers, expected) in [
            (vec![], Some(115)),
            (vec![("a", Served::Awaited)], None),
            (vec![("a", Served::Since(at(103))), ("b", Served::Awaited)], None),
            (vec![("a", Served::Since(at(103))), ("b", Served::Since(at(107)))], Some(107)),
            (vec![("a", Served::Since(at(103)))], Some(115)),
            (vec![("a", Served::Unseen), ("b", Served::Since(at(101)))], Some(115)),
        ] {
            let (fleet, mut episode) = (fleet(&answers), episode());
            let work = Work::new(at(120), &fleet, &[]);
            note_served(&work, &mut episode);
            assert_eq!(served(&work, &episode, at(100)), expected.map(at), "{answers:?}");
        }
    }

    #[test]
    fn what_clients_said_stays_and_is_told() {
        let (first, mut episode) = (fleet(&[("a", Served::Since(at(103)))]), episode());
        note_served(&Work::new(at(104), &first, &[]), &mut episode);
        let told = served_reason(&episode).unwrap();
        assert_eq!(told.code, Code::CutServed);
        assert!(told.message.contains("a-check is served at off, 5.0 s after it was wanted"), "{told}");
        // After a restart it is asked again, and is known to be so all the same.
        let again = fleet(&[("a", Served::Awaited), ("b", Served::Since(at(109)))]);
        let work = Work::new(at(110), &again, &[]);
        note_served(&work, &mut episode);
        assert_eq!(episode.flags[0].served_at, Some(at(103)));
        assert_eq!(served(&work, &episode, at(100)), Some(at(109)));
    }
}
