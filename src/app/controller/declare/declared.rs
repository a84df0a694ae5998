//! Everything that is declared, judged together.

use super::notifiers::Notifiers;
use super::outside::Trial;
use super::policies::Policies;
use super::providers::Providers;
use super::sound::sound;
use super::sources::Sources;
use super::trackers::Trackers;
use super::trials::Trials;
use super::users::users;
use super::vault::Vault;
use crate::app::controller::sight::Sight;
use crate::domain::model::problem::Problem;
use crate::domain::model::selector::Labels;
use crate::edge::crd::accept::governor::{Governing, governor};
use crate::edge::flags::declared::Home;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that is declared, judged.
#[derive(Default)]
pub struct Declared {
    pub policies: Policies,
    pub sources: Sources,
    pub providers: Providers,
    pub trackers: Trackers,
    pub notifiers: Notifiers,
    /// Whether what is outside can be used.
    pub trials: Trials,
    /// Labels of every namespace, by name.
    pub namespaces: BTreeMap<String, Labels>,
    /// The Governor named default; None if there is none.
    pub governor: Option<Result<Governing, Vec<Problem>>>,
}

impl Declared {
    /// Judges what changed since the last time.
    pub async fn read(&mut self, sight: &Sight, home: &Home, (vault, now): (&Vault, Duration)) {
        self.sources.read(&sight.sources.all(), home, (vault, now)).await;
        self.providers.read(&sight.providers.all(), home, (vault, now)).await;
        self.trackers.read(&sight.trackers.all(), home, (vault, now)).await;
        self.notifiers.read(&sight.notifiers.all(), home, (vault, now)).await;
        self.namespaces = labels(sight);
        self.policies.read(sight, &self.sources, &self.namespaces);
        let seen = sight.governors.get(&(String::new(), "default".to_string()));
        self.governor = seen.map(|seen| {
            let object = sound("Governor", &seen)?;
            governor(&object.spec)
        });
    }

    /// Begins the trials that are due, and takes note of those that ended. `home` is the governor's
    /// own namespace.
    pub fn try_out(&mut self, sight: &Sight, home: &str, (now, elapsed): (DateTime<Utc>, Duration)) {
        let users = users(&sight.policies.all());
        let trial = |name: &str| {
            let namespace = users.get(name).map_or(home, String::as_str).to_string();
            Trial { namespace, now }
        };
        self.trials.gather();
        self.trials.begin(&self.sources, elapsed, trial);
        self.trials.begin(&self.providers, elapsed, trial);
        self.trials.begin(&self.trackers, elapsed, trial);
        self.trials.begin(&self.notifiers, elapsed, trial);
    }
}

fn labels(sight: &Sight) -> BTreeMap<String, Labels> {
    let labelled = sight.namespaces.all().into_iter().filter_map(|((_, name), seen)| {
        Some((name, seen.object.ok()?.metadata.labels.clone().unwrap_or_default()))
    });
    labelled.collect()
}
