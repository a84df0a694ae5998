//! The two forms of flag files, and which of them a text has.
//!
//! Owns the choice between the pure editors. Must not do I/O.

use super::asked::Asked;
use super::error::Fault;
use super::flagd::document::BOM;
use super::{flagd, key_value};
use crate::domain::model::flag::FlagState;
use crate::domain::model::hold::FlagHold;

/// Form of a flag file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A flagd document: `{"flags": {...}}`.
    Flagd,
    /// Lines of `key=value`, with `#` comments.
    KeyValue,
}

impl Format {
    /// The form of `text`, by what stands in it.
    ///
    /// # Errors
    /// A sentence: empty, broken JSON, or neither form; the format must then be named.
    pub fn detect(text: &str) -> Result<Self, String> {
        let body = text.strip_prefix(BOM).unwrap_or(text).trim_start();
        if body.is_empty() {
            return Err("it is empty; name the format: flagd or keyValue".to_string());
        }
        if body.starts_with(['{', '[']) {
            return flagd::document::keys(text).map(|_| Self::Flagd);
        }
        let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some(line) if line.split_once('=').is_some_and(|(key, _)| !key.trim().is_empty()) => {
                Ok(Self::KeyValue)
            }
            Some(_) => Err("it is neither a flagd document nor lines of key=value".to_string()),
            None => Err("it has comments only; name the format: flagd or keyValue".to_string()),
        }
    }

    /// Whether a cut ends by itself at its deadline.
    pub fn self_ending(self) -> bool {
        self == Self::Flagd
    }

    /// How the flag stands in `text`; None if it is not there.
    ///
    /// # Errors
    /// As [`flagd::look`] and [`key_value::look`].
    pub fn look(self, text: &str, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
        match self {
            Self::Flagd => flagd::look(text, asked),
            Self::KeyValue => key_value::look(text, asked),
        }
    }

    /// `text` with the flag cut; None if it is so already.
    ///
    /// # Errors
    /// As [`flagd::cut`] and [`key_value::cut`].
    pub fn cut(self, text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
        match self {
            Self::Flagd => flagd::cut(text, hold, expected),
            Self::KeyValue => key_value::cut(text, hold, expected),
        }
    }

    /// `text` with the flag's original; None if it is so already.
    ///
    /// # Errors
    /// As [`flagd::restore`] and [`key_value::restore`].
    pub fn restore(self, text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
        match self {
            Self::Flagd => flagd::restore(text, hold, expected),
            Self::KeyValue => key_value::restore(text, hold, expected),
        }
    }

    /// What the flag with the text `document` will be once the cut is taken off.
    ///
    /// # Errors
    /// As [`flagd::original`].
    pub fn original(self, document: &str, hold: &FlagHold) -> Result<String, Fault> {
        match self {
            Self::Flagd => flagd::original(document, hold),
            Self::KeyValue => Ok(hold.pre_image.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_shows_in_the_text() {
        for (text, expected) in [
            ("{\"flags\":{}}", Ok(Format::Flagd)),
            ("\u{feff}\n {\"flags\":{}}", Ok(Format::Flagd)),
            ("# flags\n\ncheck = on\n", Ok(Format::KeyValue)),
            ("\u{feff}check=on", Ok(Format::KeyValue)),
            ("check=", Ok(Format::KeyValue)),
            ("", Err("empty")),
            ("# nothing\n", Err("comments only")),
            ("{\"flags\":{}", Err("not JSON")),
            ("{\"check\":true}", Err("no `flags`")),
            ("[]", Err("not JSON")),
            ("flags:\n  check: on\n", Err("neither")),
            ("=x", Err("neither")),
        ] {
            match (Format::detect(text), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
