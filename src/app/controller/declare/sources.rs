//! MetricSources: what policies need to know of them, and a client for each.

use super::opened::Opened;
use super::outside::{Outside, Trial};
use super::vault::{Credentials, Vault, Wanted};
use crate::app::apply::effect::chain;
use crate::app::observe::source::{Error, Source};
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Access;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::accept::source::{KIND, SourceFacts, source};
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::kind::metric_source::{MetricSource, MetricSourceSpec, TENANT_HEADER, Tenant};
use crate::edge::flags::declared::Home;
use crate::edge::http::guard::Guard;
use crate::edge::prometheus::client::{Client, Settings};
use crate::edge::prometheus::error::Error as LiveError;
use std::collections::BTreeMap;
use std::time::Duration;

/// Every MetricSource that exists.
pub type Sources = Opened<Supply>;

/// A question that every source can answer, whatever it holds.
const NOTHING: &str = "vector(1)";

/// One source that can be asked.
#[derive(Debug, Clone)]
pub struct Supply {
    pub facts: SourceFacts,
    pub client: Source,
}

impl Opened<Supply> {
    /// What policies need to know of the accepted ones.
    pub fn facts(&self) -> BTreeMap<String, SourceFacts> {
        self.usable().map(|(name, supply)| (name.clone(), supply.facts.clone())).collect()
    }

    /// Clients of the accepted ones.
    pub fn clients(&self) -> BTreeMap<String, Source> {
        self.usable().map(|(name, supply)| (name.clone(), supply.client.clone())).collect()
    }

    /// How long scraping takes, by accepted source.
    pub fn lags(&self) -> BTreeMap<String, Duration> {
        self.usable().map(|(name, supply)| (name.clone(), supply.facts.lag)).collect()
    }

    /// Where traces can be looked at, by accepted source that says so.
    pub fn traces(&self) -> BTreeMap<String, LinkTemplate> {
        let told = |(name, supply): (&String, &Supply)| Some((name.clone(), supply.facts.traces.clone()?));
        self.usable().filter_map(told).collect()
    }
}

impl Outside for Supply {
    type Object = MetricSource;
    type Accepted = (SourceFacts, MetricSourceSpec);

    const KIND: &'static str = KIND;
    const WITHOUT: &'static str = "nothing is observed";
    const MARKS: bool = false;

    fn accept(object: &MetricSource) -> Result<Self::Accepted, Vec<Problem>> {
        Ok((source(&object.spec)?, object.spec.clone()))
    }

    fn status(object: &MetricSource) -> Option<ConfigStatus> {
        object.status.clone()
    }

    async fn credentials(
        (_, spec): &Self::Accepted,
        vault: &Vault,
    ) -> Option<Result<Credentials, Vec<Problem>>> {
        let wanted = Wanted { anywhere: true, ..Wanted::at("spec", spec.auth.as_ref(), spec.ca.as_ref()) };
        (spec.auth.is_some() || spec.ca.is_some()).then_some(())?;
        Some(vault.read(&wanted).await)
    }

    async fn open(
        _name: &str,
        (facts, spec): &Self::Accepted,
        home: &Home,
        credentials: Credentials,
    ) -> Result<Self, Vec<Problem>> {
        let mut credentials = credentials;
        if let Some(Tenant { header, value }) = &spec.tenant {
            let header = header.as_deref().unwrap_or(TENANT_HEADER);
            credentials.add("spec.tenant.value", header, value).map_err(|problem| vec![problem])?;
        }
        let allowed: Vec<&str> = spec.allow_addresses.iter().map(|address| address.as_str()).collect();
        let hosts: Vec<String> = home.kube.iter().map(|kube| kube.host().to_string()).collect();
        let guard = Guard::allowing(&allowed, &hosts);
        let settings = Settings { ca: credentials.ca, headers: credentials.headers, guard, ..settings(spec) };
        let client = Client::new(settings).map_err(|problem| vec![problem.under("spec")])?;
        Ok(Self { facts: facts.clone(), client: Source::Prometheus(client) })
    }

    async fn answer(&self, trial: &Trial) -> Result<(), Reason> {
        let answered = self.client.instant(NOTHING, trial.now).await;
        answered.map(drop).map_err(|error| match error {
            Error::Prometheus(LiveError::Refused { status: 401 | 403, .. }) => {
                let message =
                    "it does not take our credentials; put valid ones into the Secret that it names";
                Reason::new(Code::ProviderRefused, message)
            }
            error => Reason::new(Code::ProviderUnavailable, chain(&error)),
        })
    }

    fn words(&self) -> Vec<String> {
        let fence = self.facts.matchers.iter().map(|(label, value)| format!("{label}={value:?}"));
        let fence: Vec<String> = fence.collect();
        let fence = match fence.as_slice() {
            [] => "its rows are held to no label".to_string(),
            fence => format!("its rows are held to {}", fence.join(", ")),
        };
        let access = match &self.facts.access {
            Access::Everyone => "every namespace's policies may use it".to_string(),
            access => access.to_string(),
        };
        vec!["it answered a question".to_string(), fence, access]
    }
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
