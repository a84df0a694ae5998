//! What is wrong with an input: the field, the value found there, and how to mend it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing wrong with an input. All problems of an input are reported at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Path of the field, as kubectl writes it: `spec.tiers[0].when`.
    pub field: String,
    /// The value found, shortened; empty where the field is missing.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub fix: String,
}

impl Problem {
    pub fn new(
        field: impl Into<String>,
        value: impl fmt::Display,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let value = shorten(&value.to_string(), 120);
        Self { field: field.into(), value, message: message.into(), fix: fix.into() }
    }

    /// The same problem, its field under `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.field = match (prefix, self.field.as_str()) {
            ("", _) => self.field,
            (_, "") => prefix.to_string(),
            (_, field) if field.starts_with('[') => format!("{prefix}{field}"),
            (_, field) => format!("{prefix}.{field}"),
        };
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.field)?;
        if !self.value.is_empty() {
            write!(f, ": {:?}", self.value)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.fix.is_empty() {
            write!(f, "; {}", self.fix)?;
        }
        Ok(())
    }
}

/// `text` with at most `length` characters, an ellipsis at the end if it was cut.
pub fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_string();
    }
    let head: String = text.chars().take(length.saturating_sub(1)).collect();
    format!("{head}…")
}
