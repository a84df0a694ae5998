//! Everything that is known of one service at one instant, as it was read: the input of `explain`.
//!
//! What could not be read is in here, too, so that nothing is said as if it were known.

use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::problem::Problem;
use crate::domain::model::rail::Pause;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::DecisionApproval;
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::policy::spec::PolicyStatus;
use crate::edge::crd::kind::service_health::ServiceHealth;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// One service, and all that decides about it.
#[derive(Debug, Clone)]
pub struct Scene {
    pub now: DateTime<Utc>,
    pub service: ServiceKey,
    pub health: Option<ServiceHealth>,
    /// The policies of its namespace and the cluster's, those that leave it out too.
    pub policies: Vec<PolicyView>,
    /// None: there is none, unless `unread` says that it could not be read.
    pub governor: Option<Governor>,
    pub providers: BTreeMap<String, FlagProvider>,
    /// Every hold of the fleet: budgets count them.
    pub holds: Vec<FlagHold>,
    /// The service's, newest first.
    pub decisions: Vec<Decision>,
    pub approvals: Vec<DecisionApproval>,
    /// What carries `flyball.dev/paused`: `namespace/shop`, `deployment/inventory`.
    pub pauses: Vec<(String, Pause)>,
    /// What runs it, as far as it may be read.
    pub workloads: Vec<WorkloadView>,
    /// Who governs; None: nobody does, or it is not known.
    pub lease: Option<LeaseView>,
    /// Kinds that could not be read, and why.
    pub unread: BTreeMap<&'static str, String>,
}

/// A policy and what is said of it.
#[derive(Debug, Clone)]
pub struct PolicyView {
    pub key: PolicyKey,
    /// The policy, or what is wrong with it.
    pub verdict: Result<Policy, Vec<Problem>>,
    pub status: PolicyStatus,
}

/// A Deployment or StatefulSet of the service's name, by its pods.
#[derive(Debug, Clone)]
pub struct WorkloadView {
    /// `deployment/inventory`.
    pub object: String,
    pub wanted: u64,
    pub ready: u64,
    /// Those of its newest revision.
    pub updated: u64,
}

/// The governor's Lease.
#[derive(Debug, Clone)]
pub struct LeaseView {
    pub holder: String,
    pub renewed: DateTime<Utc>,
    pub lasts: Duration,
}

impl Scene {
    /// The live Decision of a tier of a policy, if there is one.
    pub fn live(&self, policy: &PolicyKey, tier: &str) -> Option<&Decision> {
        self.decisions.iter().find(|decision| {
            let of = PolicyKey::from(&decision.spec.policy_ref);
            of == *policy && decision.spec.tier == tier && !is_over(decision)
        })
    }
}

/// Whether an episode has ended.
pub fn is_over(decision: &Decision) -> bool {
    decision.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Ended")
}
