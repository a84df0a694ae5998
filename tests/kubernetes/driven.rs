//! The controller's session on a real API server, over a recording, with flags in memory and a clock
//! driven by hand.
//!
//! Owns the driving: what the controller's loop does, without its waiting and its Lease.

use super::control_plane::ControlPlane;
use crate::replay::inputs::Case;
use crate::replay::past::facts;
use chrono::{DateTime, TimeDelta, Utc};
use flyball::app::clock::{Clock, Hand};
use flyball::app::controller::session::{Ground, Session};
use flyball::app::controller::sight::Sight;
use flyball::app::cycle::due::Due;
use flyball::app::observe::source::Source;
use flyball::edge::cluster::watch::Elapsed;
use flyball::edge::flags::memory::Memory;
use flyball::edge::flags::provider::Provider;
use flyball::edge::kube::client::Kube;
use flyball::edge::kube::connect::connect;
use flyball::edge::kube::realm::Realm;
use flyball::edge::store::shelf::Shelf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The governor's namespace; the control plane's RBAC has it.
const HOME: &str = "flyball";
/// How often a session looks for orders at least.
const BEAT: TimeDelta = TimeDelta::seconds(5);
/// Longest that watches may take to show what is there; normally a second or two.
const SEEN: Duration = Duration::from_secs(30);
/// Nothing answers there: the recording stands in for the source.
const FLEET: &str = r#"
apiVersion: flyball.dev/v1alpha1
kind: MetricSource
metadata: {name: default}
spec: {url: "http://127.0.0.1:9", allowAddresses: [Loopback]}
---
apiVersion: flyball.dev/v1alpha1
kind: FlagProvider
metadata: {name: flags}
spec: {openFeature: {object: {name: flags}}}"#;

/// A governor under our hand.
pub struct Driven<'a> {
    plane: &'a ControlPlane,
    case: &'a Case,
    clock: Arc<Clock>,
    hand: Hand,
    shelf: Option<Shelf>,
    pub ground: Ground,
    _watches: JoinSet<()>,
    pub session: Session,
    pub memory: Memory,
}

/// Declares the source, the provider and the manifests of the case.
pub fn declare(plane: &ControlPlane, case: &Case) {
    plane.make_namespace("shop");
    plane.apply(FLEET.trim());
    case.texts.iter().for_each(|text| plane.apply(text.trim()));
}

impl<'a> Driven<'a> {
    /// Starts at `at`; baselines are kept on `shelf`, if there is one.
    pub async fn start(
        plane: &'a ControlPlane,
        case: &'a Case,
        at: DateTime<Utc>,
        shelf: Option<Shelf>,
    ) -> Self {
        let (clock, hand) = Clock::simulated(at);
        let clock = Arc::new(clock);
        let (ground, watches) = ground(plane, &clock, shelf.clone()).await;
        let session = Session::open(&ground, 1).await.expect("what is stored can be taken up");
        let installation = session.drive.installation.clone();
        assert!(!installation.is_empty(), "the Governor gives the installation its id");
        let memory = Memory::new(facts(), case.flags, &installation);
        let mut driven = Self { plane, case, clock, hand, shelf, ground, _watches: watches, session, memory };
        driven.wire();
        driven
    }

    /// What its clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Ends as SIGTERM does, and starts anew: nothing is left but what is stored.
    pub async fn begin_anew(&mut self) {
        let now = self.now();
        self.session.drive.keep_last(now).await;
        (self.ground, self._watches) = ground(self.plane, &self.clock, self.shelf.clone()).await;
        self.session = Session::open(&self.ground, 1).await.expect("what is stored can be taken up");
        self.wire();
    }

    /// Governs until `end`, starting anew where the case says so.
    pub async fn run_until(&mut self, end: DateTime<Utc>) {
        let now = self.now();
        let mut restarts = self.case.restarts.iter().filter(|at| **at > now).peekable();
        while let Some(due) = self.session.drive.next(self.now()).filter(|due| due.wake <= end) {
            if let Some(at) = restarts.next_if(|at| **at <= due.wake) {
                self.hand.advance_to(*at);
                self.begin_anew().await;
                continue;
            }
            self.look_for_orders(due.wake).await;
            self.hand.advance_to(due.wake);
            self.step(&due).await;
        }
    }

    /// What the controller does between two instants.
    async fn look_for_orders(&mut self, until: DateTime<Utc>) {
        loop {
            let next = self.now() + BEAT;
            if next >= until {
                return;
            }
            self.hand.advance_to(next);
            let Some(due) = self.session.orders(next) else { return };
            self.step(&due).await;
        }
    }

    /// One pass, as the controller's loop makes it.
    async fn step(&mut self, due: &Due) {
        let mut troubles = self.session.declare(&self.ground).await;
        self.wire();
        troubles.extend(self.session.tick(&self.ground, due).await.troubles);
        troubles.extend(self.session.say(&self.ground).await);
        assert!(troubles.is_empty(), "{troubles:?}");
    }

    /// Has the recording stand in for the source, and flags in memory for the provider's.
    fn wire(&mut self) {
        let drive = &mut self.session.drive;
        let source = Source::Recording(self.case.recording.clone());
        drive.observer.use_sources([("default".to_string(), source)].into());
        drive.providers.insert("flags".to_string(), Provider::Memory(self.memory.clone()));
    }
}

/// What a session stands on: watches that have listed everything.
async fn ground(plane: &ControlPlane, clock: &Arc<Clock>, shelf: Option<Shelf>) -> (Ground, JoinSet<()>) {
    let connection = connect(Some(&plane.governor_kubeconfig())).await.expect("the kubeconfig can be used");
    let kube = Kube::new(&connection);
    let elapsed: Elapsed = Arc::new({
        let clock = clock.clone();
        move || clock.elapsed()
    });
    let mut watches = JoinSet::new();
    let sight = Sight::open(&kube, (HOME, &Realm::Cluster), &elapsed, &mut watches);
    seen("everything is listed", || sight.synced()).await;
    let ground = Ground {
        clock: clock.clone(),
        kube,
        home: HOME.to_string(),
        realm: Realm::Cluster,
        identity: "driven".to_string(),
        sight,
        bell: Arc::default(),
        shelf,
    };
    (ground, watches)
}

/// Waits until the watches show something.
pub async fn seen(what: &str, holds: impl Fn() -> bool) {
    let shown = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SEEN, shown).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
