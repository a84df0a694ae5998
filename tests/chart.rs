//! The chart: what it renders, and what becomes of it when Helm installs it on a real Kubernetes node.
//!
//! Needs Helm and, for the release that lives, root on Linux and the parts of a node that
//! tests/tools/install builds: tests/node starts them, once. Shop, load, flags and Prometheus are pods;
//! everything is judged from outside, by the API server, by kubectl and by the shop's own counters.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod flags;
    pub mod history;
    pub mod http;
    pub mod ofrep;
    pub mod process;
    pub mod prometheus;
    pub mod shop;
    pub mod stored;
    pub mod tools;
    pub mod wait;
}

// Shared with the cluster suite, which uses the rest.
#[allow(dead_code)]
mod kubernetes {
    pub mod address;
    pub mod api;
}

// Shared with the suite of the documents.
#[allow(dead_code)]
mod docs {
    pub mod commands {
        pub mod form;
        pub mod read;
        pub mod table;
        pub mod walk;
    }
}

mod installed {
    pub mod alone;
    pub mod documents;
    pub mod helm;
    pub mod images;
    pub mod node;
    pub mod release;
    pub mod rendered;
    pub mod told;
    pub mod values;
}

use installed::{documents, images, release, rendered};

#[test]
fn lint_finds_nothing_and_a_wrong_value_is_named() {
    let Some(helm) = installed::helm::Helm::find() else { return };
    rendered::lints(&helm);
    rendered::wrong_values_are_named(&helm);
}

#[test]
fn what_is_rendered_is_what_was_looked_at() {
    let Some(helm) = installed::helm::Helm::find() else { return };
    rendered::defaults_are_golden(&helm);
    rendered::everything_is_golden(&helm);
    rendered::definitions_are_the_committed_ones(&helm);
    rendered::switches_do_what_they_say(&helm);
    rendered::odd_names_stay_names(&helm);
}

#[test]
fn every_value_is_in_the_schema_and_in_the_document() {
    documents::values_are_described();
}

#[test]
fn alerts_and_dashboard_ask_for_what_is_exported_and_every_alert_has_its_runbook() {
    documents::queries_ask_for_what_is_exported();
    documents::alerts_have_runbooks();
}

#[test]
fn the_image_is_small_and_the_same_twice() {
    let Some(tools) = installed::node::tools() else { return };
    images::are_the_same_twice(&tools);
}

#[test]
fn a_release_lives_on_a_real_node_from_install_to_uninstall() {
    let (Some(helm), Some(node)) = (installed::helm::Helm::find(), installed::node::Node::up()) else {
        return;
    };
    release::lives(&helm, &node);
    docs::commands::walk::through_the_documents(&helm, &node);
}
