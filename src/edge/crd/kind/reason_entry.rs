//! One reason, as every status shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One reason: a stable word and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonEntry {
    /// A documented word.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[A-Za-z][A-Za-z0-9]*$"))]
    pub code: String,
    /// A sentence for people.
    #[schemars(length(max = 1024))]
    pub message: String,
}
