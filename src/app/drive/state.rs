//! What a tick works on, and when the next one is due.

use super::inquiries::Inquiries;
use super::past::dig::Dig;
use super::past::keeping::Keeping;
use super::refused::Refused;
use super::served::{Propagated, Watch};
use crate::app::apply::desk::Desk;
use crate::app::apply::objects::Objects;
use crate::app::cycle::due::{self, Due};
use crate::app::cycle::state::Cycle;
use crate::app::observe::observer::Observer;
use crate::domain::model::fleet::Governor;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::rail::Pauses;
use crate::domain::model::selector::Labels;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::source::LAG;
use crate::edge::flags::provider::Provider;
use crate::edge::issues::tracker::Tracker;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after a start what was stored before stands for what is not read yet.
const GRACE: TimeDelta = TimeDelta::minutes(3);

/// Everything a tick works on.
pub struct Drive {
    pub cycle: Cycle,
    pub observer: Observer,
    pub objects: Objects,
    pub providers: BTreeMap<String, Provider>,
    pub trackers: BTreeMap<String, Tracker>,
    pub governor: Option<Governor>,
    /// Labels of namespaces by name, where a cluster can be asked for them.
    pub namespaces: BTreeMap<String, Labels>,
    /// What people paused by annotations on namespaces and workloads.
    pub pauses: Pauses,
    /// Id of this installation: marks in flags carry it.
    pub installation: String,
    /// How long after the start, or a jump of the clock, it only looks. None: two intervals of the
    /// slowest policy that is due, at least a minute.
    pub startup: Option<Duration>,
    /// Time for scrapes to arrive before an instant is asked for, by source; at most half an
    /// interval. A source that does not say has the default.
    pub lags: BTreeMap<String, Duration>,
    /// Where traces can be looked at, by source.
    pub traces: BTreeMap<String, LinkTemplate>,
    /// Services whose workload is gone: whatever sources still answer about them is past.
    pub retired: BTreeSet<ServiceKey>,
    /// Longest that one tick may read the past; None: until it is read.
    pub patience: Option<Duration>,
    /// Issues that are being looked after.
    pub(super) desk: Desk,
    /// Asks clients what they are served; None: nobody is asked.
    pub watch: Option<Watch>,
    /// Cuts that clients were served since the last tick ended.
    pub(super) propagated: Vec<Propagated>,
    /// Checkpoints of the baselines, if any are kept.
    pub(super) keeping: Option<Keeping>,
    pub(super) digs: Vec<Dig>,
    /// Ticks in a row that were too short to read any of it.
    pub(super) stuck: u32,
    pub(super) started: DateTime<Utc>,
    /// The start-up observation that the policies which are due ask for.
    pub(super) usual_startup: Duration,
    pub(super) rebuilt: BTreeSet<PolicyKey>,
    pub(super) swept: Option<DateTime<Utc>>,
    pub(super) refused: Refused,
    pub(super) inquiries: Inquiries,
    /// Many engagements are being refused together: said once, not at every look.
    pub(super) stormed: bool,
    /// By hold name, since when a flag has been away.
    pub(super) missing: BTreeMap<String, DateTime<Utc>>,
}

impl Drive {
    /// A loop over nothing yet, started at `now`.
    pub fn new(now: DateTime<Utc>, cycle: Cycle, observer: Observer, objects: Objects) -> Self {
        Self {
            cycle,
            observer,
            objects,
            providers: BTreeMap::new(),
            trackers: BTreeMap::new(),
            governor: None,
            namespaces: BTreeMap::new(),
            pauses: Pauses::default(),
            installation: String::new(),
            startup: None,
            usual_startup: Duration::MAX,
            lags: BTreeMap::new(),
            traces: BTreeMap::new(),
            retired: BTreeSet::new(),
            patience: None,
            desk: Desk::default(),
            watch: None,
            propagated: Vec::new(),
            keeping: None,
            digs: Vec::new(),
            stuck: 0,
            started: now,
            rebuilt: BTreeSet::new(),
            swept: None,
            refused: Refused::default(),
            inquiries: Inquiries::default(),
            stormed: false,
            missing: BTreeMap::new(),
        }
    }

    /// Takes the policies as they are now; a changed one is rebuilt from history.
    pub fn accept(&mut self, policies: Vec<Policy>) {
        let before: BTreeMap<PolicyKey, i64> =
            self.cycle.policies().map(|policy| (policy.key.clone(), policy.generation)).collect();
        let now: BTreeMap<&PolicyKey, i64> =
            policies.iter().map(|policy| (&policy.key, policy.generation)).collect();
        let same = |key: &PolicyKey| now.contains_key(key) && before.get(key) == now.get(key);
        self.rebuilt.retain(same);
        self.stop_digging(same);
        self.cycle.accept(policies);
    }

    /// Begins the start-up observation again: after a start, or a jump of the clock.
    pub fn observe_first(&mut self, now: DateTime<Utc>) {
        self.started = now;
        self.cycle.forget_after(now);
        self.rebuilt.clear();
        self.digs.clear();
    }

    /// Whether it only looks for now. A policy whose past is not read yet knows nothing to act on.
    pub fn starting_up(&self, now: DateTime<Utc>) -> bool {
        let startup = self.startup.unwrap_or(self.usual_startup);
        now < self.started + TimeDelta::from_std(startup).unwrap_or(TimeDelta::days(1))
    }

    /// Whether the program, or its clock, began so recently that what was said before still stands.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.started < GRACE
    }

    /// Whether this policy was rebuilt from its history.
    pub fn is_rebuilt(&self, policy: &PolicyKey) -> bool {
        self.rebuilt.contains(policy)
    }

    /// Whether any policy was rebuilt from its history.
    pub fn any_rebuilt(&self) -> bool {
        !self.rebuilt.is_empty()
    }

    /// Whether every policy was rebuilt from its history.
    pub fn rebuilt(&self) -> bool {
        self.cycle.policies().all(|policy| self.rebuilt.contains(&policy.key))
    }

    /// The earliest grid instant after `now`, and every policy that shares its hour.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Due> {
        due::next(self.cycle.policies(), now, |policy| self.lags.get(&policy.source).copied().unwrap_or(LAG))
    }
}
