//! The architecture, checked: reads `src/` and fails on a wrong arrow.
//!
//! Holds section 5 of the design: the floors, who may name whom, and the habits that keep the
//! domain pure. The first test reads the real tree; the others plant what is forbidden, one case
//! per rule, so that a rule that no longer catches anything fails itself.

#[path = "architecture/arrows.rs"]
mod arrows;
#[path = "architecture/finding.rs"]
mod finding;
#[path = "architecture/habits.rs"]
mod habits;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/planted.rs"]
mod planted;
#[path = "architecture/reader.rs"]
mod reader;
#[path = "architecture/table.rs"]
mod table;
#[path = "architecture/tokens.rs"]
mod tokens;
#[path = "architecture/tree.rs"]
mod tree;

use finding::Finding;
use std::path::Path;
use tree::Tree;

/// Every breach in `tree`, in reading order.
fn findings(tree: &Tree) -> Vec<Finding> {
    let mut found = arrows::check(tree);
    found.extend(habits::check(tree));
    found.sort();
    found.dedup();
    found
}

#[test]
fn the_source_tree_keeps_its_floors_and_habits() {
    let tree = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("src can be read and parsed");
    assert!(tree.files.len() > 20, "src was found");
    let found = findings(&tree);
    let report: Vec<_> = found.iter().map(|finding| format!("  {finding}\n")).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), report.concat());
}
