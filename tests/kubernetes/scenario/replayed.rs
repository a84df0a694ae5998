//! run equals replay, in a cluster: what a driven governor leaves in the API server is what replay
//! foretells. What is compared is what the API server holds, but for what it adds itself.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::driven::{Driven, declare};
use crate::replay::inputs::Case;
use crate::replay::past::{self, Run, Surroundings};
use serde_json::{Value, json};

/// Governs the case, replays it, demands that both agree, and gives the Decisions.
pub fn agrees(plane: &ControlPlane, case: &Case) -> Vec<Value> {
    declare(plane, case);
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
    let mut driven = Driven::start(plane, case, header.start, None).await;
    let installation = driven.session.drive.installation.clone();
    let policies = driven.session.drive.cycle.policies().cloned().collect();
    let surroundings = Surroundings::of(case, policies, &installation, (&driven.memory, driven.now())).await;
    driven.run_until(header.end()).await;
    surroundings
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
