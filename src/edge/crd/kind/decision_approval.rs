//! DecisionApproval: a person's word on a frozen proposal.

use crate::edge::crd::field::reference::NameRef;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person's word on a frozen proposal. Cannot be changed; make another one.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "DecisionApproval",
    plural = "decisionapprovals",
    shortname = "dap",
    category = "flyball",
    namespaced,
    derive = "PartialEq",
    doc = "A person's word on a Decision that awaits approval.",
    printcolumn(name = "Decision", type_ = "string", json_path = ".spec.decisionRef.name"),
    printcolumn(name = "Verdict", type_ = "string", json_path = ".spec.verdict"),
    printcolumn(name = "By", type_ = "string", json_path = ".spec.by"),
    printcolumn(name = "Hash", type_ = "string", json_path = ".spec.proposalHash", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self == oldSelf").message(Message::Expression(
    "'an approval of ' + oldSelf.decisionRef.name + ' cannot be changed: create another DecisionApproval'".into()
)))]
pub struct DecisionApprovalSpec {
    /// The Decision, in the same namespace. Required.
    pub decision_ref: NameRef,
    /// Hash of the frozen proposal that is approved, as the Decision shows it. Required.
    #[schemars(length(min = 8, max = 128), regex(pattern = "^[0-9a-f]+$"))]
    pub proposal_hash: String,
    /// `Approve` or `Deny`. Required.
    pub verdict: ApprovalVerdict,
    /// Who says so: the requester's user name. Required.
    #[schemars(length(min = 1, max = 253))]
    pub by: String,
}

/// A person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApprovalVerdict {
    Approve,
    Deny,
}
