//! A flag that is on or off, and whatever else stands beside that.
//!
//! Pure. Turning it is ours as long as everything beside it is as it was.

use crate::domain::model::flag::Standing;
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What of a flag is kept, and compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Switch {
    pub on: bool,
    /// Everything else that says what is served to whom.
    pub rest: Map<String, Value>,
}

impl Switch {
    /// The flag as it is kept in a FlagHold.
    pub fn document(&self) -> String {
        // A map of JSON always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How it stands without a hold, if it were to be cut to `fallback`, one of on and off.
    /// `obstacle`: why turning it would not serve that to everybody.
    pub fn unheld(&self, fallback: &str, obstacle: Option<String>) -> Standing {
        let refuse = |code, message: String| Standing::Refused(Reason::new(code, message));
        let length = self.document().len();
        match (obstacle, fallback) {
            (Some(why), _) => refuse(Code::FlagRefused, why),
            (None, "on" | "off") if self.on == (fallback == "on") => Standing::AtFallback,
            (None, "on" | "off") if length <= PRE_IMAGE_MAX => Standing::Free,
            (None, "on" | "off") => refuse(
                Code::PreImageTooLarge,
                format!("it takes {length} bytes, of which {PRE_IMAGE_MAX} can be kept"),
            ),
            (None, other) => {
                refuse(Code::FlagRefused, format!("fallback {other:?} is not known; write \"off\" or \"on\""))
            }
        }
    }

    /// How it stands under `hold`.
    pub fn held(&self, hold: &FlagHold) -> Standing {
        let Ok(before) = serde_json::from_str::<Self>(&hold.pre_image) else {
            return Standing::Foreign("what was kept of it cannot be read".to_string());
        };
        let state = if self.on { "on" } else { "off" };
        if self.rest != before.rest {
            let changed: Vec<&str> = names(&self.rest, &before.rest);
            return Standing::Foreign(format!(
                "its {} changed while it was held, so turning it may do what nobody meant; it stays {state}",
                changed.join(", ")
            ));
        }
        match self.on == before.on {
            true => Standing::Free,
            false => Standing::Cut { fallback: hold.fallback.clone(), until: None },
        }
    }
}

/// The names under which two maps differ.
fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut names: Vec<&str> = one
        .keys()
        .chain(other.keys())
        .map(String::as_str)
        .filter(|name| one.get(*name) != other.get(*name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
