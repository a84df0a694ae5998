//! Plain files of `key=value` lines.
//!
//! Pure: text in, text out; only the value of our key changes. A person who writes the very
//! fallback cannot be told from us.

use super::asked::Asked;
use super::error::Fault;
use super::plain;
use crate::domain::model::flag::{FlagState, Standing};
use crate::domain::model::hold::FlagHold;
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
        let mut state = plain::look(&text[spot], asked);
        if let (Standing::Free, None, Err(reason)) = (&state.standing, asked.hold, writable(asked.fallback)) {
            state.standing = Standing::Refused(reason);
        }
        state
    }))
}

/// `text` with the fallback as the value; None if it is so already.
///
/// # Errors
/// Absent, malformed, refused; a conflict if the value is not `expected` or not ours to change.
pub fn cut(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, &hold.target.key)?.ok_or(Fault::Absent)?;
    let Some(value) = plain::cut(&text[spot.clone()], hold, expected)? else { return Ok(None) };
    writable(value).map_err(Fault::Refused)?;
    Ok(Some(swapped(text, spot, value)))
}

/// `text` with the original value; None if it is so already.
///
/// # Errors
/// Absent, malformed; a conflict if the value is not `expected` or no longer ours.
pub fn restore(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, &hold.target.key)?.ok_or(Fault::Absent)?;
    let value = plain::restore(&text[spot.clone()], hold, expected)?;
    Ok(value.map(|value| swapped(text, spot, value)))
}

fn swapped(text: &str, spot: Range<usize>, value: &str) -> String {
    [&text[..spot.start], value, &text[spot.end..]].concat()
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
        // Only at its end, so that a value of nothing but spaces does not lie behind its line.
        let begun = value.trim_start_matches([' ', '\t']);
        let trimmed = begun.trim_end_matches(AROUND);
        let lead = value.len() - begun.len();
        let from = here + equals + 1 + lead;
        if found.replace(from..from + trimmed.len()).is_some() {
            return Err(Fault::Malformed(format!("{key} stands there twice; keep one")));
        }
    }
    Ok(found)
}

fn writable(fallback: &str) -> Result<(), Reason> {
    if fallback.trim() == fallback && !fallback.contains(['\n', '\r']) {
        return Ok(());
    }
    let message =
        format!("fallback {fallback:?} does not fit into a line; write it without spaces around it");
    Err(Reason::new(Code::FlagRefused, message))
}
