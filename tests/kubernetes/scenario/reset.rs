//! `flyball.dev/reset-baseline` in a cluster: obeyed once the past is read, taken off, and not undone
//! by a restart, since the checkpoint holds what was learned since.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::driven::{Driven, declare, seen};
use crate::replay::inputs::Case;
use chrono::TimeDelta;
use flyball::domain::model::judgement::Maturity;
use flyball::edge::crd::accept::reach::RESET;
use flyball::edge::store::shelf::Shelf;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// A policy of the case, with one signal.
const POLICY: &str = "watch";
const SIGNAL: &str = "lock-wait-p99";

pub fn outlives_a_restart(plane: &ControlPlane, case: &Case) {
    declare(plane, case);
    let policy = address::one("HealthPolicy", "shop", POLICY);
    let shelf = plane.folder.join("baselines");
    let runtime = tokio::runtime::Runtime::new().expect("an async runtime can be started");
    // Two days of the past are there to learn from, and a day is enough.
    let start = case.recording.header().start + TimeDelta::hours(48);
    let mut driven = runtime.block_on(Driven::start(plane, case, start, Some(Shelf::new(&shelf))));
    runtime.block_on(driven.run_until(start + TimeDelta::minutes(10)));
    assert_eq!(left(&driven), [Duration::ZERO].into(), "the past was learned");

    let annotations = json!({"metadata": {"annotations": {RESET: SIGNAL}}});
    plane.admin.merge(&policy, &annotations).expect("a person may annotate it");
    runtime.block_on(seen("the annotation is seen", || annotated(&driven)));
    runtime.block_on(driven.run_until(start + TimeDelta::minutes(20)));
    let after = left(&driven);
    let day = Duration::from_secs(86_400);
    assert!(after.iter().all(|left| *left > day - Duration::from_secs(900)), "it learns anew: {after:?}");
    let object = plane.admin.get(&policy).expect("the policy is there");
    assert_eq!(object["metadata"]["annotations"][RESET], Value::Null, "an obeyed order is taken off");

    runtime.block_on(driven.begin_anew());
    runtime.block_on(driven.run_until(start + TimeDelta::minutes(30)));
    let later = left(&driven);
    assert!(later.iter().all(|left| *left > day - Duration::from_secs(1500)), "history taught it: {later:?}");
    assert!(later.iter().max() < after.iter().max(), "and it goes on learning: {after:?}, {later:?}");
    runtime.shutdown_background();
}

fn annotated(driven: &Driven) -> bool {
    let policies = driven.ground.sight.policies.all();
    let seen = policies.into_iter().find(|((_, name), _)| name == POLICY);
    let object = seen.and_then(|(_, seen)| seen.object.ok());
    object
        .is_some_and(|object| object.metadata.annotations.as_ref().is_some_and(|all| all.contains_key(RESET)))
}

/// How long the baselines of the policy's services still learn.
fn left(driven: &Driven) -> BTreeSet<Duration> {
    let tracks = driven.session.drive.cycle.tracks().filter(|(key, _, _, _)| key.name == POLICY);
    let judged = tracks.filter_map(|(_, _, _, track)| track.observation.point(0)?.judgement);
    let left = judged.map(|judgement| match judgement.maturity {
        Maturity::Learning(left) => left,
        Maturity::Mature => Duration::ZERO,
    });
    let left: BTreeSet<Duration> = left.collect();
    assert!(!left.is_empty(), "a service of {POLICY} is judged");
    left
}
