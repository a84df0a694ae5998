//! What the objects in the cluster declare: policies, sources, providers, the Governor.
//!
//! Each object is judged once per version of what it depends on; what is wrong with one is kept
//! beside it, for its conditions, and stops no other.

pub mod policies;
pub mod providers;
pub mod sources;

use crate::app::controller::sight::Sight;
use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::Seen;
use crate::edge::crd::accept::governor::{Governing, governor};
use crate::edge::crd::inert;
use crate::edge::flags::declared::Home;
use policies::Policies;
use providers::Providers;
use serde::Serialize;
use sources::Sources;

/// Everything that is declared, judged.
#[derive(Debug, Default)]
pub struct Declared {
    pub policies: Policies,
    pub sources: Sources,
    pub providers: Providers,
    /// The Governor named default; None if there is none.
    pub governor: Option<Result<Governing, Vec<Problem>>>,
}

impl Declared {
    /// Judges what changed since the last time.
    pub async fn read(&mut self, sight: &Sight, home: &Home) {
        self.sources.read(&sight.sources.all());
        self.providers.read(&sight.providers.all(), home).await;
        self.policies.read(sight, &self.sources);
        let seen = sight.governors.get(&(String::new(), "default".to_string()));
        self.governor = seen.map(|seen| {
            let object = sound("Governor", &seen)?;
            governor(&object.spec)
        });
    }
}

/// The object, unless it cannot be read or asks for what does nothing yet.
fn sound<T: Serialize>(kind: &str, seen: &Seen<T>) -> Result<std::sync::Arc<T>, Vec<Problem>> {
    let object = seen.object.clone().map_err(|why| {
        let fix = "correct the field that the message names, or run a version that knows it";
        vec![Problem::new("", "", format!("it cannot be read: {why}"), fix)]
    })?;
    let document = serde_json::to_value(&*object).unwrap_or_default();
    match inert::problems(kind, &document) {
        idle if idle.is_empty() => Ok(object),
        idle => Err(idle),
    }
}
