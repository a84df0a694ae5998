//! Making foreign text harmless in Markdown: it can neither form anything, nor call anybody, nor hide.

use crate::domain::model::evidence::clean;

/// Longest single text from outside, in characters.
const LONGEST: usize = 300;
/// Not seen, and between `@` or `#` and a name it keeps both from calling anybody or anything.
const JOINT: char = '\u{2060}';

/// Text in a sentence: no Markdown, HTML, mention, reference or link comes of it.
pub fn prose(text: &str) -> String {
    let text = clean(text, LONGEST).replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '<' | '>' | '|' | '~' | '#' | '!' | '&'
            | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        // Trackers make links of names even in the midst of text.
        if matches!(c, '@' | '#' | '!' | '$' | '&' | '~' | '%') {
            out.push(JOINT);
        }
    }
    // At the beginning of a line these would make a list, a heading or a rule.
    match out.chars().next() {
        Some('-' | '+' | '=') => format!("\\{out}"),
        Some(c) if c.is_ascii_digit() => out.replacen(". ", "\\. ", 1),
        _ => out,
    }
}

/// Text as code, in a line or in a cell of a table.
pub fn code(text: &str) -> String {
    let text = clean(text, LONGEST).replace('`', "'").replace('|', "\\|");
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

/// A block of lines, shown as they are; `language` colours them.
pub fn fence(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// Text of a title: one line, which calls nobody.
pub fn title(text: &str) -> String {
    clean(text, LONGEST).replace('@', &format!("@{JOINT}")).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_formed_called_or_hidden() {
        for (text, expected) in [
            ("plain words", "plain words"),
            ("**bold** _x_", "\\*\\*bold\\*\\* \\_x\\_"),
            ("<script>", "\\<script\\>"),
            ("[a](http://evil)", "\\[a\\](http:\u{2060}//evil)"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("a\nb\u{202e}c\u{0}", "a bc"),
            ("a | b", "a \\| b"),
            ("for 2m: 0.94", "for 2m: 0.94"),
            ("see www.evil.com", "see www\u{2060}.evil.com"),
        ] {
            assert_eq!(prose(text), expected, "{text:?}");
        }
        assert_eq!(prose("@team #12 a/b!3"), "@\u{2060}team \\#\u{2060}12 a/b\\!\u{2060}3");
        assert_eq!(prose(&"x".repeat(1000)).chars().count(), LONGEST);
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a`b|c"), "`a'b\\|c`");
        assert_eq!(code("@team\n<b>"), "`@team <b>`");
        assert_eq!(code(" \u{200b} "), "");
        assert_eq!(fence("", "a\n````\nb"), "`````\na\n````\nb\n`````");
        assert_eq!(fence("promql", "up"), "```promql\nup\n```");
    }

    #[test]
    fn a_title_is_one_line_that_calls_nobody() {
        assert_eq!(title("@team\nlook `here`"), "@\u{2060}team look 'here'");
    }
}
