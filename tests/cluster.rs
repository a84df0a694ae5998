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

// The scenarios that need a controller are not played before there is one.
#[allow(dead_code)]
mod kubernetes {
    pub mod address;
    pub mod api;
    pub mod control_plane;
    pub mod evidence;
    pub mod governor;
    pub mod lab;
    pub mod proxy;
    pub mod rig;
    pub mod write;
    pub mod scenario {
        pub mod closed_loop;
        pub mod definitions;
        pub mod deletions;
        pub mod descriptions;
        pub mod door;
        pub mod edits;
        pub mod handover;
        pub mod inputs;
        pub mod kills;
        pub mod observe;
        pub mod refusals;
        pub mod scale;
        pub mod stores;
    }
}

use kubernetes::rig::plane;
use kubernetes::scenario::{definitions, descriptions, door, refusals};

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
fn the_door_kills_who_writes_before_and_after_the_write() {
    let Some(plane) = plane() else { return };
    door::kills_before_and_after(plane);
}
