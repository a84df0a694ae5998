//! Whether a document has the structure that a CRD's schema asks for, as the API server checks it.
//!
//! Structure first (types, limits, unknown fields), then, on a structure that is sound, the CEL
//! rules. Reports everything at once. Knows schemas as JSON, no kind of ours by name, no cluster.

pub mod defaults;
pub mod meta;
pub mod rules;
pub mod walk;

use crate::domain::model::problem::Problem;
use serde_json::Value;

/// What is wrong with `document` under an openAPIV3Schema: structure in the order of the document,
/// then the complaints of its CEL rules. Empty: the API server takes it.
///
/// Rules are not run over a structure that could mislead them; that is then the last problem.
pub fn check(schema: &Value, document: &Value) -> Vec<Problem> {
    let complete = with_defaults(schema, document);
    let mut walk = walk::Walk::new();
    walk.problems = meta::check(&complete);
    walk.document(schema, &complete);
    let mut problems = walk.problems;
    if walk.sound {
        problems.extend(rules::check(schema, &complete));
    } else if rules::any(schema) {
        problems.push(Problem::new(
            "",
            "",
            "some validation rules were not checked because the object was invalid",
            "mend the problems above, then check again",
        ));
    }
    problems
}

/// `document` as the API server sees it before it validates: fields that are missing or null take
/// their `default`, a null that may not be null counts as missing.
pub fn with_defaults(schema: &Value, document: &Value) -> Value {
    let mut complete = document.clone();
    defaults::fill(schema, &mut complete);
    defaults::prune(schema, &mut complete);
    complete
}

#[cfg(test)]
mod tests;
