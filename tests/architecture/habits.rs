//! The rules about what a file contains: purity, the clock, panics, sizes and heads.
//!
//! Tests are free of them, except for the head of a file and the YAML library's place.

use super::arrows::{floor_module, shown};
use super::finding::{Finding, Rule};
use super::names::Kind;
use super::reader::{Fact, Named};
use super::table::{CLOCKS, IMPURE, PURE_CRATES};
use super::tree::{File, Tree};

const LINES_MAX: usize = 400;
const MAIN_LINES_MAX: usize = 30;
const PANICS: [&str; 3] = ["panic", "todo", "unimplemented"];
const PRINTS: [&str; 5] = ["println", "eprintln", "print", "eprint", "dbg"];

/// Every broken habit in `tree`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(habits).collect()
}

fn habits(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |line, what: String, rule| {
        found.push(Finding { file: file.path.clone(), line, what, rule });
    };
    for named in &file.content.named {
        if let Some((what, rule)) = name(file, named) {
            tell(named.line, what, rule);
        }
    }
    for (fact, line, test) in &file.content.facts {
        if let Some((what, rule)) = contained(file, fact, *test || file.test_only) {
            tell(*line, what, rule);
        }
    }
    if let Some((line, what, rule)) = size(file) {
        tell(line, what, rule);
    }
    if !file.text.starts_with("//!") {
        tell(1, "no //! head".to_string(), Rule::Head);
    }
    found
}

fn name(file: &File, named: &Named) -> Option<(String, Rule)> {
    let (path, theirs) = match &named.kind {
        Kind::Theirs(path) => (path, true),
        Kind::Unknown(path) => (path, false),
        Kind::Ours(_) => return None,
    };
    if theirs && path[0] == "serde_yaml" && file.path != "src/edge/yaml.rs" {
        return Some((shown(path), Rule::Yaml));
    }
    if named.test || file.test_only {
        return None;
    }
    let clock = path.ends_with(&["now".to_string()])
        && path.len() > 1
        && CLOCKS.contains(&path[path.len() - 2].as_str());
    if clock && floor_module(&file.module).as_deref() != Some("app::clock") {
        return Some((shown(path), Rule::Clock));
    }
    if theirs && is_domain(file) { impure(path) } else { None }
}

/// What the domain may not name of other crates.
fn impure(path: &[String]) -> Option<(String, Rule)> {
    let text = shown(path);
    let begins = |part: &&&str| text == **part || text.starts_with(&format!("{part}::"));
    if let Some(part) = IMPURE.iter().find(begins) {
        let clock = CLOCKS.iter().any(|clock| part.ends_with(clock));
        return Some((text, if clock { Rule::Clock } else { Rule::Impure }));
    }
    match path[0].as_str() {
        "std" | "core" | "alloc" => None,
        "tracing" | "log" => Some((text, Rule::Logging)),
        name if PURE_CRATES.contains(&name) => None,
        _ => Some((text, Rule::PureCrates)),
    }
}

fn contained(file: &File, fact: &Fact, test: bool) -> Option<(String, Rule)> {
    match fact {
        Fact::Hidden(how) => Some((how.to_string(), Rule::Hidden)),
        _ if test => None,
        Fact::Unwrap => Some(("unwrap()".to_string(), Rule::Panic)),
        Fact::Macro(name) if PANICS.contains(&name.as_str()) => Some((format!("{name}!"), Rule::Panic)),
        Fact::Macro(name) if is_domain(file) && PRINTS.contains(&name.as_str()) => {
            Some((format!("{name}!"), Rule::Logging))
        }
        Fact::Async if is_domain(file) => Some(("async or await".to_string(), Rule::Async)),
        Fact::Macro(_) | Fact::Async => None,
    }
}

fn size(file: &File) -> Option<(usize, String, Rule)> {
    let total = file.text.lines().count();
    if file.module == ["main"] {
        let long = total > MAIN_LINES_MAX;
        return long.then(|| (MAIN_LINES_MAX + 1, format!("{total} lines"), Rule::Main));
    }
    let before = file.content.tests_begin.map_or(total, |line| line - 1);
    let long = before > LINES_MAX && !file.test_only;
    long.then(|| (LINES_MAX + 1, format!("{before} lines before its tests"), Rule::Length))
}

fn is_domain(file: &File) -> bool {
    file.module.first().is_some_and(|layer| layer == "domain")
}
