//! Issues: from the plan to the desk, once their intent is stored.
//!
//! What a live Decision asks for rests on the Decision as it is stored; what is closed after its end
//! rests on the tier's memory in the ServiceHealth.

use super::news::{News, Tick};
use super::state::Drive;
use crate::domain::model::issue::{Issue, IssuePlan, IssueTarget};
use crate::edge::crd::kind::issue_entry::IssueEntry;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

impl Drive {
    /// Takes in what trackers showed since the last tick.
    pub(super) async fn hear_of_issues(&mut self, tick: &mut Tick) {
        self.desk.gather().await;
        tick.news.extend(self.desk.news().into_iter().map(News::Looked));
    }

    /// Hands over what the plan says of issues, except where its intent is not stored.
    pub(super) fn see_to_issues(
        &mut self,
        now: DateTime<Utc>,
        plans: Vec<IssuePlan>,
        failed: &BTreeSet<String>,
    ) {
        let stored = |plan: &IssuePlan| match &plan.decision {
            // The claim was stored. Who deleted the policy gave the order, and the memory went with it.
            _ if plan.target == IssueTarget::Left => true,
            Some(decision) => !failed.contains(decision) && self.is_on_decision(decision, plan),
            None => self.is_remembered(plan),
        };
        let mut plans: Vec<IssuePlan> = plans.into_iter().filter(stored).collect();
        for plan in &mut plans {
            plan.story.evidence = plan.decision.as_ref().and_then(|decision| self.objects.evidence(decision));
        }
        self.desk.take_up(now, plans, &self.trackers, &self.objects.fence());
    }

    fn is_on_decision(&self, decision: &str, plan: &IssuePlan) -> bool {
        let issues = self.objects.decision_issues(decision);
        issues.iter().any(|issue| is_same(issue, &plan.issue))
    }

    fn is_remembered(&self, plan: &IssuePlan) -> bool {
        let Some(health) = self.objects.health(&plan.key.service) else { return false };
        let mine = health.policies.iter().filter(|policy| policy.name == plan.key.policy.name);
        let tiers = mine.flat_map(|policy| &policy.tiers).filter(|tier| tier.name == plan.key.tier);
        tiers.flat_map(|tier| &tier.issues).any(|issue| is_same(issue, &plan.issue))
    }
}

/// Whether what is stored says the same of an issue as the plan.
fn is_same(stored: &IssueEntry, planned: &Issue) -> bool {
    let state = stored.state == planned.state.as_str();
    state && stored.fingerprint == planned.fingerprint && stored.occasion == planned.occasion
}
