//! What is refused before the parser sees it, because the parser would recurse too deep or
//! panic on it.
//!
//! Must not judge meaning: it only bounds length and nesting, and asks for units.

/// Longest expression, in bytes.
pub const LENGTH_MAX: usize = 8 * 1024;

/// Most operators, parentheses and brackets: a bound on the depth of the tree.
const OPERATORS_MAX: usize = 500;

/// Refuses what is empty, too long, too deep, or has a duration without a unit.
///
/// # Errors
/// A sentence with the fix.
pub fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("it is empty; write an expression such as `sum by (namespace, service) (up)`".to_string());
    }
    if text.len() > LENGTH_MAX {
        let length = text.len();
        return Err(format!(
            "it has {length} bytes; {LENGTH_MAX} at most: move parts of it into a recording rule"
        ));
    }
    let bare = without_strings(text);
    let operators = operators(&bare);
    if operators > OPERATORS_MAX {
        return Err(format!(
            "it has {operators} operators and parentheses; {OPERATORS_MAX} at most: move parts of it into a \
             recording rule"
        ));
    }
    match durations(&bare).find(|duration| !has_unit(duration)) {
        Some(duration) => Err(format!("the duration `{duration}` has no unit; write it like `5m` or `300s`")),
        None => Ok(()),
    }
}

/// The text with the insides of strings, and comments, left out. Quotes and escapes are told
/// apart as the parser does it.
fn without_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '"' | '\'' | '`' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        _ if inner == c => break,
                        _ => {}
                    }
                }
                out.push(c);
            }
            '#' => {
                let _ = chars.by_ref().find(|&inner| inner == '\n' || inner == '\r');
                out.push('\n');
            }
            _ => {}
        }
    }
    out
}

/// An upper bound on the depth of the tree.
fn operators(bare: &str) -> usize {
    let signs = bare.chars().filter(|c| "+-*/%^(<>=![".contains(*c)).count();
    let words = words(bare).filter(|(_, word)| {
        ["and", "or", "unless", "atan2"].iter().any(|operator| word.eq_ignore_ascii_case(operator))
    });
    signs + words.count()
}

/// Runs of letters, digits and underscores, with where each ends.
fn words(bare: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    bare.split(move |c| !is_word(c)).filter(|word| !word.is_empty()).map(|word| {
        let end = word.as_ptr() as usize - bare.as_ptr() as usize + word.len();
        (end, word)
    })
}

/// What stands where a duration belongs: in brackets, and after `offset`.
fn durations(bare: &str) -> impl Iterator<Item = &str> {
    let in_brackets = bare.split('[').skip(1).flat_map(|after| {
        let inside = after.split(']').next().unwrap_or("");
        inside.split(':').map(str::trim).filter(|part| !part.is_empty())
    });
    let offsets = words(bare).filter(|(_, word)| word.eq_ignore_ascii_case("offset"));
    let after_offset = offsets.filter_map(|(end, _)| {
        let rest = bare[end..].trim_start().trim_start_matches(['+', '-']).trim_start();
        let token = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').next().unwrap_or("");
        let number = token.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            || ["inf", "nan"].iter().any(|word| token.eq_ignore_ascii_case(word));
        number.then_some(token)
    });
    in_brackets.chain(after_offset)
}

/// Digits, then the letter of a unit.
fn has_unit(duration: &str) -> bool {
    let unit = duration.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < duration.len() && unit.starts_with(['s', 'm', 'h', 'd', 'w', 'y'])
}
