//! MetricSources: what policies need to know of them, and a client for each.

use super::sound::sound;
use super::vault::{Credentials, ROTATION, Vault};
use crate::app::observe::source::Source;
use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::{Name, Seen};
use crate::edge::crd::accept::source::{SourceFacts, source};
use crate::edge::crd::kind::metric_source::{MetricSource, MetricSourceSpec};
use crate::edge::prometheus::client::{Client, Settings};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every MetricSource that exists.
#[derive(Debug, Default)]
pub struct Sources {
    known: BTreeMap<String, Known>,
    /// Changes whenever an accepted source does.
    epoch: u64,
}

/// One source and the version that it was judged in.
#[derive(Debug)]
pub struct Known {
    pub uid: String,
    pub generation: i64,
    /// When its secrets were read; None if it has none.
    read: Option<Duration>,
    /// Changes with the secrets.
    secrets: String,
    pub verdict: Result<(SourceFacts, Source), Vec<Problem>>,
}

impl Sources {
    /// Judges what changed, secrets among it. `now` is monotonic time.
    pub async fn read(&mut self, all: &BTreeMap<Name, Seen<MetricSource>>, vault: &Vault, now: Duration) {
        let mut known = BTreeMap::new();
        for ((_, name), seen) in all {
            let former = self.known.remove(name);
            let current = |known: &Known| {
                let same = known.uid == seen.uid && known.generation == seen.generation;
                same && known.read.is_none_or(|read| now.saturating_sub(read) < ROTATION)
            };
            let judged = match former {
                Some(former) if current(&former) => former,
                former => self.judge((seen, former), vault, now).await,
            };
            known.insert(name.clone(), judged);
        }
        if !self.known.is_empty() {
            self.epoch += 1;
        }
        self.known = known;
    }

    /// Judges one source; its client, with its connections, stays where nothing changed.
    async fn judge(
        &mut self,
        (seen, former): (&Seen<MetricSource>, Option<Known>),
        vault: &Vault,
        now: Duration,
    ) -> Known {
        let object = sound("MetricSource", seen);
        let with_secrets =
            object.as_ref().is_ok_and(|object| object.spec.auth.is_some() || object.spec.ca.is_some());
        let read = match &object {
            Ok(object) => vault.credentials(&object.spec).await,
            Err(problems) => Err(problems.clone()),
        };
        let secrets = read.as_ref().map(Credentials::digest).unwrap_or_default();
        let read_at = with_secrets.then_some(now);
        if let Some(former) = former {
            let same = former.uid == seen.uid && former.generation == seen.generation;
            if same && former.verdict.is_ok() && read.is_ok() && former.secrets == secrets {
                return Known { read: read_at, ..former };
            }
        }
        self.epoch += 1;
        let verdict = object.and_then(|object| open(&object.spec, read?));
        Known { uid: seen.uid.clone(), generation: seen.generation, read: read_at, secrets, verdict }
    }

    /// All of them.
    pub fn all(&self) -> &BTreeMap<String, Known> {
        &self.known
    }

    /// A number that changes when an accepted source may have.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What policies need to know of the accepted ones.
    pub fn facts(&self) -> BTreeMap<String, SourceFacts> {
        self.accepted().map(|(name, (facts, _))| (name.clone(), facts.clone())).collect()
    }

    /// Clients of the accepted ones.
    pub fn clients(&self) -> BTreeMap<String, Source> {
        self.accepted().map(|(name, (_, client))| (name.clone(), client.clone())).collect()
    }

    /// How long scraping takes, by accepted source.
    pub fn lags(&self) -> BTreeMap<String, Duration> {
        self.accepted().map(|(name, (facts, _))| (name.clone(), facts.lag)).collect()
    }

    fn accepted(&self) -> impl Iterator<Item = (&String, &(SourceFacts, Source))> {
        self.known.iter().filter_map(|(name, known)| Some((name, known.verdict.as_ref().ok()?)))
    }
}

/// What policies need to know of a source, and a client for it.
///
/// # Errors
/// Every problem found.
pub fn open(
    spec: &MetricSourceSpec,
    credentials: Credentials,
) -> Result<(SourceFacts, Source), Vec<Problem>> {
    let facts = source(spec)?;
    let settings = Settings { ca: credentials.ca, headers: credentials.headers, ..settings(spec) };
    let client = Client::new(settings).map_err(|problem| vec![problem.under("spec")])?;
    Ok((facts, Source::Prometheus(client)))
}

fn settings(spec: &MetricSourceSpec) -> Settings {
    let mut settings = Settings::new(&spec.url);
    let limits = spec.limits.clone().unwrap_or_default();
    settings.max_series = limits.max_series.map_or(settings.max_series, |most| most as usize);
    settings.max_bytes = limits.max_bytes.map_or(settings.max_bytes, |most| most as usize);
    settings.concurrency = limits.concurrency.map_or(settings.concurrency, |most| most as usize);
    settings.timeout = limits.timeout.and_then(|text| text.read().ok()).unwrap_or(settings.timeout);
    settings
}
