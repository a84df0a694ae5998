//! FlagHolds: everything that undoing a cut needs, and who wishes it.
//!
//! Owns the stored intent. One hold per flag; it is created before the first write to the flag
//! and goes only after the restore was read back.

use super::flag::FlagTarget;
use super::id::TierKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Largest pre-image that is kept, in bytes. A flag with a larger one is not acted on.
pub const PRE_IMAGE_MAX: usize = 64 * 1024;

/// One flag, held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagHold {
    pub target: FlagTarget,
    /// Installation that wrote it: marks in flags carry the same id.
    pub installation: String,
    /// The flag as it was before our first write.
    pub pre_image: String,
    /// Identity of the flag's incarnation at that time, where the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What the cut serves; all claims agree on it.
    pub fallback: String,
    /// When the cut ends by itself: the latest deadline of the live claims. None: it does not
    /// (a claim with `onDeadline: Keep`).
    pub deadline: Option<DateTime<Utc>>,
    pub claims: Vec<Claim>,
    /// When it was stored first: whoever changed the flag after that changed what we held. None
    /// until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<DateTime<Utc>>,
}

/// A Decision's wish on a flag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Name of the Decision.
    pub decision: String,
    pub key: TierKey,
    /// When this claim must end.
    pub deadline: DateTime<Utc>,
    /// At the deadline the cut stays, and people are told.
    pub keep: bool,
    /// False while the Decision probes: the flag has its original, and is still ours to cut.
    pub cut: bool,
}

impl FlagHold {
    /// Whether any claim wants the flag cut right now.
    pub fn wants_cut(&self) -> bool {
        self.claims.iter().any(|claim| claim.cut)
    }

    /// The latest deadline of the live claims; None if one of them keeps the cut.
    pub fn latest_deadline(claims: &[Claim]) -> Option<DateTime<Utc>> {
        if claims.iter().any(|claim| claim.keep) {
            return None;
        }
        claims.iter().map(|claim| claim.deadline).max()
    }
}
