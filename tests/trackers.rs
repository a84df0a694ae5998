//! What every issue tracker must do: one list of cases for all of them.
//!
//! Gitea is the real server, which tests/tools/install builds. GitHub is a stub that keeps issues as its
//! documentation says, and every request to it is also held against GitHub's own description of its API.
//! Jira's stub likewise, with Atlassian's descriptions of its API and of its texts. GitLab is a stub alone. Faults are made by a server in front of each. The table in docs/providers.md
//! says which case was seen on what, and the tests fail on drift.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the properties, which use the rest.
#[allow(dead_code)]
#[path = "invariants/dice.rs"]
mod dice;

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod process;
    pub mod tools;
    pub mod wait;
}

// Shared with the suite of flag stores, which uses the rest.
#[allow(dead_code)]
mod servers {
    pub mod front;
    pub mod wire;
}

mod forges {
    pub mod cases;
    pub mod description;
    pub mod gitea;
    pub mod github;
    pub mod gitlab;
    pub mod index;
    pub mod jira;
    pub mod lost;
    pub mod meddle;
    pub mod schema;
    pub mod site;
    pub mod stand;
    pub mod table;
}

use forges::stand::Stand;
use forges::{cases, gitea, github, gitlab, index, jira, table};

/// Plays every case, and holds the table's column against them.
fn conforms<S: Stand + 'static>(stand: S) -> &'static S {
    // It lives as long as the tests do, as what stands in front of it does.
    let stand: &'static S = Box::leak(Box::new(stand));
    let seen: Vec<&str> = cases::ALL
        .iter()
        .map(|(name, case)| {
            println!("{}: {name}", stand.name());
            case(stand);
            *name
        })
        .collect();
    stand.judge();
    table::holds(stand, &seen);
    stand
}

#[test]
fn gitea_conforms() {
    conforms(gitea::Server::start());
}

#[test]
fn github_conforms_to_its_documentation_and_every_request_to_its_description() {
    conforms(github::Hub::start());
}

#[test]
fn jira_conforms_to_its_documentation_and_every_request_to_its_descriptions() {
    let cloud = conforms(jira::Cloud::start());
    index::lags(cloud);
    cloud.judge();
}

#[test]
fn gitlab_conforms_to_its_documentation() {
    conforms(gitlab::Lab::start());
}
