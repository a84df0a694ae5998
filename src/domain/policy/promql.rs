//! PromQL on the syntax tree: matchers enforced, selectors found, ranges scaled.
//!
//! Owns everything Flyball does to an expression. Nothing here works on the string.

/// A parsed expression and its text as it is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    text: String,
}

impl Query {
    /// The text to send.
    pub fn text(&self) -> &str {
        &self.text
    }
}
