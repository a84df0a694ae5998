//! FlagProviders, opened or with everything that is wrong with them.

use super::sound::sound;
use crate::app::apply::effect::chain;
use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::accept::flag_provider::flag_provider;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::flags::declared::{self, Home};
use crate::edge::flags::provider::Provider;
use std::collections::BTreeMap;

/// Every FlagProvider that exists.
#[derive(Debug, Default)]
pub struct Providers {
    known: BTreeMap<String, Known>,
}

/// One provider and the versions that it was judged in.
#[derive(Debug)]
pub struct Known {
    pub uid: String,
    pub generation: i64,
    installation: String,
    pub verdict: Result<Provider, Vec<Problem>>,
}

impl Providers {
    /// Judges what changed, and opens again what could not be opened.
    pub async fn read(&mut self, all: &BTreeMap<Name, Seen<FlagProvider>>, home: &Home) {
        let mut known = BTreeMap::new();
        for ((_, name), seen) in all {
            let current = |known: &Known| {
                let same = known.uid == seen.uid && known.generation == seen.generation;
                same && known.installation == home.installation && known.verdict.is_ok()
            };
            let judged = match self.known.remove(name).filter(current) {
                Some(judged) => judged,
                None => Known {
                    uid: seen.uid.clone(),
                    generation: seen.generation,
                    installation: home.installation.clone(),
                    verdict: open(name, seen, home).await,
                },
            };
            known.insert(name.clone(), judged);
        }
        self.known = known;
    }

    /// All of them.
    pub fn all(&self) -> &BTreeMap<String, Known> {
        &self.known
    }

    /// Those that are open.
    pub fn open(&self) -> BTreeMap<String, Provider> {
        let open = self.known.iter().filter_map(|(name, known)| Some((name, known.verdict.as_ref().ok()?)));
        open.map(|(name, provider)| (name.clone(), provider.clone())).collect()
    }
}

async fn open(name: &str, seen: &Seen<FlagProvider>, home: &Home) -> Result<Provider, Vec<Problem>> {
    let object = sound("FlagProvider", seen)?;
    let accepted = flag_provider(&object.spec)?;
    let opened = declared::open(name, &accepted, home).await;
    opened.map_err(|error| {
        let fix = "make the store reachable as it is declared, or declare it as it is";
        vec![Problem::new("spec", "", chain(&error), fix)]
    })
}
