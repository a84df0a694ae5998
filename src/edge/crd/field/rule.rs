//! CEL rules that several kinds use, and how a rule is made.
//!
//! Every rule carries a message expression that names field, value and fix.

use kube::core::{Message, Rule};

/// A rule, and the expression that says what is wrong and how to mend it.
pub fn rule(rule: impl Into<String>, message: impl Into<String>) -> Rule {
    Rule::new(rule).message(Message::Expression(message.into()))
}

/// Exactly one of some fields.
pub fn one_of(kind: &str, fields: &[&str]) -> Rule {
    let has: Vec<String> = fields.iter().map(|field| format!("has(self.{field})")).collect();
    let list = fields.join(", ");
    let given: Vec<String> = fields.iter().map(|f| format!("(has(self.{f}) ? ' {f}' : '')")).collect();
    rule(
        format!("[{}].exists_one(x, x)", has.join(", ")),
        format!("'{kind} has exactly one of {list}, and this has:' + {}", given.join(" + ")),
    )
}
