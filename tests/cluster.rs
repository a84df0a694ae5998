//! The program beside a real API server: etcd, kube-apiserver and kube-controller-manager.
//!
//! Needs what tests/tools/install installs and a release build (FLYBALL_BIN names another one).
//! `tests/cluster` starts the control plane, once for all scenarios; shops, Prometheus and flag
//! servers are those of the live suite (tests/live). Every scenario judges from outside: objects
//! as any client reads them, what kubectl prints, the shop's own counters.
//! FLYBALL_LIVE_ONLY=a,b plays only these scenarios; run with -- --nocapture to see the figures.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod flags;
    pub mod history;
    pub mod http;
    pub mod ofrep;
    pub mod policy;
    pub mod process;
    pub mod prometheus;
    pub mod shop;
    pub mod stage;
    pub mod stored;
    pub mod tools;
    pub mod wait;
}

// Shared with the replay suite, which uses the rest.
#[allow(dead_code)]
mod replay {
    pub mod inputs;
    pub mod past;
}

// Shared with the suite of the stores, which uses the rest.
#[allow(dead_code)]
mod servers {
    pub mod front;
    pub mod house;
    pub mod lab;
    pub mod stand;
    pub mod unleash;
    pub mod wire;
}

// Shared with the suite of the trackers, which uses the rest.
#[allow(dead_code)]
mod forges {
    pub mod gitea;
    pub mod stand;
}

// Shared with the suite of the notifiers, which uses the rest.
#[allow(dead_code)]
mod receivers {
    pub mod chats;
    pub mod stand;
}

// Shared with the examples of messages, which use the rest.
#[allow(dead_code)]
mod letters {
    pub mod lives;
}

mod kubernetes {
    pub mod address;
    pub mod api;
    pub mod control_plane;
    pub mod driven;
    pub mod evidence;
    pub mod governor;
    pub mod lab;
    pub mod proxy;
    pub mod rig;
    pub mod store;
    pub mod write;
    pub mod scenario {
        pub mod admission;
        pub mod closed_loop;
        pub mod definitions;
        pub mod deletions;
        pub mod descriptions;
        pub mod door;
        pub mod edits;
        pub mod handover;
        pub mod inputs;
        pub mod issues;
        pub mod kills;
        pub mod mistakes;
        pub mod observe;
        pub mod outer;
        pub mod overlay;
        pub mod people;
        pub mod plugin;
        pub mod providers;
        pub mod refusals;
        pub mod replayed;
        pub mod reset;
        pub mod scale;
        pub mod stores;
        pub mod told;
    }
}

use kubernetes::rig::{Rig, plane, plane_of_its_own, rig, tools};
use kubernetes::scenario::{
    admission, closed_loop, definitions, deletions, descriptions, door, edits, handover, inputs, issues,
    kills, observe, outer, overlay, plugin, providers, refusals, replayed, reset, scale, stores, told,
};
use live::stage::{Scenario, kept_of, play};
use replay::inputs as pasts;

/// All of them live through the same incidents, under one governor.
const SCENARIOS: [Scenario<Rig>; 15] = [
    ("admission", admission::refuses),
    ("observe", observe::run),
    ("told", told::run),
    ("edit_beside", edits::beside),
    ("edit_instead", edits::instead),
    ("edit_inside", edits::inside),
    ("policy_deleted", deletions::policy),
    ("decision_deleted", deletions::decision),
    ("hold_deleted", deletions::hold),
    ("namespace_deleted", deletions::namespace),
    ("config_map", stores::config_map),
    ("unlabelled", stores::unlabelled),
    ("not_allowed", stores::not_allowed),
    ("plugin", plugin::run),
    ("overlay", stores::overlay),
];

#[test]
fn the_definitions_are_established_and_show_their_columns() {
    let Some(plane) = plane() else { return };
    definitions::are_established(plane);
    definitions::show_their_columns(plane);
}

#[test]
fn the_documented_examples_apply() {
    let Some(plane) = plane() else { return };
    definitions::examples_apply(plane);
}

#[test]
fn explain_tells_every_field_with_unit_and_default() {
    let Some(plane) = plane() else { return };
    descriptions::are_whole(plane);
    descriptions::are_what_kubectl_explains(plane);
}

#[test]
fn the_server_refuses_what_it_can_with_field_value_and_fix() {
    let Some(plane) = plane() else { return };
    refusals::name_field_value_and_fix(plane);
    refusals::approvals_cannot_be_changed(plane);
}

#[test]
fn an_ill_shop_is_eased_through_its_feature_flag_and_gets_it_back_once_it_is_well() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "closed_loop", || closed_loop::run(rig));
}

#[test]
fn one_incident_is_met_in_every_namespace_as_its_people_wish() {
    let Some(rig) = rig() else { return };
    rig.governed();
    play(rig, &SCENARIOS);
}

#[test]
fn a_person_stops_and_releases_everything_with_the_plugin() {
    let Some(rig) = rig() else { return };
    rig.governed();
    plugin::stops_everything(rig);
}

#[test]
fn a_governor_killed_around_every_write_ends_as_one_that_lives() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "kills", || kills::run(rig));
}

#[test]
fn a_flag_beside_the_cluster_is_cut_and_given_back_whatever_dies_and_changes() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "outer", || outer::run(rig));
}

#[test]
fn an_issue_is_opened_once_whatever_dies_and_closed_once_the_service_is_well() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "issues", || issues::run(rig));
}

#[test]
fn a_second_replica_takes_over_and_a_hold_outlives_the_api_servers_absence() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "handover", || handover::run(rig));
}

#[test]
fn a_controller_decides_as_replay_foretells_also_with_restarts() {
    let Some(plane) = plane_of_its_own("replayed") else { return };
    let mut case = pasts::busy();
    case.restarts = ["2026-11-03T10:00:00Z", "2026-11-04T14:03:10Z", "2026-11-04T14:20:07Z"]
        .map(|at| at.parse().expect("it is a time"))
        .to_vec();
    let decisions = replayed::agrees(&plane, &case);
    assert!(decisions.len() > 20, "{} decisions", decisions.len());
}

#[test]
fn a_baseline_that_was_reset_stays_so_over_a_restart() {
    let Some(plane) = plane_of_its_own("reset") else { return };
    reset::outlives_a_restart(&plane, &pasts::busy());
}

#[test]
fn a_thousand_policies_are_accepted_and_hardly_a_write_is_made_at_rest() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "scale", || scale::run(rig));
}

#[test]
fn a_policy_that_cannot_be_used_says_why_on_itself() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "inputs", || inputs::run(rig));
}

#[test]
fn the_door_kills_who_writes_before_and_after_the_write() {
    let Some(plane) = plane() else { return };
    door::kills_before_and_after(plane);
}

#[test]
fn flags_in_objects_are_cut_and_given_back_to_the_digit() {
    let Some(plane) = plane() else { return };
    providers::cut_and_give_back(plane);
    providers::a_lost_hold_is_found_by_the_mark(plane);
    providers::older_definitions_lose_no_cut(plane);
}

#[test]
fn edits_beside_inside_and_of_a_held_flag_stay() {
    let Some(plane) = plane() else { return };
    providers::edits_elsewhere_stay(plane);
    providers::edits_of_our_flag_win(plane);
    providers::edits_inside_stay(plane);
}

#[test]
fn an_object_made_anew_is_not_touched_and_a_storm_of_writes_loses_nothing() {
    let Some(plane) = plane() else { return };
    providers::gone_and_made_anew(plane);
    providers::a_storm_of_writes_loses_nothing(plane);
}

#[test]
fn a_cut_in_an_object_of_our_own_stands_whatever_others_write() {
    let (Some(plane), Some(tools)) = (plane(), tools()) else { return };
    overlay::stands_whatever_others_write(plane, &tools);
}

#[test]
fn without_rights_or_label_no_flag_is_written() {
    let Some(plane) = plane() else { return };
    providers::without_rights_nothing_follows(plane);
    providers::only_labelled_config_maps_are_cut(plane);
}
