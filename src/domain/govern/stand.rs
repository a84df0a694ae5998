//! How a held flag stands right now, as far as the fleet's view tells.
//!
//! Owns the one reading of provider facts, the stored hold and the present flag that everything
//! in `govern` acts on. Decides nothing.

use crate::domain::model::flag::{FlagView, Standing};
use crate::domain::model::fleet::Fleet;
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

/// How the flag `key` of `provider` stands, which the hold named `hold` is about.
pub fn stand(fleet: &Fleet, provider: &str, key: &str, hold: &str) -> Stand {
    let Some(facts) = fleet.providers.get(provider) else {
        let message = format!("FlagProvider {provider} is not declared any more");
        return Stand::Waiting(Reason::new(Code::ProviderRefused, message));
    };
    if facts.target(key).hold_name() != hold {
        let message = format!("FlagProvider {provider} names another store than the hold was written to");
        return Stand::Moved(Reason::new(Code::ProviderChanged, message));
    }
    let state = match fleet.flags.get(hold) {
        None => {
            let message = format!("flag {key} was not looked at");
            return Stand::Waiting(Reason::new(Code::ProviderUnavailable, message));
        }
        Some(FlagView::Unreadable(reason)) => return Stand::Waiting(reason.clone()),
        Some(FlagView::Gone) => return Stand::Gone,
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
