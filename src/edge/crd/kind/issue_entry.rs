//! One issue of a tier, as Decisions show it and ServiceHealths remember it.

use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::reason_entry::ReasonEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueEntry {
    /// Name of the tier's action.
    #[schemars(length(min = 1, max = 63))]
    pub action: String,
    /// Name of the IssueTracker.
    #[schemars(length(max = 253))]
    pub tracker: String,
    /// Repository or project.
    #[schemars(length(max = 1024))]
    pub repository: String,
    /// What the issue is found again by, in a label and in its text.
    #[schemars(length(max = 63))]
    pub fingerprint: String,
    /// Whether it stands for many services. Default: false.
    #[serde(default)]
    pub grouped: bool,
    /// Name of the Decision for which it was claimed.
    #[schemars(length(max = 253))]
    pub occasion: String,
    /// `Wanted` (claimed, the tracker has not answered), `Open`, `Closing`, `Closed` (by us), `Done`
    /// (closed by a person) or `Silenced` (closed by a person as not to be fixed).
    #[schemars(schema_with = "word::issue")]
    pub state: String,
    /// When it was claimed.
    pub claimed: Stamp,
    /// How bad it was at its worst: each step is twice as bad. Unit: steps. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub weight: u32,
    /// Number of the issue; absent until the tracker has told it. Unit: none, a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub number: Option<u64>,
    /// Where it can be looked at. Default: empty, the tracker has not told it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 2048))]
    pub url: String,
    /// Since when its service is healthy, times of which nothing is known left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well_since: Option<Stamp>,
    /// Since when nothing is known of its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blind_since: Option<Stamp>,
    /// What keeps it from being as it shall be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ReasonEntry>,
}
