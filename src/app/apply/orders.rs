//! What people and the breaker said, in whatever store the governor runs on.
//!
//! Owns the stored form of approvals and of the breaker's word. Which of them counts is decided
//! elsewhere.

use super::objects::Objects;
use crate::domain::model::rail::{Approval, BreakerState};
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::{ApprovalVerdict, DecisionApproval};
use kube::ResourceExt;
use std::collections::BTreeMap;

impl Objects {
    /// The breaker's stored word.
    pub fn breaker(&self) -> Option<BreakerState> {
        self.governor.as_ref()?.status.as_ref()?.breaker.as_ref().map(BreakerState::from)
    }

    /// Stores the breaker's word; false if it is stored so already.
    ///
    /// # Errors
    /// It could not be stored, or there is no Governor to store it in.
    pub async fn put_breaker(&mut self, word: &BreakerState) -> Result<bool, String> {
        let known = self.breaker();
        self.put_governor_status(|status| status.breaker = Some(word.into())).await?;
        Ok(known.as_ref() != Some(word))
    }

    /// Identity of the stored Decisions, by name.
    pub fn uids(&self) -> BTreeMap<String, String> {
        let uid =
            |(name, decision): (&String, &Decision)| Some((name.clone(), decision.metadata.uid.clone()?));
        self.decisions.iter().filter_map(uid).collect()
    }

    /// Every DecisionApproval that can be read; what cannot be read approves nothing.
    pub async fn approvals(&self) -> Vec<Approval> {
        let mut unread = Vec::new();
        let all = self.store.list::<DecisionApproval>(None, &mut unread).await.unwrap_or_default();
        all.iter().map(approval).collect()
    }
}

fn approval(object: &DecisionApproval) -> Approval {
    Approval {
        decision: object.spec.decision_ref.name.clone(),
        namespace: object.namespace().unwrap_or_default(),
        hash: object.spec.proposal_hash.clone(),
        approve: object.spec.verdict == ApprovalVerdict::Approve,
        by: object.spec.by.clone(),
    }
}
