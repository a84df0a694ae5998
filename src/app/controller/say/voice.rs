//! Saying it: on every object how it stands, and in Events what was done.

use super::events;
use super::standing::{self, Flaws, Known, Summary};
use super::statuses::{Statuses, Wish};
use crate::app::controller::declare::declared::Declared;
use crate::app::controller::declare::opened::Opened;
use crate::app::controller::declare::outside::Outside;
use crate::app::controller::declare::trials::Trials;
use crate::app::controller::post::addressees::permits;
use crate::app::controller::sight::Sight;
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::proposal::Mode;
use crate::domain::model::reading::Rejection;
use crate::domain::model::reason::Reason;
use crate::domain::policy::permit::{issue_refusals, refusals};
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::events::{Happening, Recorder};
use crate::edge::cluster::mirror::{Mirror, Name, Seen};
use crate::edge::cluster::watch::sentence;
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy, PolicyStatus};
use crate::edge::flags::provider::Provider;
use crate::edge::issues::tracker::Tracker;
use crate::edge::kube::client::Kube;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::realm::Realm;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Most statuses that are written at once: what the loop waits for.
const AT_ONCE: usize = 50;

/// What keeps an object of a name from its work right now, beyond what a trial tells.
type Troubled<'a> = &'a dyn Fn(&str) -> Option<Reason>;

/// Says how things stand, and remembers what it has said.
pub struct Voice {
    statuses: Statuses,
    recorder: Recorder,
    /// What was wrong with the signals of each policy at its last look.
    flaws: BTreeMap<PolicyKey, Flaws>,
    /// Refused policies that an Event told of, by generation.
    refusals: BTreeMap<PolicyKey, i64>,
    /// Statuses that were left for the next time.
    unsaid: usize,
    /// Said on each policy by a governor of single namespaces, which has no right to say anything on
    /// objects of the cluster.
    alone: Option<String>,
}

impl Voice {
    /// Speaks through a fenced client, as `identity`.
    pub fn new(kube: Kube, identity: &str, (home, realm): (&str, &Realm)) -> Self {
        let alone = (!realm.is_cluster()).then(|| {
            format!(
                "governed from namespace {home}, which watches {} only: policies of the cluster are not \
                 followed, and what sources and stores lack is told here",
                realm.describe()
            )
        });
        Self {
            alone,
            statuses: Statuses::new(kube.clone()),
            recorder: Recorder::new(kube, identity),
            flaws: BTreeMap::new(),
            refusals: BTreeMap::new(),
            unsaid: 0,
        }
    }

    /// Whether there was more to say than could be said at once.
    pub fn has_more(&self) -> bool {
        self.unsaid > 0
    }

    /// Takes note of how the signals did in a tick.
    pub fn heard(&mut self, tick: &Tick) {
        for (key, row) in tick.looks.iter().flat_map(|look| &look.rows) {
            let rejected = row.rejected.keys().map(|(signal, why)| (signal.clone(), rejected(*why)));
            let flaws = Flaws { unanswered: row.failures.clone(), rejected: rejected.collect() };
            self.flaws.insert(key.clone(), flaws);
        }
    }

    /// Tells of a tick in Events.
    pub async fn tell(&mut self, now: DateTime<Utc>, tick: &Tick, drive: &Drive) -> Vec<String> {
        self.record(now, events::of(tick, |name| drive.objects.decision_uid(name))).await
    }

    /// Says on every object how it stands, where that is news.
    pub async fn say(
        &mut self,
        now: DateTime<Utc>,
        sight: &Sight,
        (declared, troubled): (&Declared, Troubled<'_>),
        drive: &mut Drive,
    ) -> Vec<String> {
        let refusals = self.refusals(declared);
        let mut troubles = self.record(now, refusals).await;
        let mut wishes = self.policies(now, sight, declared, drive);
        let trials = &declared.trials;
        if self.alone.is_none() {
            wishes.extend(self.configs(now, &sight.sources, (&declared.sources, trials), &|_| None));
            wishes.extend(self.configs(now, &sight.providers, (&declared.providers, trials), &|_| None));
            wishes.extend(self.configs(now, &sight.trackers, (&declared.trackers, trials), &|_| None));
            wishes.extend(self.configs(now, &sight.notifiers, (&declared.notifiers, trials), troubled));
        }
        self.unsaid = wishes.len().saturating_sub(AT_ONCE);
        wishes.truncate(AT_ONCE);
        self.flaws.retain(|key, _| declared.policies.all().contains_key(key));
        self.statuses.keep::<HealthPolicy>(|name| sight.policies.contains(name));
        self.statuses.keep::<ClusterHealthPolicy>(|name| sight.cluster_policies.contains(name));
        troubles.extend(self.statuses.write(now, wishes).await);
        troubles.extend(say_governor(now, declared, drive).await.err());
        troubles
    }

    fn policies(
        &mut self,
        now: DateTime<Utc>,
        sight: &Sight,
        declared: &Declared,
        drive: &Drive,
    ) -> Vec<Wish> {
        let summaries = summaries(now, drive);
        let nothing = Summary::default();
        let mut wishes = Vec::new();
        let say = |key: &PolicyKey, former: PolicyStatus| {
            let judged = declared.policies.all().get(key)?;
            let told = former.observed_generation == Some(judged.generation) && judged.verdict.is_ok();
            let unread = !drive.is_rebuilt(key) || !self.flaws.contains_key(key);
            if told && drive.is_fresh(now) && unread {
                // What the last process said stands until we know as much.
                return None;
            }
            let missing = judged.verdict.as_ref().map(|policy| missing(policy, drive)).unwrap_or_default();
            let useless = judged.verdict.as_ref().map(|policy| self.useless(policy, declared));
            let untold = judged.verdict.as_ref().map(|policy| untold(policy, declared)).unwrap_or_default();
            let known = Known {
                generation: judged.generation,
                verdict: judged.verdict.as_ref().map_err(Vec::as_slice),
                rebuilt: drive.is_rebuilt(key),
                flaws: self.flaws.get(key),
                missing: &missing,
                untold: &untold,
                useless: &useless.unwrap_or_default(),
                alone: self.alone.as_deref(),
                summary: summaries.get(key).unwrap_or(&nothing),
            };
            let next = standing::policy(now, &known, &former);
            Some((former, next))
        };
        for (name, seen) in sight.policies.all() {
            let key = PolicyKey { namespace: Some(name.0.clone()), name: name.1.clone() };
            let said = say(&key, self.statuses.former(&name, &seen, |policy| policy.status.clone()));
            wishes.extend(
                said.and_then(|(former, next)| self.statuses.wish(now, (&name, &seen), &former, &next)),
            );
        }
        for (name, seen) in sight.cluster_policies.all() {
            let key = PolicyKey { namespace: None, name: name.1.clone() };
            let said = say(&key, self.statuses.former(&name, &seen, |policy| policy.status.clone()));
            wishes.extend(
                said.and_then(|(former, next)| self.statuses.wish(now, (&name, &seen), &former, &next)),
            );
        }
        wishes
    }

    /// What of all that `policy` uses cannot be used, where that is said on no other object.
    fn useless(&self, policy: &Policy, declared: &Declared) -> BTreeSet<String> {
        if self.alone.is_none() {
            return BTreeSet::new();
        }
        let trials = &declared.trials;
        let source = trouble(&policy.source, &declared.sources, trials);
        let acting = || policy.tiers.iter().filter(|tier| tier.mode != Mode::Observe);
        let flags = acting().flat_map(|tier| &tier.actions);
        let flags = flags.filter_map(|action| trouble(&action.provider, &declared.providers, trials));
        let issues = acting().flat_map(|tier| &tier.issues);
        let issues = issues.filter_map(|action| trouble(&action.tracker, &declared.trackers, trials));
        let people = policy.notices.iter();
        let people = people.filter_map(|notice| trouble(&notice.notifier, &declared.notifiers, trials));
        source.into_iter().chain(flags).chain(issues).chain(people).collect()
    }

    /// How each object of a configuring kind stands; what `troubled` knows counts before a trial.
    fn configs<T: Outside>(
        &self,
        now: DateTime<Utc>,
        mirror: &Mirror<T::Object>,
        (opened, trials): (&Opened<T>, &Trials),
        troubled: Troubled<'_>,
    ) -> Vec<Wish> {
        let one = |(name, seen): (Name, Seen<T::Object>)| {
            let known = opened.all().get(&name.1)?;
            let problems = known.verdict.as_ref().err().map(Vec::as_slice).unwrap_or_default();
            let former: ConfigStatus = self.statuses.former(&name, &seen, T::status);
            let trouble = troubled(&name.1).map(Err);
            let said = trouble.as_ref().or_else(|| trials.said(&name.1, known));
            let next = standing::config(now, (seen.generation, &former.conditions), problems, said);
            self.statuses.wish(now, (&name, &seen), &former, &next)
        };
        mirror.all().into_iter().filter_map(one).collect()
    }

    /// An Event for each policy that is refused in a version that none was told of.
    fn refusals(&mut self, declared: &Declared) -> Vec<Happening> {
        let mut told = BTreeMap::new();
        let mut happenings = Vec::new();
        for (key, judged) in declared.policies.all() {
            let Err(problems) = &judged.verdict else { continue };
            if self.refusals.get(key) != Some(&judged.generation) {
                happenings.push(events::refused(key, &judged.uid, problems));
            }
            told.insert(key.clone(), judged.generation);
        }
        self.refusals = told;
        happenings
    }

    /// Tells in Events. About objects of the cluster only who governs all of it may.
    pub async fn record(&mut self, now: DateTime<Utc>, happenings: Vec<Happening>) -> Vec<String> {
        let mut troubles = Vec::new();
        let may = |what: &Happening| self.alone.is_none() || what.about.namespace.is_some();
        let happenings: Vec<Happening> = happenings.into_iter().filter(may).collect();
        for happening in happenings {
            match self.recorder.record(now, &happening).await {
                // Where a namespace is gone there is nobody to tell.
                Ok(()) | Err(KubeError::NoNamespace { .. }) => {}
                Err(error) => troubles.push(sentence(&error)),
            }
        }
        troubles
    }
}

/// Why the object `name` cannot be used, in a sentence; None if it can, or nobody knows yet.
fn trouble<T: Outside>(name: &str, opened: &Opened<T>, trials: &Trials) -> Option<String> {
    let known = opened.all().get(name)?;
    match &known.verdict {
        Err(problems) => {
            Some(format!("{} {name} is not accepted: {}", T::KIND, standing::sentences(problems)))
        }
        Ok(_) => {
            let reason = trials.said(name, known)?.as_ref().err()?;
            Some(format!("{} {name} cannot be used: {}", T::KIND, reason.message))
        }
    }
}

fn rejected(why: Rejection) -> String {
    format!("some of its rows cannot be used: {why}")
}

/// What tiers of `policy` would act through, and that is not there: kind and name.
fn missing(policy: &Policy, drive: &Drive) -> BTreeSet<String> {
    let acting = || policy.tiers.iter().filter(|tier| tier.mode != Mode::Observe);
    let named = acting().flat_map(|tier| &tier.actions).map(|action| &action.provider);
    let missing = named.filter(|name| !drive.providers.contains_key(*name));
    let missing = missing.map(|name| format!("{} {name}", Provider::KIND));
    let trackers = acting().flat_map(|tier| &tier.issues).map(|action| &action.tracker);
    let unknown = trackers.filter(|name| !drive.trackers.contains_key(*name));
    missing.chain(unknown.map(|name| format!("{} {name}", Tracker::KIND))).collect()
}

/// Why people whom `policy` names would not be told.
fn untold(policy: &Policy, declared: &Declared) -> BTreeSet<String> {
    let own = ServiceKey::new(policy.key.namespace.clone().unwrap_or_default(), "");
    let refused = policy.notices.iter().filter_map(|notice| {
        let permitted = permits(declared, policy, &own, notice);
        // Which namespaces a ClusterHealthPolicy has is asked for each service.
        let concerned =
            policy.key.namespace.is_some() || !declared.notifiers.all().contains_key(&notice.notifier);
        permitted.err().filter(|_| concerned).map(|reason| reason.message)
    });
    refused.collect()
}

fn summaries(now: DateTime<Utc>, drive: &Drive) -> BTreeMap<PolicyKey, Summary> {
    let mut all: BTreeMap<PolicyKey, Summary> = BTreeMap::new();
    let providers = drive.providers.iter().map(|(name, provider)| (name.clone(), provider.facts())).collect();
    let trackers = drive.trackers.iter().map(|(name, tracker)| (name.clone(), tracker.facts())).collect();
    for (key, policy, service, track) in drive.cycle.tracks() {
        let Some(policy) = policy else { continue };
        let labels = drive.namespaces.get(&service.namespace);
        let summary = all.entry(key.clone()).or_default();
        summary.add(policy, track, now);
        let refused = refusals(policy, service, &providers, labels).into_iter();
        let refused = refused.chain(issue_refusals(policy, service, &trackers, labels));
        summary.refused.extend(refused.map(|reason| reason.message));
    }
    all
}

async fn say_governor(now: DateTime<Utc>, declared: &Declared, drive: &mut Drive) -> Result<(), String> {
    let (Some(judged), Some(known)) = (&declared.governor, drive.objects.governor()) else { return Ok(()) };
    let problems = judged.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let generation = known.metadata.generation.unwrap_or_default();
    let former = known.status.as_ref().map(|status| status.conditions.clone()).unwrap_or_default();
    let next = standing::config(now, (generation, &former), problems, Some(&Ok(())));
    let change = drive.objects.put_governor_status(|status| {
        status.observed_generation = next.observed_generation;
        status.conditions.clone_from(&next.conditions);
    });
    change.await
}
