//! What a tick did, as Events on the policies that it was done for.

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
    stored.filter_map(|episode| happening(episode, uid(&episode.name))).collect()
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

fn happening(episode: &Episode, uid: Option<String>) -> Option<Happening> {
    let (reason, warning) = word(episode)?;
    let why: Vec<String> = episode.reasons.iter().map(ToString::to_string).collect();
    let service = &episode.key.service;
    let related = About {
        kind: "Decision".to_string(),
        namespace: Some(service.namespace.clone()),
        name: episode.name.clone(),
        uid: uid.unwrap_or_default(),
    };
    Some(Happening {
        about: about(&episode.key.policy, &episode.policy_uid),
        related: Some(related),
        warning,
        reason: reason.to_string(),
        action: "Govern",
        note: format!(
            "tier {} of {service} ({}): {}",
            episode.key.tier,
            story::action(episode),
            why.join("; ")
        ),
    })
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
