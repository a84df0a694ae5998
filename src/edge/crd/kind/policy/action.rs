//! Actions of a tier: a flag at its fallback, or an issue.

use super::rules;
use crate::domain::model::capability::Capability;
use crate::edge::crd::field::reference::{LABEL, NameRef};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One action. Exactly one of `flag` and `issue`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::one_action())]
pub struct ActionSpec {
    /// Name of the action inside the tier. Required.
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub name: String,
    /// A flag that is set to its fallback. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<FlagActionSpec>,
    /// An issue that is opened. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueActionSpec>,
    /// What becomes of the tier's earlier actions if this one fails: `Stop` undoes them,
    /// `Continue` leaves them. Default: Stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<OnFailureWord>,
}

/// A flag that is set to its fallback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagActionSpec {
    /// The FlagProvider that has the flag. Required.
    pub provider_ref: NameRef,
    /// Key of the flag, with `{{service}}` and `{{namespace}}` for the service's. Required.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
    /// Name of the variant, or the plain value, that the cut serves; a string, so quote `"off"`.
    /// Required.
    #[schemars(length(min = 1, max = 1024))]
    pub fallback: String,
    /// Whether several services may share one flag, whose key then needs no `{{service}}`.
    /// Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// What the provider's store must be able to do: `Precondition`, writes are refused if the flag
    /// changed since it was read; `History`, it tells who changed a flag; `SelfEnding`, a cut ends by itself
    /// at its deadline. Default: none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), extend("x-kubernetes-list-type" = "set"))]
    pub demands: Vec<Demand>,
}

/// What a store can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Demand {
    Precondition,
    History,
    SelfEnding,
}

impl From<Demand> for Capability {
    fn from(demand: Demand) -> Self {
        match demand {
            Demand::Precondition => Self::Precondition,
            Demand::History => Self::History,
            Demand::SelfEnding => Self::SelfEnding,
        }
    }
}

/// An issue that is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueActionSpec {
    /// The IssueTracker. Required.
    pub tracker_ref: NameRef,
    /// Repository or project, with `{{service}}` and `{{namespace}}`. Required.
    #[schemars(length(min = 1, max = 253))]
    pub repository: String,
    /// Labels of the issue. Default: none but our own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub labels: Vec<String>,
    /// Template of the issue's text, by name. Default: `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub template: Option<String>,
}

/// What becomes of earlier actions if one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnFailureWord {
    Stop,
    Continue,
}
