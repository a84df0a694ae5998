//! Columns that line up, and numbers and times as people read them.

use crate::domain::model::reading::Number;
use chrono::{DateTime, TimeDelta, Utc};

/// Rows under headings, columns padded; numbers (headings that begin with a blank) to the right.
pub fn columns(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].trim().len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(headings).zip(&widths).map(|((cell, heading), width)| {
            match heading.starts_with(' ') {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    let headings: Vec<String> = headings.iter().map(|heading| heading.trim().to_string()).collect();
    let mut out = vec![line(&headings)];
    out.extend(rows.iter().map(|row| line(row)));
    out.join("\n") + "\n"
}

/// `2026-11-04 14:06Z`
pub fn stamp(at: DateTime<Utc>) -> String {
    at.format("%F %H:%MZ").to_string()
}

/// `3d`, `2d4h`, `3h5m`, `12m`, `45s`
pub fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let parts = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut out = Vec::new();
    for (size, unit) in parts {
        if rest >= size {
            out.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0s".to_string() } else { out[..out.len().min(2)].join("") }
}

/// Minutes as a span.
pub fn minutes(minutes: f64) -> String {
    span(TimeDelta::milliseconds((minutes * 60_000.0).round() as i64))
}

/// A count with thin groups: `1 728 000`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(" ")
}

/// A percentage to a tenth.
pub fn percent(percent: f64) -> String {
    format!("{} %", Number((percent * 10.0).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_counts_are_short() {
        for (seconds, text) in
            [(0, "0s"), (45, "45s"), (720, "12m"), (11_100, "3h5m"), (187_260, "2d4h"), (259_200, "3d")]
        {
            assert_eq!(span(TimeDelta::seconds(seconds)), text);
        }
        assert_eq!([count(7), count(1_728_000)], ["7", "1 728 000"]);
        assert_eq!([percent(12.345), percent(100.0)], ["12.3 %", "100 %"]);
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let rows = [vec!["a".to_string(), "12".to_string()], vec!["bcd".to_string(), "3".to_string()]];
        assert_eq!(columns(&["NAME", " N"], &rows), "NAME   N\na     12\nbcd    3\n");
    }
}
