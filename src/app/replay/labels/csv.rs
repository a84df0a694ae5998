//! Comma-separated values as spreadsheets write them: quotes, doubled quotes, CRLF.

/// Rows with the number of the line each begins on, from 1; blank lines are left out.
pub fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut rows = Vec::new();
    let (mut row, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begun, mut quoted) = (1, 1, false);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell).trim().to_string()),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim().to_string());
                keep(&mut rows, begun, std::mem::take(&mut row));
                line += 1;
                begun = line;
            }
            _ => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
        }
    }
    row.push(cell.trim().to_string());
    keep(&mut rows, begun, row);
    rows
}

fn keep(rows: &mut Vec<(usize, Vec<String>)>, line: usize, row: Vec<String>) {
    if row.iter().any(|cell| !cell.is_empty()) {
        rows.push((line, row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_told_apart() {
        let text = "\u{feff}name,start\r\n\"a, \"\"b\"\"\n2\",1\n\n ,\nc, 2 ";
        let expected = [(1, vec!["name", "start"]), (2, vec!["a, \"b\"\n2", "1"]), (6, vec!["c", "2"])];
        let found = rows(text);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((line, row), (at, cells)) in found.iter().zip(expected) {
            assert_eq!((*line, row.iter().map(String::as_str).collect::<Vec<_>>()), (at, cells));
        }
    }
}
