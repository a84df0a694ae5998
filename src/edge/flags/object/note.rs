//! Our note on an object: the annotation that says which flag in it we cut, and until when.
//!
//! It stands in for the marks inside a flag where those cannot be: a plain value has no place for
//! them, and older definitions of FeatureFlag drop a flag's `metadata`.

use crate::domain::model::hold::FlagHold;
use crate::edge::flags::flagd::wrapper;
use crate::edge::flags::object::body::Body;
use crate::edge::flags::object::patch::{Op, path, raw, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What every annotation of ours begins with; the name of the FlagHold follows.
const PREFIX: &str = "flyball.dev/";
/// Largest original that is kept in a note, in bytes: all annotations of an object share 256 KiB.
const ORIGINAL_MAX: usize = 4096;

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub installation: String,
    pub key: String,
    /// The Decision that first claimed the flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    pub fallback: String,
    /// When the cut ends by itself (RFC 3339), or `never`.
    pub expires: String,
    /// The value before the cut, for plain values that are not too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// In an object of our own: the one that the flag was copied from, `namespace/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// In an object of our own: changes with what the copy serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Note {
    /// The note for a cut. `plain`: the flag is a plain value, which does not end by itself and
    /// holds no original.
    pub fn of(hold: &FlagHold, plain: bool) -> Self {
        let until = if plain { None } else { wrapper::written(hold.deadline) };
        let short = plain && hold.pre_image.len() <= ORIGINAL_MAX;
        Self {
            installation: hold.installation.clone(),
            key: hold.target.key.clone(),
            decision: hold.claims.first().map(|claim| claim.decision.clone()),
            fallback: hold.fallback.clone(),
            expires: wrapper::expiry(until),
            original: short.then(|| hold.pre_image.clone()),
            base: None,
            digest: None,
        }
    }

    /// The note on the flag that `hold` (a FlagHold's name) is about.
    pub fn on(body: &Body, hold: &str) -> Option<Self> {
        serde_json::from_str(body.annotation(&name(hold))?).ok()
    }

    /// All notes on the object, by name of the FlagHold.
    pub fn all(body: &Body) -> Vec<(String, Self)> {
        let annotations = body.meta.annotations.iter().flatten();
        let read = |(name, value): (&String, &String)| {
            Some((name.strip_prefix(PREFIX)?.to_string(), serde_json::from_str(value).ok()?))
        };
        annotations.filter_map(read).collect()
    }

    /// What puts the note on the object.
    pub fn put_on(&self, body: &Body, hold: &str) -> Op {
        let value = json!(self).to_string();
        match &body.meta.annotations {
            Some(_) => Op::Add { path: path(&["metadata", "annotations", &name(hold)]), value: text(&value) },
            None => {
                let all = json!({ name(hold): value });
                Op::Add { path: path(&["metadata", "annotations"]), value: raw(all.to_string()) }
            }
        }
    }

    /// What takes the note about `hold` off, if it is there.
    pub fn take_off(body: &Body, hold: &str) -> Option<Op> {
        body.annotation(&name(hold))?;
        Some(Op::Remove { path: path(&["metadata", "annotations", &name(hold)]) })
    }
}

fn name(hold: &str) -> String {
    format!("{PREFIX}{hold}")
}
