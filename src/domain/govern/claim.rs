//! Claims: a Decision's wishes on flags, one hold per flag.
//!
//! Owns how claims come into a hold and leave it, and how a flag stands to its claimant.

use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag};
use crate::domain::model::flag::{FlagView, Standing};
use crate::domain::model::hold::{Claim, FlagHold};
use crate::domain::model::reason::{Code, Reason};

/// How a held flag stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stand {
    /// Our cut is on it.
    Cut,
    /// It has its original.
    Free,
    /// Our cut is on it, and a person changed something beside it.
    Edited(String),
    /// Somebody else's now.
    Foreign(String),
    Gone,
    /// Not to be known or touched right now.
    Waiting(Reason),
}

/// How `held` stands right now.
pub fn stand(work: &Work, held: &HeldFlag) -> Stand {
    let unavailable = |message: String| Stand::Waiting(Reason::new(Code::ProviderUnavailable, message));
    match work.fleet.providers.get(&held.provider) {
        None => {
            let message = format!("FlagProvider {} is not declared any more", held.provider);
            return Stand::Waiting(Reason::new(Code::ProviderChanged, message));
        }
        Some(facts) if facts.target(&held.key).hold_name() != held.hold => {
            let message =
                format!("FlagProvider {} names another store than the hold was written to", held.provider);
            return Stand::Waiting(Reason::new(Code::ProviderChanged, message));
        }
        Some(_) => {}
    }
    match work.view(&held.hold) {
        None => unavailable(format!("flag {} was not looked at", held.key)),
        Some(FlagView::Unreadable(reason)) => Stand::Waiting(reason.clone()),
        Some(FlagView::Gone) => Stand::Gone,
        Some(FlagView::Seen(state)) => match &state.standing {
            Standing::Cut { .. } => Stand::Cut,
            Standing::Free => Stand::Free,
            Standing::CutAndEdited(what) => Stand::Edited(what.clone()),
            Standing::Foreign(what) => Stand::Foreign(what.clone()),
            Standing::Refused(reason) => Stand::Foreign(reason.message.clone()),
            Standing::AtFallback => Stand::Foreign("it serves the fallback by itself now".to_string()),
        },
    }
}

/// Enters the episode's claim into the holds of its flags, creating what is missing.
pub fn enter(work: &mut Work, episode: &Episode, keep: bool, cut: impl Fn(&HeldFlag) -> bool) {
    let deadline = episode.deadline.unwrap_or(work.now);
    for held in &episode.flags {
        let claim = Claim {
            decision: episode.name.clone(),
            key: episode.key.clone(),
            deadline,
            keep,
            cut: cut(held),
        };
        let Some(facts) = work.fleet.providers.get(&held.provider) else { continue };
        let target = facts.target(&held.key);
        if target.hold_name() != held.hold {
            continue;
        }
        let uid = work.state(&held.hold).and_then(|state| state.uid.clone());
        let installation = work.fleet.installation.clone();
        let hold = work.holds.entry(held.hold.clone()).or_insert_with(|| FlagHold {
            target,
            installation,
            pre_image: held.before.clone(),
            uid,
            fallback: held.fallback.clone(),
            deadline: None,
            claims: Vec::new(),
        });
        hold.claims.retain(|other| other.decision != claim.decision);
        hold.claims.push(claim);
        hold.claims.sort();
    }
}

/// Takes the episode's claim out of one hold, or out of all.
pub fn leave(work: &mut Work, decision: &str, hold: Option<&str>) {
    for (name, stored) in &mut work.holds {
        if hold.is_none_or(|only| only == name) {
            stored.claims.retain(|claim| claim.decision != decision);
        }
    }
}

/// Whether another Decision wants this flag cut.
pub fn cut_by_another(work: &Work, held: &HeldFlag, decision: &str) -> bool {
    work.holds.get(&held.hold).is_some_and(|hold| hold.claims.iter().any(|c| c.cut && c.decision != decision))
}

/// Claims of Decisions that live no more: the flag goes back, then the claim goes.
pub fn drop_orphans(work: &mut Work) {
    let live = work.live.clone();
    let fleet = work.fleet;
    for (name, hold) in &mut work.holds {
        let settled = match fleet.flags.get(name) {
            None | Some(FlagView::Unreadable(_)) => false,
            Some(FlagView::Gone) => true,
            Some(FlagView::Seen(state)) => {
                !matches!(state.standing, Standing::Cut { .. } | Standing::CutAndEdited(_))
            }
        };
        hold.claims.retain(|claim| live.contains(&claim.decision) || !settled);
        for claim in hold.claims.iter_mut().filter(|claim| !live.contains(&claim.decision)) {
            claim.cut = false;
        }
    }
}
