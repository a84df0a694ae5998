//! FlagProviders, opened or with everything that is wrong with them.

use super::sound::sound;
use super::vault::{Credentials, ROTATION, Vault};
use crate::app::apply::effect::chain;
use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::accept::flag_provider::{Accepted, Place, flag_provider};
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::flags::declared::{self, Home, Keys};
use crate::edge::flags::error::FlagError;
use crate::edge::flags::provider::Provider;
use std::collections::BTreeMap;
use std::time::Duration;

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
    /// When its secrets were read; None if it has none.
    read: Option<Duration>,
    /// Changes with the secrets.
    secrets: String,
    pub verdict: Result<Provider, Vec<Problem>>,
}

impl Providers {
    /// Judges what changed, secrets among it, and opens again what could not be opened. `now` is
    /// monotonic time.
    pub async fn read(
        &mut self,
        all: &BTreeMap<Name, Seen<FlagProvider>>,
        home: &Home,
        (vault, now): (&Vault, Duration),
    ) {
        let mut known = BTreeMap::new();
        for ((_, name), seen) in all {
            let former = self.known.remove(name);
            let current = |known: &Known| {
                let fresh = known.read.is_none_or(|read| now.saturating_sub(read) < ROTATION);
                fresh && known.is_of(seen, home) && known.verdict.is_ok()
            };
            let judged = match former {
                Some(former) if current(&former) => former,
                former => judge((name, seen, former), home, vault, now).await,
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

impl Known {
    fn is_of(&self, seen: &Seen<FlagProvider>, home: &Home) -> bool {
        let same = self.uid == seen.uid && self.generation == seen.generation;
        same && self.installation == home.installation
    }
}

/// Judges one provider; its client, with its connections, stays where nothing changed.
async fn judge(
    (name, seen, former): (&str, &Seen<FlagProvider>, Option<Known>),
    home: &Home,
    vault: &Vault,
    now: Duration,
) -> Known {
    let accepted = sound("FlagProvider", seen).and_then(|object| flag_provider(&object.spec));
    let read = match accepted.as_ref().map(|accepted| &accepted.place) {
        Ok(Place::Server(server)) => Some(vault.for_server(server).await),
        _ => None,
    };
    let read_at = read.is_some().then_some(now);
    let secrets = match &read {
        Some(Ok(credentials)) => credentials.digest(),
        _ => String::new(),
    };
    let readable = !matches!(read, Some(Err(_)));
    // A Secret that cannot be read for a moment is no reason to forget the one that was.
    let same = |former: &Known| {
        former.is_of(seen, home) && former.verdict.is_ok() && (!readable || former.secrets == secrets)
    };
    let former = match former {
        Some(former) if same(&former) => return Known { read: read_at, ..former },
        former => former,
    };
    let verdict = match (accepted, read.transpose()) {
        (Err(problems), _) | (_, Err(problems)) => Err(problems),
        (Ok(accepted), Ok(credentials)) => {
            let Credentials { headers, ca, .. } = credentials.unwrap_or_default();
            open(name, &accepted, home, Keys { headers, ca }).await
        }
    };
    if let (Ok(opened), Some(Ok(before))) = (&verdict, former.as_ref().map(|former| &former.verdict)) {
        opened.succeed(before);
    }
    Known {
        uid: seen.uid.clone(),
        generation: seen.generation,
        installation: home.installation.clone(),
        read: read_at,
        secrets,
        verdict,
    }
}

async fn open(name: &str, accepted: &Accepted, home: &Home, keys: Keys) -> Result<Provider, Vec<Problem>> {
    let opened = declared::open(name, accepted, home, keys).await;
    opened.map_err(|error| match error {
        FlagError::Declared(problem) => vec![*problem],
        error => {
            let fix = "make the store reachable as it is declared, or declare it as it is";
            vec![Problem::new("spec", "", chain(&error), fix)]
        }
    })
}
