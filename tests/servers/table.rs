//! The table of docs/providers.md: which case was seen on what, written by the very run that saw it.

use super::cases;
use super::stand::Stand;
use std::sync::{Mutex, PoisonError};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/providers.md");
const BEGIN: &str = "<!-- conformance: generated, the tests fail on drift -->\n";
const END: &str = "<!-- end -->";
/// Columns are written one after the other.
static WRITING: Mutex<()> = Mutex::new(());

/// Fails unless the table says of `stand` what was `seen` on it; FLYBALL_WRITE_STORES=1 writes it so.
pub fn holds(stand: &dyn Stand, seen: &[&str]) {
    let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let document = std::fs::read_to_string(DOCUMENT).expect("the document is there");
    let (before, rest) = document.split_once(BEGIN).expect("the document has the table");
    let (table, after) = rest.split_once(END).expect("the table ends");
    let expected = with_column(table, stand, seen);
    if std::env::var_os("FLYBALL_WRITE_STORES").is_some() {
        let text = [before, BEGIN, &expected, END, after].concat();
        std::fs::write(DOCUMENT, text).expect("the document can be written");
    } else {
        assert_eq!(
            table, expected,
            "run the suite with FLYBALL_WRITE_STORES=1, and commit docs/providers.md"
        );
    }
}

/// The table with a row for every case, and the column of `stand` as it was seen; other columns stay.
fn with_column(table: &str, stand: &dyn Stand, seen: &[&str]) -> String {
    let rows: Vec<Vec<&str>> = table.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    let name = format!("`{}`", stand.name());
    let mut columns: Vec<&str> = rows.first().map(|head| head[1..].to_vec()).unwrap_or_default();
    if !columns.contains(&name.as_str()) {
        columns.push(&name);
    }
    let known = |case: &str, column: &str| {
        let at = rows[0].iter().position(|cell| *cell == column)?;
        rows.iter().find(|row| row[0] == case).map(|row| row[at])
    };
    let cell = |case: &str, column: &str| match (column == name, seen.contains(&case)) {
        (true, true) => stand.proved(),
        (true, false) => "no",
        (false, _) => known(case, column).unwrap_or("no"),
    };
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let head = [
        line(["case"].into_iter().chain(columns.iter().copied()).collect()),
        "|---".repeat(columns.len() + 1) + "|\n",
    ];
    let body = cases::ALL.iter().map(|(case, _)| {
        line([*case].into_iter().chain(columns.iter().map(|column| cell(case, column))).collect())
    });
    head.into_iter().chain(body).collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}
