//! Our part of an issue's text: a block between two hidden marks, whose first line says of what it is.
//!
//! What people write outside the block is theirs and stays. A block that they took out, or whose end
//! is gone, is not put in again.

use crate::domain::model::upkeep::Mark;

/// How every hidden mark begins.
pub const PREFIX: &str = "<!-- flyball:";
/// How the mark before our part begins.
pub const BEGIN: &str = "<!-- flyball:begin ";
/// The mark behind our part.
pub const END: &str = "<!-- flyball:end -->";
/// How every hidden mark ends.
pub const CLOSE: &str = " -->";
/// How the footer of our part begins, but for what marks the fingerprint as code.
pub const FOOTER: &str = "Flyball fingerprint: ";

/// A block: its mark, one line that says how it stands, what it tells, and the footer that stays
/// readable where hidden marks are stripped.
pub fn block(mark: &Mark, standing: &str, text: &str) -> String {
    let footer = footer(&mark.fingerprint);
    // A query may contain anything, our marks as well.
    let text = text.trim().replace(PREFIX, "<!-- flyball\u{2060}:");
    format!("{}\n> {standing}\n\n{text}\n\n---\n{footer}\n{END}", head(mark))
}

/// The line by which people see whose it is.
fn footer(fingerprint: &str) -> String {
    format!("{FOOTER}`{fingerprint}`. What you write outside this part stays as it is.")
}

fn head(mark: &Mark) -> String {
    let Mark { fingerprint, occasion, weight, evidence, closed, twin_of, left } = mark;
    let twin = twin_of.map(|number| format!(" twin={number}")).unwrap_or_default();
    let left = if *left { " left=1" } else { "" };
    let (evidence, closed) = (u8::from(*evidence), u8::from(*closed));
    format!(
        "{BEGIN}fingerprint={fingerprint} occasion={occasion} weight={weight} evidence={evidence} \
         closed={closed}{twin}{left}{CLOSE}"
    )
}

/// Where our block is in a body.
struct Place<'b> {
    before: &'b str,
    /// From behind the mark's line to before the end.
    inner: &'b str,
    after: &'b str,
}

fn find<'b>(body: &'b str, fingerprint: &str) -> Option<(Mark, Place<'b>)> {
    let mut from = 0;
    while let Some(at) = body.get(from..)?.find(BEGIN).map(|at| at + from) {
        let rest = &body[at + BEGIN.len()..];
        let (attributes, rest) = rest.split_once(CLOSE)?;
        if let Some(mark) = read(attributes).filter(|mark| mark.fingerprint == fingerprint) {
            let (inner, after) = rest.split_once(END)?;
            return Some((mark, Place { before: &body[..at], inner, after }));
        }
        from = at + BEGIN.len();
    }
    None
}

fn read(attributes: &str) -> Option<Mark> {
    let of = |name: &str| {
        let named = attributes.split_whitespace().filter_map(|pair| pair.split_once('='));
        named.filter(|(found, _)| *found == name).map(|(_, value)| value).next()
    };
    Some(Mark {
        fingerprint: of("fingerprint")?.to_string(),
        occasion: of("occasion").unwrap_or_default().to_string(),
        weight: of("weight").and_then(|text| text.parse().ok()).unwrap_or(0),
        evidence: of("evidence") == Some("1"),
        closed: of("closed") == Some("1"),
        twin_of: of("twin").and_then(|text| text.parse().ok()),
        left: of("left") == Some("1"),
    })
}

/// The mark of the block of `fingerprint` in a body; None: there is no whole one.
pub fn mark(body: &str, fingerprint: &str) -> Option<Mark> {
    find(body, fingerprint).map(|(mark, _)| mark)
}

/// The body with another block in the place of ours; None: there is none to replace.
pub fn replace(body: &str, fingerprint: &str, block: &str) -> Option<String> {
    let (_, place) = find(body, fingerprint)?;
    Some(format!("{}{block}{}", place.before, place.after))
}

/// The body with another mark and another line on how it stands; what it tells stays.
pub fn restate(body: &str, mark: &Mark, standing: &str) -> Option<String> {
    let (_, place) = find(body, &mark.fingerprint)?;
    let rest = place.inner.trim_start_matches(['\r', '\n']);
    let rest = match rest.strip_prefix('>') {
        Some(line) => line.split_once('\n').map_or("", |(_, rest)| rest),
        None => rest,
    };
    Some(format!("{}{}\n> {standing}\n{rest}{END}{}", place.before, head(mark), place.after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_with_whatever_line_ends() {
        for mark_ in [
            Mark::example(),
            Mark { closed: true, evidence: false, ..Mark::example() },
            Mark { twin_of: Some(7), closed: true, ..Mark::example() },
            Mark { left: true, ..Mark::example() },
        ] {
            let text = block(&mark_, "open", "## What\n\ntext");
            assert_eq!(mark(&text, &mark_.fingerprint), Some(mark_.clone()));
            assert_eq!(mark(&text.replace('\n', "\r\n"), &mark_.fingerprint), Some(mark_));
        }
    }

    #[test]
    fn what_people_write_outside_the_block_stays() {
        let body = format!("Mine before\n\n{}\n\nMine after", block(&Mark::example(), "open", "old"));
        let next = Mark { weight: 4, ..Mark::example() };
        let replaced = replace(&body, &Mark::example().fingerprint, &block(&next, "open", "new")).unwrap();
        assert!(replaced.starts_with("Mine before\n\n<!--") && replaced.ends_with("-->\n\nMine after"));
        assert!(replaced.contains("new") && !replaced.contains("old"));
        assert_eq!(mark(&replaced, &Mark::example().fingerprint), Some(next));
    }

    #[test]
    fn closing_changes_how_it_stands_and_not_what_it_tells() {
        let body = format!("Mine\n{}", block(&Mark::example(), "open", "## Evidence\n> quoted"));
        let closed = Mark { closed: true, ..Mark::example() };
        let once = restate(&body, &closed, "closed").unwrap();
        assert!(
            once.contains("\n> closed\n") && !once.contains("> open") && once.contains("> quoted"),
            "{once}"
        );
        assert_eq!(mark(&once, &closed.fingerprint), Some(closed.clone()));
        assert_eq!(restate(&once, &closed, "closed"), Some(once.clone()), "twice is once");
    }

    #[test]
    fn a_block_that_is_gone_or_anothers_is_none_of_ours() {
        let body = block(&Mark::example(), "open", "text");
        assert_eq!(mark(&body, "ffff"), None);
        assert_eq!(mark(&body.replace(END, ""), &Mark::example().fingerprint), None);
        assert_eq!(mark("I wrote all of this myself", &Mark::example().fingerprint), None);
        let two = format!(
            "{}\n{body}",
            block(&Mark { fingerprint: "ffff".into(), ..Mark::example() }, "open", "x")
        );
        assert_eq!(mark(&two, &Mark::example().fingerprint), Some(Mark::example()));
    }
}
