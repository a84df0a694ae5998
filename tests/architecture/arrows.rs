//! The rules about arrows: floors, parents, circles, re-exports.
//!
//! A module of the table (`domain::score`, `edge::yaml`) names what its floor may. Inside one,
//! the files may name each other as long as there is no circle and nobody climbs up.

use super::finding::{Finding, Rule};
use super::names::Kind;
use super::reader::{Named, Via};
use super::table::{self, LAYERS};
use super::tree::{File, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Everything wrong with the arrows of `tree`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.files {
        found.extend(placed(file));
        found.extend(arrows(tree, file));
        found.extend(file.content.named.iter().filter_map(|named| re_export(file, named)));
    }
    found.extend(circles(tree));
    found
}

/// A file below a layer belongs to a module of the table.
fn placed(file: &File) -> Option<Finding> {
    let module = floor_module(&file.module)?;
    let layer = LAYERS.contains(&file.module[0].as_str());
    let known = table::floor_of(&module).is_some();
    let what = match (layer, known) {
        (true, true) => return None,
        _ if file.module == ["main"] => return None,
        (true, false) => format!("{module} stands on no floor"),
        (false, _) => format!("{module} belongs to no layer"),
    };
    Some(finding(file, 1, what, Rule::Table))
}

/// The wrong arrows of one file. What a wrong `use` brought in is not told again at each place.
fn arrows(tree: &Tree, file: &File) -> Vec<Finding> {
    let mut brought: Vec<&[String]> = Vec::new();
    let mut found = Vec::new();
    let (uses, code): (Vec<_>, Vec<_>) = file.content.named.iter().partition(|named| named.via != Via::Code);
    for named in uses.into_iter().chain(code) {
        let Kind::Ours(path) = &named.kind else { continue };
        let told = named.via == Via::Code && brought.iter().any(|base| path.starts_with(base));
        if let (false, Some(finding)) = (told, arrow(tree, file, named, path)) {
            if named.via != Via::Code {
                brought.push(path);
            }
            found.push(finding);
        }
    }
    found
}

fn arrow(tree: &Tree, file: &File, named: &Named, path: &[String]) -> Option<Finding> {
    if file.module.is_empty() && named.via == Via::ReExport {
        return None; // has its own rule
    }
    let layer_only = path.len() < 2;
    if layer_only && named.via == Via::Glob {
        let what = format!("{} -> {}::*", shown(&file.module), shown(path));
        return Some(finding(file, named.line, what, Rule::Glob));
    }
    if layer_only {
        return None; // bringing a layer's name in is no arrow; using it is
    }
    let (from, to) = (floor_module(&file.module), floor_module(path)?);
    if from.as_ref() == Some(&to) {
        return inside(tree, file, named, path);
    }
    let from = from.unwrap_or_else(|| shown(&file.module));
    let (rule, why) = match table::floor_of(&to) {
        None => (Rule::Table, "no floor knows it".to_string()),
        Some(_) if table::may_name(&from, &to) => return None,
        Some(floor) => (Rule::Floor, refusal(&from, floor.name)),
    };
    Some(finding(file, named.line, format!("{from} -> {}: {why}", shown(path)), rule))
}

fn refusal(from: &str, to_floor: &str) -> String {
    let own = table::floor_of(from).map_or("none", |floor| floor.name);
    format!("from floor {own} to floor {to_floor}; {from} may name {}", table::allowance(from))
}

/// Inside one folder nobody names what an ancestor's `mod.rs` defines. A file of tests is part of
/// the file that it tests.
fn inside(tree: &Tree, file: &File, named: &Named, path: &[String]) -> Option<Finding> {
    let (target, item) = tree.locate(path)?;
    let own = tree.tested_by(file);
    let climbs = own.len() > target.module.len() && own.starts_with(&target.module);
    let only_module = item.is_empty() && matches!(named.via, Via::Code | Via::Use);
    if !climbs || only_module {
        return None;
    }
    let what = format!("{} -> {}", shown(&file.module), shown(path));
    Some(finding(file, named.line, what, Rule::Parent))
}

/// `pub use` shows only what its own folder has, and `lib.rs` shows nothing.
fn re_export(file: &File, named: &Named) -> Option<Finding> {
    if named.via != Via::ReExport || named.test {
        return None;
    }
    let folder = match file.path.ends_with("/mod.rs") {
        true => &file.module[..],
        false => &file.module[..file.module.len().saturating_sub(1)],
    };
    let what = match &named.kind {
        Kind::Ours(path) if file.module.is_empty() || !path.starts_with(folder) => shown(path),
        Kind::Theirs(path) => shown(path),
        Kind::Unknown(path) if file.module.is_empty() => shown(path),
        Kind::Ours(_) | Kind::Unknown(_) => return None,
    };
    let what = format!("{} re-exports {what}", shown(&file.module));
    Some(finding(file, named.line, what, Rule::ReExport))
}

/// Circles among the files of one module of the table, tests left out.
fn circles(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let edges = edges(tree);
    let mut told = BTreeSet::new();
    for (from, targets) in &edges {
        for (to, line) in targets {
            let Some(way) = way(&edges, *to, *from) else { continue };
            let members: BTreeSet<_> = way.iter().copied().chain([*from]).collect();
            if told.insert(members) {
                let names: Vec<_> =
                    [*from].iter().chain(&way).map(|i| shown(&tree.files[*i].module)).collect();
                found.push(finding(&tree.files[*from], *line, names.join(" -> "), Rule::Circle));
            }
        }
    }
    found
}

type Edges = BTreeMap<usize, BTreeMap<usize, usize>>;

/// Which file names which other one of its folder, and in which line first. Climbing up is left
/// to its own rule.
fn edges(tree: &Tree) -> Edges {
    let mut edges = Edges::new();
    for (from, file) in tree.files.iter().enumerate() {
        let names = file.content.named.iter().filter(|named| !named.test && !file.test_only);
        for named in names {
            let Kind::Ours(path) = &named.kind else { continue };
            let Some((target, _)) = tree.locate(path) else { continue };
            let same = floor_module(&target.module).is_some()
                && floor_module(&target.module) == floor_module(&file.module);
            if same && !file.module.starts_with(&target.module) {
                let to = tree.modules[&target.module];
                edges.entry(from).or_default().entry(to).or_insert(named.line);
            }
        }
    }
    edges
}

/// The shortest way from `start` to `end`, both included.
fn way(edges: &Edges, start: usize, end: usize) -> Option<Vec<usize>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::from([start]);
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = *way.last()?;
            if last == end {
                return Some(way);
            }
            for next in edges.get(&last).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(*next) {
                    longer.push([way.as_slice(), &[*next]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// The module of the table that a path belongs to; None for `lib.rs` and the layers themselves.
pub fn floor_module(path: &[String]) -> Option<String> {
    match path {
        [single] if !LAYERS.contains(&single.as_str()) => Some(single.clone()),
        [layer, module, ..] => Some(format!("{layer}::{module}")),
        _ => None,
    }
}

pub fn shown(path: &[String]) -> String {
    if path.is_empty() { "the crate's root".to_string() } else { path.join("::") }
}

fn finding(file: &File, line: usize, what: String, rule: Rule) -> Finding {
    Finding { file: file.path.clone(), line, what, rule }
}
