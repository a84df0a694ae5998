//! Words of a closed set whose stored form must survive a newer version, and maps of labels.
//!
//! Owns their schemas. The words themselves belong to `domain::model`.

use crate::domain::model::effect::EffectVerdict;
use crate::domain::model::episode::{Outcome, Phase};
use crate::domain::model::fleet::Verdict;
use crate::domain::model::issue::IssueState;
use schemars::{Schema, SchemaGenerator, json_schema};

/// The schema of a phase, kept as text so that one of a newer version can still be read.
pub fn phase(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Phase::ALL.map(Phase::as_str) })
}

/// The schema of an outcome, kept as text.
pub fn outcome(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Outcome::ALL.map(Outcome::as_str) })
}

/// The schema of an effect's verdict, kept as text.
pub fn effect(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": EffectVerdict::ALL.map(EffectVerdict::as_str) })
}

/// The schema of a verdict, kept as text.
pub fn verdict(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Verdict::ALL.map(Verdict::as_str) })
}

/// The schema of an issue's state, kept as text.
pub fn issue(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": IssueState::ALL.map(IssueState::as_str) })
}

/// The schema of a small map of labels.
pub fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": { "type": "string", "maxLength": 253 },
    })
}

/// The word in `all` that `word` is, by the text that `of` gives it.
pub fn find<T: Copy>(all: &[T], of: fn(T) -> &'static str, word: &str) -> Option<T> {
    all.iter().copied().find(|each| of(*each) == word)
}
