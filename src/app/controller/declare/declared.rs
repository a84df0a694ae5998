//! Everything that is declared, judged together.

use super::policies::Policies;
use super::providers::Providers;
use super::sound::sound;
use super::sources::Sources;
use super::vault::Vault;
use crate::app::controller::sight::Sight;
use crate::domain::model::problem::Problem;
use crate::domain::model::selector::Labels;
use crate::edge::crd::accept::governor::{Governing, governor};
use crate::edge::flags::declared::Home;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that is declared, judged.
#[derive(Debug, Default)]
pub struct Declared {
    pub policies: Policies,
    pub sources: Sources,
    pub providers: Providers,
    /// Labels of every namespace, by name.
    pub namespaces: BTreeMap<String, Labels>,
    /// The Governor named default; None if there is none.
    pub governor: Option<Result<Governing, Vec<Problem>>>,
}

impl Declared {
    /// Judges what changed since the last time.
    pub async fn read(&mut self, sight: &Sight, home: &Home, (vault, now): (&Vault, Duration)) {
        self.sources.read(&sight.sources.all(), vault, now).await;
        self.providers.read(&sight.providers.all(), home, (vault, now)).await;
        self.namespaces = labels(sight);
        self.policies.read(sight, &self.sources, &self.namespaces);
        let seen = sight.governors.get(&(String::new(), "default".to_string()));
        self.governor = seen.map(|seen| {
            let object = sound("Governor", &seen)?;
            governor(&object.spec)
        });
    }
}

fn labels(sight: &Sight) -> BTreeMap<String, Labels> {
    let labelled = sight.namespaces.all().into_iter().filter_map(|((_, name), seen)| {
        Some((name, seen.object.ok()?.metadata.labels.clone().unwrap_or_default()))
    });
    labelled.collect()
}
