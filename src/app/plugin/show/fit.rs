//! Lines that fit a terminal: cut, or broken at spaces. What colours them takes no room and stays whole.

/// How far a broken line's rest stands in.
const INDENT: usize = 2;

/// The characters of a line, an escape sequence as one of no width.
fn pieces(line: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, width) = match rest.starts_with("\x1b[").then(|| rest.find('m')).flatten() {
            Some(end) => (end + 1, 0),
            None => (first.len_utf8(), 1),
        };
        let (piece, left) = rest.split_at(length);
        rest = left;
        Some((piece, width))
    })
}

fn width_of(line: &str) -> usize {
    pieces(line).map(|(_, width)| width).sum()
}

/// What of a line fits into `width` characters.
pub fn cut(line: &str, width: usize) -> String {
    let mut taken = 0;
    let fits = pieces(line).filter(|(_, width_)| {
        taken += width_;
        *width_ == 0 || taken <= width
    });
    fits.map(|(piece, _)| piece).collect()
}

/// A line broken at spaces where it is wider than `width`, its rest standing in a little further. A word that
/// is wider stays whole.
pub fn wrap(line: &str, width: usize) -> String {
    let lead = line.chars().take_while(|c| *c == ' ').count();
    let indent = " ".repeat((lead + INDENT).min(width / 2));
    let (mut out, mut row, mut seen) = (String::new(), String::new(), 0);
    // Where the row may be broken.
    let mut gap: Option<usize> = None;
    for (piece, width_) in pieces(line) {
        if piece == " " && seen >= indent.len() {
            gap = Some(row.len());
        }
        row.push_str(piece);
        seen += width_;
        if seen > width
            && let Some(at) = gap.take()
        {
            let rest = row.split_off(at);
            out.push_str(row.trim_end());
            out.push('\n');
            row = format!("{indent}{}", rest.trim_start());
            seen = width_of(&row);
        }
    }
    out + &row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_at_spaces_and_nothing_is_lost() {
        let line = "  reject-rate  0.21 ratio, usual 0 to 0.03, beyond its limit";
        let wrapped = wrap(line, 30);
        assert_eq!(wrapped, "  reject-rate  0.21 ratio,\n    usual 0 to 0.03, beyond\n    its limit");
        assert_eq!(wrap(line, 200), line);
        assert_eq!(wrap("    averyveryverylongword", 10), "    averyveryverylongword");
    }

    #[test]
    fn colours_take_no_room_and_stay_whole() {
        let red = "\x1b[31mill\x1b[0m and well";
        assert_eq!(wrap(red, 12), red);
        assert_eq!(wrap(red, 8), "\x1b[31mill\x1b[0m and\n  well");
        assert_eq!(cut(red, 2), "\x1b[31mil\x1b[0m");
        assert_eq!(cut("naïve", 3), "naï");
    }
}
