//! Whose a name is: ours, with its full path, or another crate's.
//!
//! Owns the names that a file brings into scope. All `use` lines of a file count everywhere in
//! it: a name that means two things in two functions is reported as both. Knows no rule.

use super::tokens::{self, Leaf};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// A resolved path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A path below the crate's root: `["edge", "flags", "Store"]`.
    Ours(Vec<String>),
    /// A path of another crate: `["chrono", "Utc", "now"]`.
    Theirs(Vec<String>),
    /// Local to the file, or brought in by a glob.
    Unknown(Vec<String>),
}

/// Where in a file a path stands.
pub struct Scope<'a> {
    /// The inline modules around it.
    pub inline: &'a [String],
}

/// What the names of one file mean.
pub struct Names<'a> {
    module: &'a [String],
    modules: &'a BTreeSet<Vec<String>>,
    crates: &'a BTreeSet<String>,
    /// What `use` brings in, by name.
    brought: BTreeMap<String, Vec<Brought>>,
}

/// The path of a `use`, as written, and the inline modules around it.
type Brought = (Vec<String>, Vec<String>);

/// How many `use` lines may build on each other; more is a circle.
const DEPTH: usize = 8;

impl<'a> Names<'a> {
    /// Collects what `file` brings into scope.
    pub fn of(
        file: &syn::File,
        module: &'a [String],
        modules: &'a BTreeSet<Vec<String>>,
        crates: &'a BTreeSet<String>,
    ) -> Self {
        let mut uses = Uses::default();
        uses.visit_file(file);
        let mut brought = BTreeMap::<_, Vec<_>>::new();
        for (inline, leaf) in uses.found {
            if let Some(name) = leaf.name {
                brought.entry(name).or_default().push((inline, leaf.path));
            }
        }
        Self { module, modules, crates, brought }
    }

    /// The file's own module.
    pub fn module(&self) -> &[String] {
        self.module
    }

    /// Everything that `path` may mean. A first part that is empty stands for a leading `::`.
    pub fn resolve(&self, path: &[String], scope: &Scope) -> Vec<Kind> {
        let here = [self.module, scope.inline].concat();
        let mut found = self.resolve_at(path, here, DEPTH);
        found.sort();
        found.dedup();
        if found.is_empty() { vec![Kind::Unknown(path.to_vec())] } else { found }
    }

    fn resolve_at(&self, path: &[String], here: Vec<String>, depth: usize) -> Vec<Kind> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        match first.as_str() {
            "" => vec![Kind::Theirs(rest.to_vec())],
            "crate" | "flyball" => vec![Kind::Ours(rest.to_vec())],
            "self" | "super" => vec![Kind::Ours(climb(path, here))],
            "Self" => Vec::new(),
            _ => self.by_name(path, depth),
        }
    }

    fn by_name(&self, path: &[String], depth: usize) -> Vec<Kind> {
        let child = [self.module, &path[..1]].concat();
        if self.modules.contains(&child) && self.module != ["main"] {
            return vec![Kind::Ours([self.module, path].concat())];
        }
        let mut found = Vec::new();
        for (inline, base) in self.brought.get(&path[0]).into_iter().flatten() {
            let whole = [base, &path[1..]].concat();
            if base[0] == path[0] {
                found.extend(self.crates.contains(&base[0]).then_some(Kind::Theirs(whole)));
            } else if depth > 0 {
                found.extend(self.resolve_at(&whole, [self.module, inline].concat(), depth - 1));
            }
        }
        if found.is_empty() && self.crates.contains(&path[0]) {
            found.push(Kind::Theirs(path.to_vec()));
        }
        found
    }
}

/// Follows leading `self` and `super` from `here`.
fn climb(path: &[String], mut here: Vec<String>) -> Vec<String> {
    let steps = path.iter().take_while(|part| *part == "self" || *part == "super").count();
    for part in &path[..steps] {
        if part == "super" {
            here.pop();
        }
    }
    here.extend_from_slice(&path[steps..]);
    here
}

/// All `use` leaves of a file, with the inline modules around them.
#[derive(Default)]
struct Uses {
    inline: Vec<String>,
    found: Vec<(Vec<String>, Leaf)>,
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.inline.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inline.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let leaves = tokens::leaves(item).into_iter();
        self.found.extend(leaves.map(|leaf| (self.inline.clone(), leaf)));
    }
}
