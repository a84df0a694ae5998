//! run equals replay, in a cluster: the controller's session on a real API server, over a recording,
//! with flags in memory and a clock driven by hand, leaves the Decisions that replay foretells.
//!
//! Owns the driving. What is compared is what the API server holds, but for what it adds itself.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::replay::inputs::Case;
use crate::replay::past::{self, Run, Surroundings, facts};
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
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The governor's namespace; the control plane's RBAC has it.
const HOME: &str = "flyball";
/// How often a session looks for orders at least.
const BEAT: TimeDelta = TimeDelta::seconds(5);
/// Longest that the first lists of all watches may take; normally a second or two.
const LISTED: Duration = Duration::from_secs(30);
/// Nothing answers there: the recording stands in for the source.
const FLEET: &str = r#"
apiVersion: flyball.dev/v1alpha1
kind: MetricSource
metadata: {name: default}
spec: {url: "http://127.0.0.1:9"}
---
apiVersion: flyball.dev/v1alpha1
kind: FlagProvider
metadata: {name: flags}
spec: {openFeature: {object: {name: flags}}}"#;

/// Governs the case, replays it, demands that both agree, and gives the Decisions.
pub fn agrees(plane: &ControlPlane, case: &Case) -> Vec<Value> {
    plane.make_namespace("shop");
    plane.apply(FLEET.trim());
    case.texts.iter().for_each(|text| plane.apply(text.trim()));
    let runtime = tokio::runtime::Runtime::new().expect("an async runtime can be started");
    let surroundings = runtime.block_on(govern(plane, case));
    let run = Run { decisions: stored(plane), surroundings };
    // Watches of the session end with it.
    runtime.shutdown_background();
    let replayed = past::decisions(case, &run.surroundings);
    let names = |decisions: &[Value]| -> Vec<String> {
        decisions.iter().map(|decision| decision["metadata"]["name"].to_string()).collect()
    };
    assert_eq!(names(&run.decisions), names(&replayed), "left: run, right: replay");
    for (ran, replayed) in run.decisions.iter().zip(&replayed) {
        // As values: the API server orders fields its own way.
        assert!(ran == replayed, "run:\n{ran:#}\nreplay:\n{replayed:#}");
    }
    replayed
}

async fn govern(plane: &ControlPlane, case: &Case) -> Surroundings {
    let header = case.recording.header();
    let (clock, hand) = Clock::simulated(header.start);
    let clock = Arc::new(clock);
    let (mut ground, mut watches) = ground(plane, &clock).await;
    let mut session = Session::open(&ground, 1).await.expect("what is stored can be taken up");
    let installation = session.drive.installation.clone();
    assert!(!installation.is_empty(), "the Governor gives the installation its id");
    let memory = Memory::new(facts(), case.flags, &installation);
    wire(&mut session, case, &memory);
    let policies = session.drive.cycle.policies().cloned().collect();
    let surroundings = Surroundings::of(case, policies, &installation, (&memory, clock.now())).await;
    let mut restarts = case.restarts.iter().peekable();
    while let Some(due) = session.drive.next(clock.now()).filter(|due| due.wake <= header.end()) {
        if let Some(at) = restarts.next_if(|at| **at <= due.wake) {
            hand.advance_to(*at);
            drop(session);
            (ground, watches) = self::ground(plane, &clock).await;
            session = Session::open(&ground, 1).await.expect("what is stored can be taken up");
            wire(&mut session, case, &memory);
            continue;
        }
        look_for_orders(&mut session, (&ground, &hand), due.wake, (case, &memory)).await;
        hand.advance_to(due.wake);
        step(&mut session, &ground, &due, (case, &memory)).await;
    }
    drop(watches);
    surroundings
}

/// What the controller does between two instants.
async fn look_for_orders(
    session: &mut Session,
    (ground, hand): (&Ground, &Hand),
    until: DateTime<Utc>,
    with: (&Case, &Memory),
) {
    loop {
        let next = ground.clock.now() + BEAT;
        if next >= until {
            return;
        }
        hand.advance_to(next);
        match session.orders(next) {
            Some(due) => step(session, ground, &due, with).await,
            None => return,
        }
    }
}

/// One pass of the controller, as its loop makes it.
async fn step(session: &mut Session, ground: &Ground, due: &Due, (case, memory): (&Case, &Memory)) {
    let mut troubles = session.declare(ground).await;
    wire(session, case, memory);
    troubles.extend(session.tick(ground, due).await.troubles);
    troubles.extend(session.say(ground).await);
    assert!(troubles.is_empty(), "{troubles:?}");
}

/// Has the recording stand in for the source, and flags in memory for the provider's.
fn wire(session: &mut Session, case: &Case, memory: &Memory) {
    session
        .drive
        .observer
        .use_sources([("default".to_string(), Source::Recording(case.recording.clone()))].into());
    session.drive.providers.insert("flags".to_string(), Provider::Memory(memory.clone()));
}

/// What a session stands on: watches that have listed everything.
async fn ground(plane: &ControlPlane, clock: &Arc<Clock>) -> (Ground, JoinSet<()>) {
    let connection = connect(Some(&plane.governor_kubeconfig())).await.expect("the kubeconfig can be used");
    let kube = Kube::new(&connection);
    let elapsed: Elapsed = Arc::new({
        let clock = clock.clone();
        move || clock.elapsed()
    });
    let mut watches = JoinSet::new();
    let sight = Sight::open(&kube, HOME, &elapsed, &mut watches);
    let listed = async {
        while !sight.synced() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LISTED, listed).await.expect("everything is listed");
    let ground = Ground {
        clock: clock.clone(),
        kube,
        home: HOME.to_string(),
        identity: "replayed".to_string(),
        sight,
        shelf: None,
    };
    (ground, watches)
}

/// The Decisions in the API server, oldest first.
fn stored(plane: &ControlPlane) -> Vec<Value> {
    let list = plane.admin.get(&address::all("Decision", "shop")).expect("Decisions can be listed");
    let decisions = list["items"].as_array().expect("a list has items").iter();
    // Items of a list do not say what they are.
    let whole = decisions.map(|decision| {
        let mut whole = decision.clone();
        (whole["apiVersion"], whole["kind"]) = (json!("flyball.dev/v1alpha1"), json!("Decision"));
        whole
    });
    past::in_order(whole.collect())
}
