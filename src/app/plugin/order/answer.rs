//! `approve` and `deny`: a DecisionApproval for the proposal that the Decision shows now, in our own name.

use crate::app::plugin::cluster::Cluster;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::domain::model::id::digest;
use crate::edge::crd::field::reference::NameRef;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::{ApprovalVerdict, DecisionApproval, DecisionApprovalSpec};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::ResourceExt;
use serde_json::{Value, json};

/// Annotation with a person's words.
pub const REASON: &str = "flyball.dev/reason";
/// Most characters of a user's name and of a reason.
const WORDS_MAX: usize = 253;

/// Answers a Decision that asks; returns what was done, in a sentence.
///
/// # Errors
/// It asks nothing now, or the answer may not be given.
pub async fn answer(
    cluster: &Cluster,
    decision: &Decision,
    verdict: ApprovalVerdict,
    reason: Option<&str>,
) -> Result<String, PluginError> {
    let hash = asked(decision)?;
    let by = whoami(cluster).await?;
    let approval = approval(decision, (&hash, &by), verdict, reason);
    let place = Place::of::<DecisionApproval>(decision.namespace().as_deref());
    let said = match verdict {
        ApprovalVerdict::Approve => "approved",
        ApprovalVerdict::Deny => "denied",
    };
    let name = plain(&decision.name_any());
    match cluster.kube.create(&place, &approval).await {
        Ok(_) => Ok(format!(
            "{name} {said} by {}; the governor takes it up at its next look, if its condition still holds and nothing refuses",
            plain(&by)
        )),
        Err(KubeError::Exists { .. }) => Ok(format!("{name} was {said} by {} before", plain(&by))),
        Err(error) => Err(error.into()),
    }
}

/// The hash of the proposal that is asked about now.
///
/// # Errors
/// Nothing is asked, or it is not settled yet.
pub fn asked(decision: &Decision) -> Result<String, PluginError> {
    let name = plain(&decision.name_any());
    let status = decision.status.clone().unwrap_or_default();
    let phase = status.phase.as_deref().map(plain).unwrap_or_default();
    match (phase.as_str(), status.proposal_hash) {
        ("AwaitingApproval", Some(hash)) => Ok(hash),
        ("AwaitingApproval", None) => {
            let message = "its proposal is not settled yet; try again in a few seconds";
            Err(PluginError::not_so(format!("Decision {name}: {message}")))
        }
        (phase, _) => Err(PluginError::not_so(format!(
            "Decision {name} asks nobody: it is {phase}, not AwaitingApproval"
        ))),
    }
}

/// The object that says so. Its name follows from what it says, so that saying it twice is once.
fn approval(
    decision: &Decision,
    (hash, by): (&str, &str),
    verdict: ApprovalVerdict,
    reason: Option<&str>,
) -> DecisionApproval {
    let name = decision.name_any();
    let word = match verdict {
        ApprovalVerdict::Approve => "approve",
        ApprovalVerdict::Deny => "deny",
    };
    let spec = DecisionApprovalSpec {
        decision_ref: NameRef { name: name.clone() },
        proposal_hash: hash.to_string(),
        verdict,
        by: by.to_string(),
    };
    let mut approval = DecisionApproval::new(&format!("{name}-{word}-{}", digest(&[hash, by], 10)), spec);
    approval.metadata.namespace = decision.namespace();
    if let Some(reason) = reason {
        let reason: String = reason.chars().take(WORDS_MAX).collect();
        approval.metadata.annotations = Some([(REASON.to_string(), reason)].into());
    }
    approval
}

/// The user that the API server says we are.
///
/// # Errors
/// It does not say, or the name is longer than an approval may hold.
pub async fn whoami(cluster: &Cluster) -> Result<String, PluginError> {
    let review =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}});
    let answer: Value = cluster.kube.create(&Place::of::<SelfSubjectReview>(None), &review).await?;
    match answer["status"]["userInfo"]["username"].as_str() {
        Some(name) if !name.is_empty() && name.len() <= WORDS_MAX => Ok(name.to_string()),
        Some(name) if !name.is_empty() => Err(PluginError::not_so(format!(
            "the name of this user has {} bytes; a DecisionApproval holds {WORDS_MAX}",
            name.len()
        ))),
        _ => Err(PluginError::not_so("the API server does not say who this user is (SelfSubjectReview)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(phase: &str, hash: Option<&str>) -> Decision {
        serde_json::from_value(json!({
            "apiVersion": "flyball.dev/v1alpha1", "kind": "Decision",
            "metadata": {"name": "inventory-cut-0123456789", "namespace": "shop"},
            "spec": {"policyRef": {"kind": "HealthPolicy", "namespace": "shop", "name": "p"}, "policyUid": "u",
                "service": "inventory", "tier": "cut", "ordinal": 1, "level": "Fuse", "started": "2026-11-24T02:00:00Z"},
            "status": {"phase": phase, "proposalHash": hash},
        }))
        .unwrap()
    }

    #[test]
    fn only_a_decision_that_asks_can_be_answered() {
        assert_eq!(asked(&decision("AwaitingApproval", Some("0123456789"))).unwrap(), "0123456789");
        for (phase, hash, said) in [
            ("AwaitingApproval", None, "not settled yet"),
            ("Holding", Some("0123456789"), "it is Holding, not AwaitingApproval"),
        ] {
            let error = asked(&decision(phase, hash)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_same_answer_has_the_same_name_and_another_person_s_has_not() {
        let of = |by: &str, verdict| {
            let decision = decision("AwaitingApproval", Some("0123456789"));
            approval(&decision, ("0123456789", by), verdict, Some("as agreed"))
        };
        let ann = of("ann", ApprovalVerdict::Approve);
        assert_eq!(ann.name_any(), of("ann", ApprovalVerdict::Approve).name_any());
        assert_ne!(ann.name_any(), of("bob", ApprovalVerdict::Approve).name_any());
        assert_ne!(ann.name_any(), of("ann", ApprovalVerdict::Deny).name_any());
        assert_eq!(ann.annotations()[REASON], "as agreed");
        assert_eq!((ann.spec.by.as_str(), ann.namespace().as_deref()), ("ann", Some("shop")));
    }
}
