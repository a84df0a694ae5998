//! What a tick did, as Events on the Decisions and on the policies that it was done for.

use crate::app::drive::news::{News, Tick};
use crate::app::drive::show::story;
use crate::domain::model::episode::{Episode, Outcome, Phase};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::problem::Problem;
use crate::edge::cluster::events::{About, Happening};

/// The Events of a tick. `uid` finds the uid of a Decision.
pub fn of(tick: &Tick, uid: impl Fn(&str) -> Option<String>) -> Vec<Happening> {
    let stored = tick.news.iter().filter_map(|news| match news {
        News::Stored(episode) if story::moved(episode) => Some(&**episode),
        News::Stored(_) | News::Done(_) | News::Looked(_) => None,
    });
    stored.flat_map(|episode| happenings(episode, uid(&episode.name))).collect()
}

/// A policy is not accepted as it is.
pub fn refused(policy: &PolicyKey, uid: &str, problems: &[Problem]) -> Happening {
    Happening {
        about: about(policy, uid),
        related: None,
        warning: true,
        reason: "NotAccepted".to_string(),
        action: "Accept",
        note: super::standing::sentences(problems),
    }
}

/// The same step told twice: `kubectl describe` shows the Events about an object alone, and people
/// look at either. A Decision that was deleted meanwhile has no place for it.
fn happenings(episode: &Episode, uid: Option<String>) -> Vec<Happening> {
    let Some((reason, warning)) = word(episode) else { return Vec::new() };
    let why: Vec<String> = episode.reasons.iter().map(ToString::to_string).collect();
    let (service, action) = (&episode.key.service, story::action(episode));
    let policy = about(&episode.key.policy, &episode.policy_uid);
    let decision = About {
        kind: "Decision".to_string(),
        namespace: Some(service.namespace.clone()),
        name: episode.name.clone(),
        uid: uid.clone().unwrap_or_default(),
    };
    let happening = |about: &About, related: &About| Happening {
        about: about.clone(),
        related: Some(related.clone()),
        warning,
        reason: reason.to_string(),
        action: "Govern",
        note: format!("tier {} of {service} ({action}): {}", episode.key.tier, why.join("; ")),
    };
    let on_decision = uid.map(|_| happening(&decision, &policy));
    on_decision.into_iter().chain([happening(&policy, &decision)]).collect()
}

/// The reason of the Event, and whether a person should look; None where nothing is worth telling.
fn word(episode: &Episode) -> Option<(&'static str, bool)> {
    match (episode.phase, episode.outcome) {
        (Phase::Ended, Some(Outcome::Passed)) | (Phase::Restoring, _) => None,
        (Phase::Ended, outcome) => {
            let outcome = outcome?;
            let well = matches!(outcome, Outcome::Restored | Outcome::Released | Outcome::Denied);
            Some((outcome.as_str(), !well))
        }
        (phase @ (Phase::Blocked | Phase::Latched), _) => Some((phase.as_str(), true)),
        (phase, _) => Some((phase.as_str(), false)),
    }
}

fn about(policy: &PolicyKey, uid: &str) -> About {
    About {
        kind: policy.kind().to_string(),
        namespace: policy.namespace.clone(),
        name: policy.name.clone(),
        uid: uid.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::id::{ServiceKey, TierKey};
    use crate::domain::model::reason::{Code, Reason};
    use chrono::{DateTime, Utc};

    fn episode(phase: Phase, outcome: Option<Outcome>) -> Episode {
        let started: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let mut episode = Episode {
            name: "cart-cut-1".into(),
            key: TierKey {
                policy: PolicyKey { namespace: None, name: "fleet".into() },
                service: ServiceKey::new("shop", "cart"),
                tier: "cut".into(),
            },
            policy_uid: "policy-uid".into(),
            ordinal: 1,
            level: "Fuse".into(),
            started,
            phase,
            since: started,
            first_cut: None,
            deadline: None,
            outcome,
            relapses: 0,
            held_seconds: 0,
            ask: None,
            effect: None,
            issues: Vec::new(),
            flags: Vec::new(),
            reasons: Vec::new(),
            transitions: Vec::new(),
        };
        episode.enter(
            started,
            phase,
            vec![Reason::new(Code::ConditionTrue, "wait (9 s) beyond its limit 1")],
        );
        episode
    }

    fn told(episode: Episode, uid: Option<&str>) -> Vec<Happening> {
        let tick = Tick { news: vec![News::Stored(Box::new(episode))], ..Tick::default() };
        of(&tick, |_| uid.map(str::to_string))
    }

    #[test]
    fn a_step_is_told_on_its_decision_and_on_its_policy() {
        let told = told(episode(Phase::Acting, None), Some("decision-uid"));
        let [first, other] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((first.about.kind.as_str(), first.about.uid.as_str()), ("Decision", "decision-uid"));
        assert_eq!(first.about.namespace.as_deref(), Some("shop"));
        assert_eq!(
            (other.about.kind.as_str(), other.about.uid.as_str()),
            ("ClusterHealthPolicy", "policy-uid")
        );
        assert_eq!(first.related.as_ref(), Some(&other.about));
        assert_eq!(other.related.as_ref(), Some(&first.about));
        assert_eq!((first.reason.as_str(), first.warning), ("Acting", false));
        assert!(
            first.note.contains("ConditionTrue: wait (9 s)") && first.note == other.note,
            "{}",
            first.note
        );
    }

    #[test]
    fn a_decision_that_is_gone_is_told_of_on_its_policy_alone() {
        let told = told(episode(Phase::Ended, Some(Outcome::Released)), None);
        assert_eq!(
            told.iter().map(|event| event.about.kind.as_str()).collect::<Vec<_>>(),
            ["ClusterHealthPolicy"]
        );
    }

    #[test]
    fn what_nobody_needs_to_know_is_not_told() {
        for (phase, outcome) in [(Phase::Ended, Some(Outcome::Passed)), (Phase::Restoring, None)] {
            assert_eq!(told(episode(phase, outcome), Some("u")), []);
        }
    }
}
