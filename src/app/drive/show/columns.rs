//! Columns and ages as kubectl prints them.

use chrono::TimeDelta;

/// Rows under headings, columns padded by three spaces.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_string()
    };
    let headings: Vec<String> = headings.iter().map(|h| h.to_string()).collect();
    let mut out = vec![line(&headings)];
    out.extend(rows.iter().map(|row| line(row)));
    out.join("\n") + "\n"
}

/// An age as kubectl writes it: `45s`, `7m12s`, `3h5m`, `2d4h`.
pub fn age(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, smaller: &str| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{smaller}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_like_kubectls() {
        for (seconds, text) in
            [(45, "45s"), (119, "119s"), (432, "7m12s"), (1800, "30m"), (11_100, "3h5m"), (187_200, "2d4h")]
        {
            assert_eq!(age(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn columns_line_up() {
        let text = table(
            &["NAME", "PHASE"],
            &[vec!["a-long-name".into(), "Ended".into()], vec!["b".into(), "".into()]],
        );
        assert_eq!(text, "NAME          PHASE\na-long-name   Ended\nb\n");
    }
}
