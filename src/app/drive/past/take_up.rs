//! Going on where an earlier process stopped: memories and Decisions as they are stored.

use crate::app::cycle::track::MakeBaseline;
use crate::app::drive::state::Drive;
use crate::domain::baseline::seasonal::SeasonalModel;
use crate::domain::model::episode::TierMemory;
use crate::domain::model::id::{PolicyKey, TierKey};
use crate::edge::crd::field::reference::PolicyKind;

/// The model that ships.
pub fn seasonal() -> MakeBaseline {
    |spec| Box::new(SeasonalModel::new(spec))
}

impl Drive {
    /// Takes up what is stored: memories first, then Decisions, which know better.
    pub fn take_up(&mut self) {
        let mut memories = Vec::new();
        for (service, health) in self.objects.healths() {
            let policies = health.status.iter().flat_map(|status| &status.policies);
            for (policy, tier) in
                policies.flat_map(|policy| policy.tiers.iter().map(move |tier| (policy, tier)))
            {
                let namespaced = policy.kind == PolicyKind::HealthPolicy;
                let policy = PolicyKey {
                    namespace: namespaced.then(|| service.namespace.clone()),
                    name: policy.name.clone(),
                };
                let key = TierKey { policy, service: service.clone(), tier: tier.name.clone() };
                memories.push((key, TierMemory::from(tier)));
            }
        }
        for (key, memory) in memories {
            self.cycle.remember(&key, memory);
        }
        for episode in self.objects.episodes() {
            self.cycle.adopt(episode);
        }
    }
}
