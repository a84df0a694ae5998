//! The program beside real things: a shop under load, flagd's engine, Prometheus, and incidents.
//!
//! Needs what tests/tools/install installs and a release build (FLYBALL_BIN names another one).
//! Every scenario judges from outside: flag files, stored YAML, HTTP, the shop's own counters.
//! One rig serves all; `catalog` plays its incidents for many governors at once (stage.rs).
//! FLYBALL_LIVE_ONLY=a,b plays only these scenarios; run with -- --nocapture to see the figures.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

mod live {
    pub mod collector;
    pub mod engines;
    pub mod evidence;
    pub mod fatal;
    pub mod flags;
    pub mod governor;
    pub mod history;
    pub mod http;
    #[allow(dead_code)] // The cluster suite uses the rest.
    pub mod ofrep;
    pub mod policy;
    #[allow(dead_code)] // The cluster suite uses the rest.
    pub mod process;
    pub mod prometheus;
    pub mod rig;
    #[allow(dead_code)] // shared with the suite of the chart, which uses the rest
    pub mod shop;
    pub mod stage;
    pub mod stored;
    pub mod tools;
    pub mod wait;
    pub mod scenario {
        pub mod abandoned;
        pub mod blind;
        pub mod closed_loop;
        pub mod edits;
        pub mod found;
        pub mod inputs;
        pub mod kills;
        pub mod observe;
        pub mod past;
        pub mod plain_file;
        pub mod restart;
        pub mod typo;
    }
}

use live::rig::{Rig, rig};
use live::scenario::{
    abandoned, blind, closed_loop, edits, found, inputs, kills, observe, past, plain_file, restart, typo,
};
use live::stage::{Scenario, kept_of, play};

/// All of them live through the same incidents.
const SCENARIOS: [Scenario<Rig>; 13] = [
    ("observe", observe::run),
    ("kills", kills::run),
    ("blind", blind::run),
    ("abandoned", abandoned::run),
    ("typo", typo::run),
    ("edit_beside", edits::beside),
    ("edit_instead", edits::instead),
    ("edit_inside", edits::inside),
    ("restart", restart::run),
    ("found", found::run),
    ("plain_file", plain_file::run),
    ("malformed_flags", inputs::malformed_flags),
    ("malformed_policy", inputs::malformed_policy),
];

#[test]
fn an_ill_shop_is_eased_and_gets_its_feature_back_once_it_is_well() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "closed_loop", || closed_loop::run(rig));
}

#[test]
fn one_incident_is_met_by_every_kind_of_governor() {
    let Some(rig) = rig() else { return };
    play(rig, &SCENARIOS);
}

#[test]
fn a_source_that_is_not_there_yet_is_waited_for() {
    let Some(rig) = rig() else { return };
    kept_of(rig, "unreachable", || inputs::unreachable_source(rig));
}

#[test]
fn bad_arguments_are_refused_by_name() {
    let Some(rig) = rig() else { return };
    inputs::bad_arguments(rig);
}

#[test]
fn what_a_cut_serves_is_the_same_for_both_engines_of_flagd() {
    match live::tools::find("FLYBALL_OFREP") {
        Ok(ofrep) => live::engines::agree(&ofrep),
        Err(missing) if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
            println!("skipped: {missing}")
        }
        Err(missing) => panic!("{missing} (FLYBALL_ALLOW_SKIP=1 skips the live suite)"),
    }
}

#[test]
fn the_past_of_a_real_prometheus_is_replayed_and_kept() {
    let Some(rig) = rig() else { return };
    past::run(&rig.tools);
}
