//! Plain values: a flag that is one text, in a line of a file or under a key of an object.
//!
//! Pure. The cut is the fallback standing there; it does not end by itself. A value carries no
//! mark, so whether it was written by us is for the store to say, if it can.

use super::asked::Asked;
use super::error::Fault;
use crate::domain::model::flag::{FlagState, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};

/// How a flag with this value stands.
pub fn look(value: &str, asked: &Asked<'_>) -> FlagState {
    let standing = match asked.hold {
        Some(hold) => held(value, hold),
        None => unheld(value, asked.fallback),
    };
    FlagState::plain(value.to_string(), standing)
}

/// The value that cuts the flag; None if it stands there already.
///
/// # Errors
/// A conflict if the value is not `expected` or not ours to change.
pub fn cut<'h>(value: &str, hold: &'h FlagHold, expected: &str) -> Result<Option<&'h str>, Fault> {
    match held(value, hold) {
        Standing::Cut { .. } => Ok(None),
        Standing::Free => unchanged(value, expected).map(|()| Some(hold.fallback.as_str())),
        other => Err(not_ours(other)),
    }
}

/// The original value; None if it stands there already.
///
/// # Errors
/// A conflict if the value is not `expected` or no longer ours.
pub fn restore<'h>(value: &str, hold: &'h FlagHold, expected: &str) -> Result<Option<&'h str>, Fault> {
    match held(value, hold) {
        Standing::Free => Ok(None),
        Standing::Cut { .. } => unchanged(value, expected).map(|()| Some(hold.pre_image.as_str())),
        other => Err(not_ours(other)),
    }
}

fn unheld(value: &str, fallback: &str) -> Standing {
    if value == fallback {
        return Standing::AtFallback;
    }
    if value.len() > PRE_IMAGE_MAX {
        let message = format!("its value has {} bytes, of which {PRE_IMAGE_MAX} can be kept", value.len());
        return Standing::Refused(Reason::new(Code::PreImageTooLarge, message));
    }
    Standing::Free
}

fn held(value: &str, hold: &FlagHold) -> Standing {
    if value == hold.pre_image {
        Standing::Free
    } else if value == hold.fallback {
        Standing::Cut { fallback: hold.fallback.clone(), until: None }
    } else {
        Standing::Foreign("its value is neither the original nor the fallback".to_string())
    }
}

fn unchanged(value: &str, expected: &str) -> Result<(), Fault> {
    match value == expected {
        true => Ok(()),
        false => Err(Fault::Conflict("it was changed since it was read".to_string())),
    }
}

fn not_ours(standing: Standing) -> Fault {
    match standing {
        Standing::Foreign(what) | Standing::CutAndEdited(what) => Fault::Conflict(what),
        Standing::Refused(reason) => Fault::Refused(reason),
        Standing::Free | Standing::AtFallback | Standing::Cut { .. } => {
            Fault::Conflict("its value is not the fallback".to_string())
        }
    }
}
