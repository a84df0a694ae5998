//! Going on where an earlier process stopped: memories and Decisions as they are stored.

use crate::app::drive::state::Drive;
use crate::app::observe::classify::seen::{PolicySeen, ServiceSeen, Sighting};
use crate::domain::model::episode::TierMemory;
use crate::domain::model::id::{PolicyKey, TierKey};
use crate::domain::model::reading::Reading;
use crate::edge::crd::field::reference::PolicyKind;
use crate::edge::crd::kind::service_health::PolicyHealth;
use chrono::{DateTime, Utc};

impl Drive {
    /// Takes up what is stored: memories first, then Decisions, which know better. Services that
    /// were known count as seen just now, so that one which is not there any more is Absent, and
    /// forgotten in its time.
    pub fn take_up(&mut self) {
        for (service, health) in self.objects.healths() {
            for known in health.status.iter().flat_map(|status| &status.policies) {
                let namespaced = known.kind == PolicyKind::HealthPolicy;
                let namespace = namespaced.then(|| service.namespace.clone());
                let policy = PolicyKey { namespace, name: known.name.clone() };
                for tier in &known.tiers {
                    let key =
                        TierKey { policy: policy.clone(), service: service.clone(), tier: tier.name.clone() };
                    self.cycle.remember(&key, TierMemory::from(tier));
                }
                let seen = PolicySeen { services: [(service.clone(), seen(known, self.started))].into() };
                self.observer.remember(&policy, seen);
            }
        }
        for episode in self.objects.episodes() {
            self.cycle.adopt(episode);
        }
    }
}

/// A service as if seen at `at`, with the signals that it was known to have.
fn seen(known: &PolicyHealth, at: DateTime<Utc>) -> ServiceSeen {
    let never = Reading::NotApplicable.to_string();
    let had = known.signals.iter().filter(|signal| signal.reading != never);
    let signals = had.map(|signal| (signal.name.clone(), Sighting::now(at))).collect();
    ServiceSeen { any: Sighting::now(at), signals }
}
