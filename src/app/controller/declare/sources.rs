//! MetricSources: what policies need to know of them, and a client for each.

use super::sound::sound;
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
    pub verdict: Result<(SourceFacts, Source), Vec<Problem>>,
}

impl Sources {
    /// Judges what changed.
    pub fn read(&mut self, all: &BTreeMap<Name, Seen<MetricSource>>) {
        let mut known = BTreeMap::new();
        for ((_, name), seen) in all {
            let current = |known: &Known| known.uid == seen.uid && known.generation == seen.generation;
            let judged = self.known.remove(name).filter(current).unwrap_or_else(|| {
                self.epoch += 1;
                let verdict = sound("MetricSource", seen).and_then(|object| open(&object.spec));
                Known { uid: seen.uid.clone(), generation: seen.generation, verdict }
            });
            known.insert(name.clone(), judged);
        }
        if !self.known.is_empty() {
            self.epoch += 1;
        }
        self.known = known;
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

fn open(spec: &MetricSourceSpec) -> Result<(SourceFacts, Source), Vec<Problem>> {
    let facts = source(spec)?;
    let client = Client::new(settings(spec)).map_err(|problem| vec![problem.under("spec")])?;
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
