//! How a held flag stands right now, as far as the fleet's view tells.
//!
//! Owns the one reading of provider facts, the stored hold and the present flag that everything
//! in `govern` acts on. Decides nothing.

use crate::domain::model::episode::HeldFlag;
use crate::domain::model::flag::{FlagTarget, FlagView, GONE_AFTER, Standing};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, Utc};

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
    /// Deleted, or deleted and made anew.
    Gone,
    /// The provider names another store than the hold was written to: nothing may be written.
    Moved(Reason),
    /// Not to be known or touched right now.
    Waiting(Reason),
}

impl Stand {
    /// Whether nothing of ours is on the flag, for certain.
    pub fn is_off(&self) -> bool {
        matches!(self, Self::Free | Self::Foreign(_) | Self::Gone)
    }

    /// What keeps us from touching the flag.
    pub fn obstacle(&self) -> Option<&Reason> {
        match self {
            Self::Moved(reason) | Self::Waiting(reason) => Some(reason),
            _ => None,
        }
    }
}

/// The flag that an episode of `service` holds or wishes: as its hold has it, else as its provider
/// names it now.
///
/// # Errors
/// How it stands instead, where that cannot be told.
pub fn target_of(
    fleet: &Fleet,
    hold: Option<&FlagHold>,
    service: &ServiceKey,
    held: &HeldFlag,
) -> Result<FlagTarget, Stand> {
    if let Some(hold) = hold {
        return Ok(hold.target.clone());
    }
    let Some(facts) = fleet.providers.get(&held.provider) else { return Err(undeclared(&held.provider)) };
    let target = facts.target(service, &held.key);
    if target.hold_name() != held.hold { Err(moved(&held.provider)) } else { Ok(target) }
}

/// How the flag of `target` stands, which the hold named `hold` is about.
pub fn stand(now: DateTime<Utc>, fleet: &Fleet, target: &FlagTarget, hold: &str) -> Stand {
    let key = &target.key;
    let Some(facts) = fleet.providers.get(&target.provider) else { return undeclared(&target.provider) };
    if !facts.is_home_of(target) {
        return moved(&target.provider);
    }
    let state = match fleet.flags.get(hold) {
        None => {
            let message = format!("flag {key} was not looked at");
            return Stand::Waiting(Reason::new(Code::ProviderUnavailable, message));
        }
        Some(FlagView::Unreadable(reason)) => return Stand::Waiting(reason.clone()),
        Some(FlagView::Gone { since }) if now - *since >= GONE_AFTER => return Stand::Gone,
        Some(FlagView::Gone { .. }) => {
            let message = format!("flag {key} is not there; if it stays away for a minute it is gone");
            return Stand::Waiting(Reason::new(Code::FlagMissing, message));
        }
        Some(FlagView::Seen(state)) => state,
    };
    let uid = fleet.holds.get(hold).and_then(|hold| hold.uid.as_ref());
    if uid.is_some() && state.uid.is_some() && uid != state.uid.as_ref() {
        return Stand::Gone;
    }
    match &state.standing {
        Standing::Cut { .. } => Stand::Cut,
        Standing::Free => Stand::Free,
        Standing::CutAndEdited(what) => Stand::Edited(what.clone()),
        Standing::Foreign(what) => Stand::Foreign(what.clone()),
        Standing::Refused(reason) => Stand::Foreign(reason.message.clone()),
        Standing::AtFallback => Stand::Foreign("it serves the fallback by itself now".to_string()),
    }
}

fn undeclared(provider: &str) -> Stand {
    let message = format!("FlagProvider {provider} is not declared any more");
    Stand::Waiting(Reason::new(Code::ProviderRefused, message))
}

fn moved(provider: &str) -> Stand {
    let message = format!("FlagProvider {provider} names another store than the hold was written to");
    Stand::Moved(Reason::new(Code::ProviderChanged, message))
}
