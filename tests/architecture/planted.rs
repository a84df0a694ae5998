//! Wrong arrows and bad habits, planted under pretended paths: each rule must catch its own.
//!
//! A case's first file holds the breach; line 1 of every file is its head, so code begins in
//! line 2. Exactly one finding is expected, so a rule that catches too much fails as well.

use super::finding::{Finding, Rule};
use super::findings;
use super::tree::{Tree, builtin_crates};

struct Case {
    says: &'static str,
    files: &'static [(&'static str, &'static str)],
    rule: Rule,
    line: usize,
    /// Part of what is reported.
    what: &'static str,
}

fn plant(files: &[(&str, String)]) -> Vec<Finding> {
    let mut crates = builtin_crates();
    crates.extend(["chrono", "regex", "reqwest", "serde_yaml", "tokio", "tracing", "url"].map(String::from));
    let sources = files.iter().map(|(path, text)| (path.to_string(), text.clone())).collect();
    findings(&Tree::parse(sources, &crates).expect("planted code parses"))
}

fn headed(files: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    files.iter().map(|(path, code)| (*path, format!("//! Planted.\n{code}\n"))).collect()
}

fn expect(cases: &[Case]) {
    for case in cases {
        let found = plant(&headed(case.files));
        let report: Vec<_> = found.iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 1, "{}: {report:#?}", case.says);
        let finding = &found[0];
        assert_eq!(finding.rule, case.rule, "{}: {finding}", case.says);
        assert_eq!((finding.file.as_str(), finding.line), (case.files[0].0, case.line), "{}", case.says);
        assert!(finding.what.contains(case.what), "{}: {finding}", case.says);
    }
}

macro_rules! cases {
    ($($says:literal: $rule:ident at $line:literal $what:literal in $($path:literal $code:literal),+;)+) => {
        &[$(Case {
            says: $says,
            files: &[$(($path, $code)),+],
            rule: Rule::$rule,
            line: $line,
            what: $what,
        }),+]
    };
}

#[test]
fn a_name_on_a_higher_floor_is_caught_however_it_is_written() {
    expect(cases! {
        "by use": Floor at 2 "domain::score -> edge::http::Client: from floor 2 to floor 5a" in
            "src/domain/score/mod.rs" "use crate::edge::http::Client;";
        "in a group, renamed": Floor at 2 "domain::model -> domain::policy::spec::Policy" in
            "src/domain/model/id.rs" "use crate::{domain::{policy::{spec::Policy as P}}};";
        "by a path inside a function": Floor at 2 "domain::policy -> edge::flags::read" in
            "src/domain/policy/spec.rs" "fn f() { let x = { crate::edge::flags::read() }; }";
        "by a type": Floor at 2 "edge::http -> app::cycle::Cycle" in
            "src/edge/http/mod.rs" "struct S { cycle: Option<Vec<crate::app::cycle::Cycle>> }";
        "by a chain of super": Floor at 2 "domain::decide -> domain::govern::plan" in
            "src/domain/decide/tier.rs" "fn f() { super::super::govern::plan(); }";
        "by super inside an inline module": Floor at 3 "domain::decide -> edge::flags::X" in
            "src/domain/decide/mod.rs" "mod inner {\nuse super::super::super::edge::flags::X;\n}";
        "by self": Floor at 2 "domain::baseline -> app::drive::go" in
            "src/domain/baseline/mod.rs" "fn f() { self::super::super::app::drive::go() }";
        "by the renamed name of a layer": Floor at 3 "domain::policy -> edge::store::open" in
            "src/domain/policy/mod.rs" "use crate::edge as outside;\nfn f() { outside::store::open(); }";
        "once for all that a wrong use brings in": Floor at 2 "domain::baseline -> domain::policy::signal::Season" in
            "src/domain/baseline/mod.rs" "use crate::domain::policy::signal::{Season};\nfn f() { Season::Day; Season::Week }";
        "by use upon use": Floor at 4 "domain::policy -> edge::store::open" in
            "src/domain/policy/mod.rs" "use crate::edge as a;\nuse a as b;\nfn f() { b::store::open(); }";
        "in the tokens of a macro": Floor at 2 "domain::score -> edge::flags::NAME" in
            "src/domain/score/mod.rs" "fn f() -> String { format!(\"{}\", [crate :: edge::flags::NAME]) }";
        "in a macro's own definition": Floor at 2 "domain::score -> edge::crd::Kind" in
            "src/domain/score/mod.rs" "macro_rules! m { ($x:ident) => { use $crate::edge::{crd::Kind}; } }";
        "by super in a macro": Floor at 2 "domain::score -> app::clock::Clock" in
            "src/domain/score/mod.rs" "fn f() { vec![super::super::app::clock::Clock::system()]; }";
        "in an attribute": Floor at 2 "domain::score -> edge::yaml::with" in
            "src/domain/score/mod.rs" "#[derive(Clone)] #[serde(with = \"crate::edge::yaml::with\")] struct S;";
        "in a derive": Floor at 2 "edge::http -> app::cli::Parser" in
            "src/edge/http/mod.rs" "#[derive(crate::app::cli::Parser)] struct S;";
        "in a trait bound": Floor at 2 "domain::score -> edge::flags::Store" in
            "src/domain/score/mod.rs" "fn f<T>(_: T) where T: crate::edge::flags::Store {}";
        "in tests, too": Floor at 4 "domain::score -> edge::flags::Memory" in
            "src/domain/score/mod.rs" "#[cfg(test)]\nmod tests {\nuse crate::edge::flags::Memory;\n}";
        "by the name of the crate": Floor at 2 "domain::score -> app::cli::Run" in
            "src/domain/score/mod.rs" "fn f(_: flyball::app::cli::Run) {}";
        "from a layer's own file": Floor at 2 "edge -> app::cycle::run" in
            "src/edge/mod.rs" "fn f() { crate::app::cycle::run() }";
    });
}

#[test]
fn siblings_and_what_the_table_says_never_are_caught() {
    expect(cases! {
        "domain siblings": Floor at 2 "domain::policy -> domain::baseline::seasonal" in
            "src/domain/policy/spec.rs" "use crate::domain::baseline::seasonal;";
        "clients of the outside": Floor at 2 "edge::crd -> edge::http::client" in
            "src/edge/crd/mod.rs" "use crate::edge::http::client;";
        "stores of the outside": Floor at 2 "edge::flags -> edge::store::Store" in
            "src/edge/flags/mod.rs" "use crate::edge::store::Store;";
        "an edge that decides": Floor at 2 "edge::flags -> domain::decide::decide" in
            "src/edge/flags/mod.rs" "use crate::domain::decide::decide;";
        "only the CRDs know policies": Floor at 2 "edge::prometheus -> domain::policy::spec" in
            "src/edge/prometheus/mod.rs" "use crate::domain::policy::spec;";
        "only the store knows baselines": Floor at 2 "edge::recording -> domain::baseline::Baseline" in
            "src/edge/recording/mod.rs" "use crate::domain::baseline::Baseline;";
        "the clock and telemetry": Floor at 2 "app::telemetry -> app::clock::Clock" in
            "src/app/telemetry/mod.rs" "use crate::app::clock::Clock;";
        "the cycle writes no flag": Floor at 2 "app::cycle -> edge::flags::Store" in
            "src/app/cycle/mod.rs" "use crate::edge::flags::Store;";
        "the cycle does not apply": Floor at 2 "app::cycle -> app::apply::apply" in
            "src/app/cycle/mod.rs" "use crate::app::apply::apply;";
        "a replay drives nothing": Floor at 2 "app::replay -> app::drive::drive" in
            "src/app/replay/mod.rs" "use crate::app::drive::drive;";
        "a gate notifies nobody": Floor at 2 "app::gate -> edge::notify::Slack" in
            "src/app/gate/mod.rs" "use crate::edge::notify::Slack;";
        "commands do not call each other": Floor at 2 "app::lint -> app::record::run" in
            "src/app/lint/mod.rs" "use crate::app::record::run;";
        "nobody calls the command line": Floor at 2 "app::standalone -> app::cli::Args" in
            "src/app/standalone/mod.rs" "use crate::app::cli::Args;";
    });
}

#[test]
fn modules_that_no_floor_knows_are_caught() {
    expect(cases! {
        "a new folder": Table at 1 "edge::smoke stands on no floor" in
            "src/edge/smoke/mod.rs" "";
        "a new layer": Table at 1 "tools belongs to no layer" in
            "src/tools.rs" "";
        "an item of a layer's file": Table at 2 "app::cycle -> edge::NAME" in
            "src/app/cycle/mod.rs" "use crate::edge::NAME;";
    });
}

#[test]
fn importing_from_the_parent_is_caught() {
    expect(cases! {
        "by use": Parent at 2 "edge::flags::memory -> edge::flags::Store" in
            "src/edge/flags/memory.rs" "use super::Store;", "src/edge/flags/mod.rs" "pub mod memory;\npub struct Store;";
        "by glob": Parent at 2 "edge::flags::memory -> edge::flags" in
            "src/edge/flags/memory.rs" "use super::*;", "src/edge/flags/mod.rs" "pub mod memory;";
        "by a path": Parent at 2 "edge::flags::memory -> edge::flags::LIMIT" in
            "src/edge/flags/memory.rs" "fn f() -> u8 { crate::edge::flags::LIMIT }", "src/edge/flags/mod.rs" "";
        "from the grandparent": Parent at 2 "edge::flags::flagd::wrap -> edge::flags::Store" in
            "src/edge/flags/flagd/wrap.rs" "use crate::edge::flags::Store;",
            "src/edge/flags/mod.rs" "pub struct Store;", "src/edge/flags/flagd/mod.rs" "";
        "in its tests": Parent at 3 "edge::flags::memory -> edge::flags::Store" in
            "src/edge/flags/memory.rs" "#[cfg(test)]\nmod tests { use super::super::Store; }",
            "src/edge/flags/mod.rs" "";
        "in its file of tests": Parent at 2 "edge::flags::memory::tests -> edge::flags::Store" in
            "src/edge/flags/memory/tests.rs" "use super::super::Store; use super::Memory;",
            "src/edge/flags/mod.rs" "", "src/edge/flags/memory.rs" "#[cfg(test)] mod tests;";
    });
}

#[test]
fn circles_inside_a_folder_are_caught() {
    expect(cases! {
        "two files": Circle at 2 "domain::model::a -> domain::model::b -> domain::model::a" in
            "src/domain/model/a.rs" "use super::b::B;",
            "src/domain/model/b.rs" "fn f(_: crate::domain::model::a::A) {}", "src/domain/model/mod.rs" "";
        "three files": Circle at 2 "a -> domain::model::b -> domain::model::c -> domain::model::a" in
            "src/domain/model/a.rs" "use super::b::B;", "src/domain/model/b.rs" "use super::c::C;",
            "src/domain/model/c.rs" "use super::a::A;", "src/domain/model/mod.rs" "";
    });
}

#[test]
fn re_exports_globs_and_hidden_code_are_caught() {
    expect(cases! {
        "a lower floor's type": ReExport at 2 "app::cycle re-exports domain::model::plan::Plan" in
            "src/app/cycle/mod.rs" "pub use crate::domain::model::plan::Plan;";
        "inside the crate": ReExport at 2 "re-exports domain::model" in
            "src/app/cycle/run.rs" "pub(crate) use crate::domain::model;";
        "another crate's type": ReExport at 2 "domain::model re-exports chrono::Utc" in
            "src/domain/model/mod.rs" "pub use chrono::Utc;";
        "anything in lib.rs": ReExport at 3 "re-exports app::cli" in
            "src/lib.rs" "pub mod app;\npub use app::cli;", "src/app/mod.rs" "pub mod cli;", "src/app/cli/mod.rs" "";
        "a whole layer": Glob at 2 "app::cli -> edge::*" in
            "src/app/cli/mod.rs" "use crate::edge::*;";
        "a file by path": Hidden at 2 "#[path]" in
            "src/edge/flags/mod.rs" "#[path = \"../../app/cycle/mod.rs\"] mod cycle;";
        "an included file": Hidden at 2 "include!" in
            "src/edge/flags/mod.rs" "include!(\"x.rs\");";
        "a crate's new name": Hidden at 2 "extern crate" in
            "src/edge/flags/mod.rs" "extern crate self as other;";
    });
}

#[test]
fn impurity_in_the_domain_is_caught() {
    expect(cases! {
        "async fn": Async at 2 "async" in "src/domain/score/mod.rs" "async fn f() {}";
        "async block": Async at 2 "async" in "src/domain/score/mod.rs" "fn f() { let _ = async {}; }";
        "await in a macro": Async at 2 "async" in "src/domain/score/mod.rs" "fn f() { m!(x.await); }";
        "files": Impure at 2 "std::fs" in "src/domain/score/mod.rs" "fn f() { std::fs::read(\"x\"); }";
        "sockets": Impure at 2 "std::net" in "src/domain/score/mod.rs" "use std::{net::TcpStream};";
        "processes": Impure at 2 "std::process" in "src/domain/score/mod.rs" "fn f() { std::process::exit(1) }";
        "streams": Impure at 2 "std::io" in "src/domain/score/mod.rs" "use std::io;";
        "the environment, renamed": Impure at 3 "std::env::var" in
            "src/domain/score/mod.rs" "use std as s;\nfn f() { s::env::var(\"X\"); }";
        "threads": Impure at 2 "std::thread" in "src/domain/score/mod.rs" "fn f() { ::std::thread::yield_now() }";
        "shared state": Impure at 2 "std::sync::Mutex" in "src/domain/score/mod.rs" "use std::sync::Mutex;";
        "another crate": PureCrates at 2 "reqwest::Client" in "src/domain/score/mod.rs" "use reqwest::Client;";
        "tokio, inline": PureCrates at 2 "tokio::spawn" in "src/domain/score/mod.rs" "fn f() { tokio::spawn(x) }";
        "a log line": Logging at 2 "tracing::info" in "src/domain/score/mod.rs" "fn f() { tracing::info!(\"x\") }";
        "a printed line": Logging at 2 "eprintln!" in "src/domain/score/mod.rs" "fn f() { eprintln!(\"x\") }";
        "dbg in a macro": Logging at 2 "dbg!" in "src/domain/score/mod.rs" "fn f() { vec![dbg!(1)]; }";
        "the type of a clock": Clock at 2 "std::time::Instant" in "src/domain/score/mod.rs" "use std::time::Instant;";
    });
}

#[test]
fn clocks_yaml_and_panics_in_the_wrong_place_are_caught() {
    expect(cases! {
        "the wall clock": Clock at 3 "chrono::Utc::now" in
            "src/app/cycle/mod.rs" "use chrono::Utc;\nfn f() { Utc::now(); }";
        "the wall clock, renamed": Clock at 3 "chrono::Utc::now" in
            "src/app/cycle/mod.rs" "use chrono::Utc as Time;\nfn f() { Time::now(); }";
        "the monotonic clock": Clock at 2 "std::time::Instant::now" in
            "src/edge/http/mod.rs" "fn f() { std::time::Instant::now(); }";
        "behind a glob": Clock at 3 "Utc::now" in
            "src/edge/http/mod.rs" "use chrono::prelude::*;\nfn f() { Utc::now(); }";
        "as a function": Clock at 2 "SystemTime::now" in
            "src/edge/http/mod.rs" "fn f() { x.unwrap_or_else(std::time::SystemTime::now); }";
        "in a macro": Clock at 2 "tokio::time::Instant::now" in
            "src/edge/http/mod.rs" "fn f() { vec![tokio::time::Instant::now()]; }";
        "in brackets": Clock at 3 "chrono::Utc::now" in
            "src/edge/http/mod.rs" "use chrono::Utc;\nfn f() { <Utc>::now(); }";
        "YAML elsewhere": Yaml at 2 "serde_yaml::from_str" in
            "src/edge/crd/mod.rs" "fn f() { serde_yaml::from_str(\"\"); }";
        "unwrap": Panic at 2 "unwrap()" in "src/edge/crd/mod.rs" "fn f() { x.unwrap(); }";
        "unwrap as a function": Panic at 2 "unwrap()" in "src/edge/crd/mod.rs" "fn f() { x.map(Option::unwrap); }";
        "unwrap in a macro": Panic at 2 "unwrap()" in "src/edge/crd/mod.rs" "fn f() { format!(\"{}\", x.unwrap()); }";
        "panic": Panic at 2 "panic!" in "src/edge/crd/mod.rs" "fn f() { panic!(\"no\"); }";
        "todo": Panic at 2 "todo!" in "src/edge/crd/mod.rs" "fn f() { todo!() }";
        "unimplemented": Panic at 2 "unimplemented!" in "src/edge/crd/mod.rs" "fn f() { unimplemented!() }";
        "what is compiled without tests": Panic at 2 "unwrap()" in
            "src/edge/crd/mod.rs" "#[cfg(not(test))] fn f() { x.unwrap(); }";
    });
}

#[test]
fn sizes_and_heads_are_checked() {
    let long =
        |lines: usize, rest: &str| format!("//! Planted.\n{}{rest}", "const _: u8 = 0;\n".repeat(lines - 1));
    let tests = "#[cfg(test)]\nmod tests {\n}\n".to_string() + &"\n".repeat(500);
    for (says, path, text, expected) in [
        ("400 lines", "src/edge/crd/mod.rs", long(400, ""), None),
        ("401 lines", "src/edge/crd/mod.rs", long(401, ""), Some(Rule::Length)),
        ("400 lines, then tests", "src/edge/crd/mod.rs", long(400, &tests), None),
        ("30 lines of main", "src/main.rs", long(30, ""), None),
        ("31 lines of main", "src/main.rs", long(31, ""), Some(Rule::Main)),
        ("no head", "src/edge/crd/mod.rs", "// Planted.\n".to_string(), Some(Rule::Head)),
        ("an empty file", "src/edge/crd/mod.rs", String::new(), Some(Rule::Head)),
    ] {
        let found: Vec<_> = plant(&[(path, text)]).iter().map(|finding| finding.rule).collect();
        assert_eq!(found, Vec::from_iter(expected), "{says}");
    }
}

#[test]
fn what_is_allowed_is_left_alone() {
    let clean = headed(&[
        ("src/lib.rs", "pub mod app; pub mod domain; pub mod edge;"),
        ("src/main.rs", "fn main() { flyball::app::cli::main() }"),
        ("src/domain/mod.rs", "pub mod model; pub mod policy; pub mod decide;"),
        ("src/domain/model/mod.rs", "pub mod a; pub mod b;"),
        (
            "src/domain/model/a.rs",
            "use super::b::B; use chrono::Utc; use std::time::Duration; pub use B as Bee;",
        ),
        ("src/domain/model/b.rs", "pub enum B { X } impl B { fn f() -> Self { use B::*; Self::X } }"),
        (
            "src/domain/policy/mod.rs",
            "use crate::domain::model::{self, a::A}; use regex::Regex; fn f(_: model::b::B) {}",
        ),
        (
            "src/domain/decide/mod.rs",
            "mod tier; pub use tier::tier; fn f() { tier::tier(1.0_f64.max(2.0)); }",
        ),
        (
            "src/domain/decide/tier.rs",
            "pub fn tier(x: f64) { assert!(x != 0.0, \"{}\", x.expect(\"never\")); }",
        ),
        ("src/edge/mod.rs", "pub mod crd; pub mod flags; pub mod store; pub mod yaml;"),
        ("src/edge/yaml.rs", "pub fn read() { serde_yaml::from_str(\"\"); }"),
        (
            "src/edge/crd/mod.rs",
            "use crate::domain::policy::spec;\n/// See [`crate::app::cycle`].\nstruct S;",
        ),
        (
            "src/edge/store/mod.rs",
            "use crate::domain::baseline::Baseline; use crate::edge::{crd::Kind, yaml};",
        ),
        (
            "src/edge/flags/mod.rs",
            "mod memory; use memory::Memory; enum Store { Memory(Memory) }\n#[cfg(test)] mod trial;",
        ),
        (
            "src/edge/flags/memory.rs",
            "pub struct Memory;\n#[cfg(test)] mod tests { use super::*; fn f() { x.unwrap(); } }",
        ),
        (
            "src/edge/flags/trial.rs",
            "use super::*; use super::{Store, memory::Memory}; fn f() { x.unwrap(); panic!(\"tests may\"); }",
        ),
        ("src/app/clock/mod.rs", "pub fn now() { chrono::Utc::now(); std::time::Instant::now(); }"),
        ("src/app/cycle/mod.rs", "use crate::{app::clock, domain::decide}; async fn f() { clock::now(); }"),
        (
            "src/app/drive/mod.rs",
            "use crate::app::{apply::apply, cycle}; use crate::edge; fn f() { edge::flags::x() }",
        ),
        ("src/app/lint/mod.rs", "use crate::app::cycle; fn f() { println!(\"{}\", cycle::x()); }"),
        ("src/app/cli/mod.rs", "use crate::app::{drive, lint, standalone};"),
    ]);
    let found: Vec<_> = plant(&clean).iter().map(Finding::to_string).collect();
    assert!(found.is_empty(), "{found:#?}");
}
