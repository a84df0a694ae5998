//! Everything of one kind that is declared outside, opened or with all that is wrong with it.
//!
//! Owns when an object is judged again: when it, its secrets or the installation changed, or when it
//! could not be opened. What did not change keeps its client, with its connections.

use super::outside::Outside;
use super::sound::sound;
use super::vault::{ROTATION, Vault};
use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::flags::declared::Home;
use std::collections::BTreeMap;
use std::time::Duration;

/// Every object of one kind.
#[derive(Debug)]
pub struct Opened<T> {
    known: BTreeMap<String, Known<T>>,
    /// Changes whenever an open one may have.
    epoch: u64,
}

/// One object and the versions that it was judged in.
#[derive(Debug)]
pub struct Known<T> {
    pub uid: String,
    pub generation: i64,
    installation: String,
    /// When its secrets were read; None if it has none.
    read: Option<Duration>,
    /// Changes with the secrets.
    secrets: String,
    pub verdict: Result<T, Vec<Problem>>,
}

impl<T> Default for Opened<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), epoch: 0 }
    }
}

impl<T: Outside> Opened<T> {
    /// Judges what changed, secrets among it, and opens again what could not be opened. `now` is
    /// monotonic time.
    pub async fn read(
        &mut self,
        all: &BTreeMap<Name, Seen<T::Object>>,
        home: &Home,
        (vault, now): (&Vault, Duration),
    ) {
        let mut known = BTreeMap::new();
        for ((_, name), seen) in all {
            let former = self.known.remove(name);
            let current = |known: &Known<T>| {
                let fresh = known.read.is_none_or(|read| now.saturating_sub(read) < ROTATION);
                fresh && known.is_of(seen, home) && known.verdict.is_ok()
            };
            let judged = match former {
                Some(former) if current(&former) => former,
                former => self.judge((name, seen, former), home, vault, now).await,
            };
            known.insert(name.clone(), judged);
        }
        if !self.known.is_empty() {
            self.epoch += 1;
        }
        self.known = known;
    }

    async fn judge(
        &mut self,
        (name, seen, former): (&str, &Seen<T::Object>, Option<Known<T>>),
        home: &Home,
        vault: &Vault,
        now: Duration,
    ) -> Known<T> {
        let accepted = sound(T::KIND, seen).and_then(|object| T::accept(&object));
        let read = match &accepted {
            Ok(accepted) => T::credentials(accepted, vault).await,
            Err(_) => None,
        };
        let read_at = read.is_some().then_some(now);
        let secrets = match &read {
            Some(Ok(credentials)) => credentials.digest(),
            _ => String::new(),
        };
        let readable = !matches!(read, Some(Err(_)));
        // A Secret that cannot be read for a moment is no reason to forget the one that was.
        let same = |former: &Known<T>| {
            former.is_of(seen, home) && former.verdict.is_ok() && (!readable || former.secrets == secrets)
        };
        let former = match former {
            Some(former) if same(&former) => return Known { read: read_at, ..former },
            former => former.map(|former| former.verdict),
        };
        let verdict = match (accepted, read.transpose()) {
            (Err(problems), _) | (_, Err(problems)) => Err(problems),
            (Ok(accepted), Ok(read)) => T::open(name, &accepted, home, read.unwrap_or_default()).await,
        };
        match (&verdict, &former) {
            (Err(now), Some(Err(before))) if now == before => {}
            (Ok(opened), Some(Ok(before))) => {
                opened.succeed(before);
                self.epoch += 1;
            }
            _ => self.epoch += 1,
        }
        let installation = home.installation.clone();
        let (uid, generation) = (seen.uid.clone(), seen.generation);
        Known { uid, generation, installation, read: read_at, secrets, verdict }
    }

    /// All of them.
    pub fn all(&self) -> &BTreeMap<String, Known<T>> {
        &self.known
    }

    /// A number that changes when an open one may have.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Those that are open.
    pub fn open(&self) -> BTreeMap<String, T> {
        self.usable().map(|(name, it)| (name.clone(), it.clone())).collect()
    }

    /// Those that are open, by name.
    pub fn usable(&self) -> impl Iterator<Item = (&String, &T)> {
        self.known.iter().filter_map(|(name, known)| Some((name, known.verdict.as_ref().ok()?)))
    }
}

#[cfg(test)]
impl<T> Opened<T> {
    /// One object that is open, in a version that `generation` tells.
    pub fn holding(name: &str, generation: i64, it: T) -> Self {
        let (uid, installation, secrets) = ("u".to_string(), String::new(), String::new());
        let known = Known { uid, generation, installation, read: None, secrets, verdict: Ok(it) };
        Self { known: BTreeMap::from([(name.to_string(), known)]), epoch: 0 }
    }
}

impl<T: Outside> Known<T> {
    /// Changes whenever it was opened anew.
    pub fn version(&self) -> String {
        format!("{}/{}/{}/{}", self.uid, self.generation, self.installation, self.secrets)
    }

    fn is_of(&self, seen: &Seen<T::Object>, home: &Home) -> bool {
        let same = self.uid == seen.uid && self.generation == seen.generation;
        same && (!T::MARKS || self.installation == home.installation)
    }
}
