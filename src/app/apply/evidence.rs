//! What was found out about an episode, beside what it decides, in whatever store the governor
//! runs on.
//!
//! Owns its one write. A Decision that is stored anew keeps it, see [`Objects::put_decision`].

use super::objects::Objects;
use crate::domain::model::evidence::Evidence;
use crate::edge::crd::kind::evidence::EvidenceEntry;

impl Objects {
    /// What was found out about a stored Decision; None: nothing yet, or there is no such Decision.
    pub fn evidence(&self, decision: &str) -> Option<Evidence> {
        let status = self.decisions.get(decision)?.status.as_ref()?;
        status.evidence.as_ref().map(Evidence::from)
    }

    /// Whether a Decision of that name is stored.
    pub fn knows(&self, decision: &str) -> bool {
        self.decisions.contains_key(decision)
    }

    /// Stores what was found out about a Decision; false if there is no such Decision any more, or
    /// it is stored so already.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_evidence(&mut self, decision: &str, evidence: &Evidence) -> Result<bool, String> {
        let Some(known) = self.decisions.get(decision) else { return Ok(false) };
        let mut next = known.clone();
        next.status.get_or_insert_default().evidence = Some(EvidenceEntry::from(evidence));
        let Some(stored) = self.store.update(known, next).await? else { return Ok(false) };
        self.decisions.insert(decision.to_string(), stored);
        Ok(true)
    }
}
