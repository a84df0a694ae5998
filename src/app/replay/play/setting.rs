//! What is replayed: policies, the Governor, providers, the span, and what is assumed.

use crate::app::cycle::make::MakeBaseline;
use crate::domain::model::flag::FlagView;
use crate::domain::model::fleet::{Breaker, Budgets, Governor};
use crate::domain::model::proposal::Mode;
use crate::domain::model::provider::{Access, Capabilities, ProviderFacts};
use crate::domain::model::tracker::TrackerFacts;
use crate::domain::policy::spec::Policy;
use crate::domain::policy::window::Window;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything a replay depends on beside the source's answers.
#[derive(Clone)]
pub struct Setting {
    pub policies: Vec<Policy>,
    pub governor: Option<Governor>,
    /// Times of the whole fleet without learning or acting.
    pub windows: Vec<Window>,
    /// How long after the start it only looks. None: as long as the policies that are due ask for.
    pub startup: Option<Duration>,
    /// Time for scrapes to arrive before an instant is asked for, by source.
    pub lags: BTreeMap<String, Duration>,
    pub installation: String,
    /// Providers that are declared; one that is not stands for any store that has the flag.
    pub providers: BTreeMap<String, ProviderFacts>,
    /// Flags that are known to stand otherwise than free, by hold name.
    pub flags: BTreeMap<String, FlagView>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Instants at which the governor is started anew, in order.
    pub restarts: Vec<DateTime<Utc>>,
    /// How long after a cut a breach is over.
    pub effect: Option<Duration>,
    pub make: MakeBaseline,
}

impl Setting {
    /// A replay of `policies` over a span, with nothing else declared.
    pub fn new(
        policies: Vec<Policy>,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        make: MakeBaseline,
    ) -> Self {
        Self {
            policies,
            governor: None,
            windows: Vec::new(),
            startup: None,
            lags: BTreeMap::new(),
            installation: "replay".to_string(),
            providers: BTreeMap::new(),
            flags: BTreeMap::new(),
            start,
            end,
            restarts: Vec::new(),
            effect: None,
            make,
        }
    }

    /// Every tier as if it were in `mode`.
    pub fn in_mode(mut self, mode: Mode) -> Self {
        for policy in &mut self.policies {
            let variants = policy.variants.iter_mut().flat_map(|variant| &mut variant.policy.tiers);
            policy.tiers.iter_mut().chain(variants).for_each(|tier| tier.mode = mode);
        }
        self
    }

    /// The providers that the policies' actions name: those declared, and stand-ins.
    pub fn all_providers(&self) -> BTreeMap<String, ProviderFacts> {
        let mut all = self.providers.clone();
        let tiers = self.policies.iter().flat_map(|policy| &policy.tiers);
        for action in tiers.flat_map(|tier| &tier.actions) {
            all.entry(action.provider.clone()).or_insert_with(|| stand_in(&action.provider));
        }
        all
    }

    /// Stand-ins for the trackers that the policies' actions name: nothing is asked of the real ones.
    pub fn all_trackers(&self) -> BTreeMap<String, TrackerFacts> {
        let actions = || self.policies.iter().flat_map(|policy| &policy.tiers).flat_map(|tier| &tier.issues);
        let templates: Vec<String> = actions().map(|action| action.template.clone()).collect();
        let all = actions()
            .map(|action| (action.tracker.clone(), tracker_stand_in(&action.tracker, templates.clone())));
        all.collect()
    }
}

/// A tracker that nothing declares: it has every text and allows everyone.
fn tracker_stand_in(name: &str, templates: Vec<String>) -> TrackerFacts {
    TrackerFacts {
        name: name.to_string(),
        kind: "memory".to_string(),
        templates,
        reopen_within: Duration::from_secs(336 * 3600),
        close_after: Duration::from_secs(168 * 3600),
        access: Access::Everyone,
    }
}

/// A provider that nothing declares: it has every flag and allows everyone.
pub fn stand_in(name: &str) -> ProviderFacts {
    ProviderFacts {
        name: name.to_string(),
        store: "memory".to_string(),
        endpoint: name.to_string(),
        project: None,
        object: None,
        base: None,
        capabilities: Capabilities { precondition: true, history: false, self_ending: true },
        fallbacks: Vec::new(),
        access: Access::Everyone,
        propagation: Duration::ZERO,
    }
}

/// The Governor with the documented defaults, for a replay that is given none.
pub fn default_governor() -> Governor {
    Governor {
        pause_act: false,
        pause_restore: false,
        release_all: false,
        confirm_time: None,
        budgets: Budgets {
            per_service: Some(1),
            per_namespace: Some(5),
            per_cluster: Some(20),
            per_window: Some((30, Duration::from_secs(3600))),
        },
        breaker: Breaker { max_breaching_percent: 30 },
    }
}
