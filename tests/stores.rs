//! What every store of flags beside the cluster must do: one list of cases for all of them.
//!
//! Unleash is the real server on a real PostgreSQL, which tests/tools/install installs; a server of
//! somebody's own is one of these tests' own; the others answer as their descriptions say. Faults are
//! made by a server in front of each. The table in docs/providers.md says which case was seen on what,
//! and the tests fail on drift.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod process;
    pub mod tools;
    pub mod wait;
}

// Shared with the suite of trackers, which uses the rest.
#[allow(dead_code)]
mod servers {
    pub mod cases;
    pub mod drafts;
    pub mod front;
    pub mod house;
    pub mod lab;
    pub mod lost;
    pub mod many;
    pub mod stand;
    pub mod stub;
    pub mod table;
    pub mod unleash;
    pub mod wire;
}

use servers::stand::Stand;
use servers::stub::{Like, Stub};
use servers::{cases, drafts, house, lost, many, table, unleash};

/// Plays every case, and holds the table's column against them.
fn conforms(stand: impl Stand + 'static) -> &'static dyn Stand {
    // It lives as long as the tests do, as what stands in front of it does.
    let stand: &'static dyn Stand = Box::leak(Box::new(stand));
    let seen: Vec<&str> = cases::ALL
        .iter()
        .map(|(name, case)| {
            println!("{}: {name}", stand.name());
            case(stand);
            *name
        })
        .collect();
    table::holds(stand, &seen);
    stand
}

#[test]
fn unleash_conforms_serves_a_cut_to_clients_and_bears_two_hundred_services() {
    let stand = conforms(unleash::Server::start());
    many::is_served_to_clients(stand);
    many::two_hundred_services(stand);
}

#[test]
fn a_server_with_versions_conforms() {
    conforms(house::House::start());
}

#[test]
fn a_draft_that_was_never_published_is_given_back() {
    let stand: &'static dyn Stand = Box::leak(Box::new(drafts::Drafts::start()));
    lost::between_two_requests(stand);
    for name in ["cut, and read back", "restore, to the very original", "the secret is rotated"] {
        let (_, case) = cases::ALL.iter().find(|(known, _)| *known == name).expect("it is a case");
        case(stand);
    }
}

#[test]
fn launch_darkly_conforms_to_its_description() {
    conforms(Stub::start(Like::LaunchDarkly));
}

#[test]
fn flipt_conforms_to_its_description() {
    conforms(Stub::start(Like::Flipt));
}
