//! Text from objects, made safe to print on a terminal.
//!
//! Names, messages and values come from whoever may write them; a terminal obeys control characters, and
//! bidirectional marks show another text than there is.

use crate::edge::cluster::watch::sentence;
use serde_json::Value;
use std::error::Error;

/// `text` on one line, without control and bidirectional characters.
pub fn plain(text: &str) -> String {
    let kept = text.chars().filter_map(|c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if c.is_control() || is_hidden(c) => None,
        c => Some(c),
    });
    kept.collect()
}

/// An error with its causes, made safe.
pub fn plain_error(error: &dyn Error) -> String {
    plain(&sentence(error))
}

/// Every text inside `value`, keys of maps too, made safe; its lines stay lines.
pub fn plain_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.split('\n').map(plain).collect::<Vec<_>>().join("\n")),
        Value::Array(all) => Value::Array(all.into_iter().map(plain_value).collect()),
        Value::Object(all) => {
            Value::Object(all.into_iter().map(|(key, value)| (plain(&key), plain_value(value))).collect())
        }
        other => other,
    }
}

/// Characters that change how others are shown, or show nothing.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_terminal_would_obey_or_turn_around_is_left_out() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\u{7}\u{9b}d\u{200b}\ne"), "a[31mbcd e");
        assert_eq!(plain("库存 éß 🙂"), "库存 éß 🙂", "what people write stays");
        let told = plain_value(json!({"k\u{1b}": ["x\u{2066}y", {"n": 1}], "lines": "one\ntwo\u{1b}c"}));
        assert_eq!(told, json!({"k": ["xy", {"n": 1}], "lines": "one\ntwoc"}));
    }
}
