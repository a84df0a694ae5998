//! What to write instead: the sentences behind a complaint about a type, a name or a choice.
//!
//! Guesses are offered only where they are near; otherwise the possibilities are listed.

use serde_json::Value;

/// Most possibilities that one sentence lists.
const MOST: usize = 16;

/// The fix where a value has the wrong type.
pub fn of_type(schema: &Value, want: &str, value: &Value) -> String {
    match (want, value) {
        ("string" | "integer or string", Value::Bool(flag)) => {
            let (word, all) =
                if *flag { ("on", "on, yes, y and true") } else { ("off", "off, no, n and false") };
            format!("quote it: \"{word}\" (unquoted {all} are booleans)")
        }
        ("string", Value::Number(number)) => format!("quote it: \"{number}\""),
        ("boolean", Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "y" => "write it without quotes: true".to_string(),
            "false" | "off" | "no" | "n" => "write it without quotes: false".to_string(),
            _ => "write true or false".to_string(),
        },
        ("integer", Value::String(text)) if text.parse::<i64>().is_ok() => {
            format!("write it without quotes: {text}")
        }
        ("number", Value::String(text)) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
            format!("write it without quotes: {text}")
        }
        ("number", Value::String(text)) if text.ends_with('%') => {
            "write a plain number without the percent sign".to_string()
        }
        ("integer", _) => "write a whole number".to_string(),
        ("array", _) => "write a list: begin each item with `- `".to_string(),
        ("object", Value::Array(_)) => "write one map here, without the `- `".to_string(),
        ("object", _) => match names(schema.get("properties")) {
            known if known.is_empty() => "write a map".to_string(),
            known => format!("write a map with {}", listed(&known)),
        },
        _ => format!("write a {want}"),
    }
}

/// The fix where a field is not known.
pub fn of_name(name: &str, known: &[&str]) -> String {
    if let Some(near) = nearest(name, known) {
        return format!("did you mean `{near}`?");
    }
    let word = match name {
        "true" => " (an unquoted on, yes or y as a key is the boolean true)",
        "false" => " (an unquoted off, no or n as a key is the boolean false)",
        _ => "",
    };
    match known {
        [] => format!("remove it{word}"),
        _ => format!("remove it; known here: {}{word}", listed(known)),
    }
}

/// The fix where a value is none of those allowed.
pub fn of_choice(value: &str, allowed: &[String]) -> String {
    let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
    match nearest(value, &allowed) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}", listed(&allowed)),
    }
}

/// The fix where no branch, or more than one, fits: the fields that tell the branches apart.
pub fn of_branches(branches: &[Value]) -> String {
    let required = branches.iter().filter_map(|branch| branch.get("required")?.as_array());
    let mut fields: Vec<&str> = required.flatten().filter_map(Value::as_str).collect();
    fields.dedup();
    match fields.as_slice() {
        [] => "see the field's description: kubectl explain".to_string(),
        _ => format!("choose among {}", listed(&fields)),
    }
}

fn names(map: Option<&Value>) -> Vec<&str> {
    map.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn listed(words: &[&str]) -> String {
    let shown: Vec<_> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let more = if words.len() > MOST { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The nearest of `known`, if it is near enough to be meant.
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let wrong: Vec<char> = word.to_lowercase().chars().take(65).collect();
    let allowed = (wrong.len() / 3).clamp(1, 3);
    let by_distance = known.iter().map(|near| (distance(&wrong, near), *near));
    by_distance.filter(|(steps, _)| *steps <= allowed && wrong.len() <= 64).min().map(|(_, near)| near)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words, letter case aside.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    let moved = if swapped { rows[i - 2][j - 2] + 1 } else { replaced };
                    replaced.min(moved).min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1)
                }
            };
        }
    }
    rows[a.len()][b.len()]
}
