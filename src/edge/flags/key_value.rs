//! Plain files of `key=value` lines.
//!
//! Pure: text in, text out; only the value of our key changes. A plain value carries no mark and
//! does not end by itself: the cut is the fallback standing there, and a person who writes that
//! very value cannot be told from us.

use super::asked::Asked;
use super::error::Fault;
use crate::domain::model::flag::{FlagState, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};
use std::ops::Range;

/// What may stand around a value without being part of it.
const AROUND: [char; 4] = [' ', '\t', '\r', '\n'];

/// How the flag stands in `text`; None if it is not there.
///
/// # Errors
/// [`Fault::Malformed`]: the key stands there twice, or without a value.
pub fn look(text: &str, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
    Ok(find(text, asked.key)?.map(|spot| {
        let document = text[spot].to_string();
        let standing = match asked.hold {
            Some(hold) => held(&document, hold),
            None => unheld(&document, asked.fallback),
        };
        FlagState::plain(document, standing)
    }))
}

/// `text` with the fallback as the value; None if it is so already.
///
/// # Errors
/// Absent, malformed, refused; a conflict if the value is not `expected` or not ours to change.
pub fn cut(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, &hold.target.key)?.ok_or(Fault::Absent)?;
    match held(&text[spot.clone()], hold) {
        Standing::Cut { .. } => return Ok(None),
        Standing::Free => writable(&hold.fallback).map_err(Fault::Refused)?,
        other => return Err(not_ours(other)),
    }
    swap(text, spot, expected, &hold.fallback)
}

/// `text` with the original value; None if it is so already.
///
/// # Errors
/// Absent, malformed; a conflict if the value is not `expected` or no longer ours.
pub fn restore(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, &hold.target.key)?.ok_or(Fault::Absent)?;
    match held(&text[spot.clone()], hold) {
        Standing::Free => Ok(None),
        Standing::Cut { .. } => swap(text, spot, expected, &hold.pre_image),
        other => Err(not_ours(other)),
    }
}

fn swap(text: &str, spot: Range<usize>, expected: &str, value: &str) -> Result<Option<String>, Fault> {
    if text[spot.clone()] != *expected {
        return Err(Fault::Conflict("it was changed since it was read".to_string()));
    }
    Ok(Some([&text[..spot.start], value, &text[spot.end..]].concat()))
}

/// The bytes of the value of `key`, spaces around it left out.
fn find(text: &str, key: &str) -> Result<Option<Range<usize>>, Fault> {
    let mut found = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let here = start;
        start += line.len();
        let content = line.trim_start_matches('\u{feff}').trim();
        if content.starts_with('#') {
            continue;
        }
        let Some(equals) = line.find('=') else {
            if content == key {
                return Err(Fault::Malformed(format!(
                    "{key} stands there without a value; write {key}=value"
                )));
            }
            continue;
        };
        if line[..equals].trim_start_matches('\u{feff}').trim() != key {
            continue;
        }
        let value = &line[equals + 1..];
        let trimmed = value.trim_matches(AROUND);
        let lead = value.len() - value.trim_start_matches([' ', '\t']).len();
        let from = here + equals + 1 + lead;
        if found.replace(from..from + trimmed.len()).is_some() {
            return Err(Fault::Malformed(format!("{key} stands there twice; keep one")));
        }
    }
    Ok(found)
}

fn unheld(value: &str, fallback: &str) -> Standing {
    if value == fallback {
        return Standing::AtFallback;
    }
    if let Err(reason) = writable(fallback) {
        return Standing::Refused(reason);
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

fn writable(fallback: &str) -> Result<(), Reason> {
    if fallback.trim() == fallback && !fallback.contains(['\n', '\r']) {
        return Ok(());
    }
    let message =
        format!("fallback {fallback:?} does not fit into a line; write it without spaces around it");
    Err(Reason::new(Code::FlagRefused, message))
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
