//! The table of docs/notifications.md: which case was seen on what.

use super::cases;
use super::stand::Stand;

const DOCUMENT: &str = include_str!("../../docs/notifications.md");
const BEGIN: &str = "<!-- conformance: the tests fail on drift -->\n";

/// Fails unless the table has every case as a row, and in the column of `stand` what it was seen on.
pub fn holds(stand: &dyn Stand) {
    let (_, rest) = DOCUMENT.split_once(BEGIN).expect("the document has the table");
    let (table, _) = rest.split_once("<!-- end -->").expect("the table ends");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|cell| *cell == stand.name());
    let column = column.unwrap_or_else(|| panic!("put a column {} into the table", stand.name()));
    let told: Vec<&str> = rows[2..].iter().map(|row| row[0]).collect();
    let known: Vec<&str> = cases::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(told, known, "put these rows into the table, in this order");
    for row in &rows[2..] {
        let always_taken = stand.no_in_the_body().is_none() && row[0].starts_with("a refusal in the body");
        let open = !stand.has_secrets() && (row[0].starts_with("credentials") || row[0].contains("rotated"));
        let expected = if always_taken || open { "-" } else { stand.proved() };
        assert_eq!(row[column], expected, "put this into row {:?}, column {}", row[0], stand.name());
    }
}
