//! Durations as the Gateway API writes them, kept as text.
//!
//! Owns the pattern of the schema and the rule that answers days in hours. Reading the text is
//! `domain::policy::duration`'s business.

use crate::domain::policy::duration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The format of GEP-2257: up to four parts of at most five digits, units h, m, s, ms.
pub const PATTERN: &str = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

/// A duration such as `90s`, `5m` or `24h`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(pub String);

impl Duration {
    /// The text of a duration.
    pub fn of(duration: std::time::Duration) -> Self {
        Self(duration::format(duration))
    }

    /// The duration that the text means.
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    pub fn read(&self) -> Result<std::time::Duration, String> {
        duration::parse(&self.0)
    }
}

impl From<&str> for Duration {
    fn from(text: &str) -> Self {
        Self(text.to_string())
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": PATTERN,
            "maxLength": 24,
            "x-kubernetes-validations": [{
                "rule": "!self.matches('^[0-9]{1,5}[dw]$')",
                "messageExpression": days_in_hours(),
            }],
        })
    }
}

/// The sentence that says days in hours. A table, because the API server's cost estimate takes
/// the text of a number for unboundedly long.
fn days_in_hours() -> String {
    let days = [1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, 30].map(|d| format!("'{d}d': '{}h'", d * 24));
    let weeks = [1, 2, 3, 4].map(|w| format!("'{w}w': '{}h'", w * 168));
    let table = format!("{{{}, {}}}", days.join(", "), weeks.join(", "));
    format!(
        "'durations have no days or weeks: instead of ' + self + ' write ' \
         + (self in {table} ? {table}[self] : 'hours, such as 24h for a day')"
    )
}
