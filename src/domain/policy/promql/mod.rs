//! PromQL on the syntax tree: matchers enforced, selectors found, ranges scaled.
//!
//! Owns everything Flyball does to an expression. What is sent is always printed from the tree,
//! and it was read back once and gave the same tree, so that nothing which a source might read
//! differently can slip past an enforced matcher. Must not touch the text itself.

mod guard;
mod scale;
mod tree;

use promql_parser::label::{Labels, MatchOp, Matcher};
use promql_parser::parser::token::{T_LAND, T_LOR, T_LUNLESS};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{self, Expr, VectorSelector};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// A parsed expression and its text as it is asked. Two queries are equal when their texts are.
#[derive(Clone)]
pub struct Query {
    text: String,
    tree: Arc<Expr>,
}

impl Query {
    /// Reads an expression whose answer is an instant vector (or a scalar).
    ///
    /// # Errors
    /// A sentence with the fix: the text is no PromQL, is too long or too deep, answers with a
    /// range or a string, filters at its top level by a comparison without `bool` (a healthy
    /// service would read as absent), or uses what cannot be fenced in by matchers.
    pub fn parse(text: &str) -> Result<Self, String> {
        guard::check(text)?;
        let tree = parser::parse(text).map_err(|error| unreadable(&error))?;
        let query = Self::print(tree);
        query.answers_with_values()?;
        query.can_be_fenced()?;
        match parser::parse(&query.text) {
            Ok(again) if tree::canonical(again.clone()) == *query.tree => Ok(query),
            _ => Err("it cannot be written back exactly as it was read; write durations in whole \
                      milliseconds, instants after 1970, and leave out empty `ignoring ()`"
                .to_string()),
        }
    }

    /// The text to send: the expression in its canonical form, so that equal questions are
    /// asked once.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same question with `label="value"` enforced in every selector. A matcher that the
    /// expression already has on that label stays beside ours, so that a foreign one selects
    /// nothing.
    pub fn with_matchers(&self, matchers: &[(String, String)]) -> Self {
        let ours: Vec<Matcher> =
            matchers.iter().map(|(label, value)| Matcher::new(MatchOp::Equal, label, value)).collect();
        let mut tree = Expr::clone(&self.tree);
        tree::each_selector_mut(&mut tree, &mut |selector| fence(selector, &ours));
        Self::print(tree)
    }

    /// The metrics that its selectors name, by equality.
    pub fn metrics(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        tree::each_selector(&self.tree, &mut |selector| names.extend(selector.name.clone()));
        names
    }

    /// For each distinct selector, range, subquery, offset and `@` stripped, the question how
    /// old its newest sample is, by `labels`: `max by (labels) (timestamp(selector))`.
    pub fn age_queries(&self, labels: &[&str]) -> Vec<String> {
        let mut selectors = BTreeSet::new();
        tree::each_selector(&self.tree, &mut |selector| {
            let bare = VectorSelector { offset: None, at: None, ..selector.clone() };
            selectors.insert(bare.to_string());
        });
        let by = Labels::new(labels.to_vec());
        selectors.iter().map(|selector| format!("max by ({by}) (timestamp({selector}))")).collect()
    }

    /// How far back the expression looks: its longest range, subqueries and the ranges inside
    /// them added up. Zero where it looks at instants only. Offsets are not part of it.
    pub fn window(&self) -> Duration {
        scale::window(&self.tree)
    }

    /// The same question on a clock that runs `factor` times faster: ranges, subqueries and
    /// offsets divided by it.
    ///
    /// # Errors
    /// A sentence naming the duration that cannot be divided to a whole number of milliseconds
    /// of at least 1 s, a subquery without a step, or an `@` with an instant.
    pub fn shrunk(&self, factor: u32) -> Result<Self, String> {
        let mut tree = Expr::clone(&self.tree);
        scale::shrink(&mut tree, factor)?;
        Ok(Self::print(tree))
    }

    fn print(tree: Expr) -> Self {
        let tree = tree::canonical(tree);
        Self { text: tree.to_string(), tree: Arc::new(tree) }
    }

    fn answers_with_values(&self) -> Result<(), String> {
        match self.tree.value_type() {
            ValueType::Vector | ValueType::Scalar if filters(&self.tree) => {
                Err("it compares at its top level, so a healthy service would read as absent; ask for the \
                 value and put the threshold into `limit` or `when`, or write `bool` after the operator"
                    .to_string())
            }
            ValueType::Vector | ValueType::Scalar => Ok(()),
            ValueType::Matrix => Err("it answers with a range, not with values; wrap it, for example in \
                                      `rate(...)` or `max_over_time(...)`"
                .to_string()),
            ValueType::String => {
                Err("it is a string; ask for a number, such as `sum by (namespace, service) (up)`"
                    .to_string())
            }
        }
    }

    /// `info()` reads `target_info` beside its selectors, where no matcher can be enforced.
    fn can_be_fenced(&self) -> Result<(), String> {
        let mut reads_aside = false;
        tree::each(&self.tree, &mut |node| {
            reads_aside |= matches!(node, Expr::Call(call) if call.func.name == "info");
        });
        match reads_aside {
            true => Err("`info()` reads series that no selector names; join them with \
                         `* on (...) group_left (...) target_info` instead"
                .to_string()),
            false => Ok(()),
        }
    }
}

fn unreadable(error: &str) -> String {
    let hint = match error.contains("unknown escape sequence") {
        true => "; in quotes write a backslash twice (`\\\\d`)",
        false => "",
    };
    format!("it is not PromQL ({error}){hint}; try it in the source's own query page")
}

/// Whether rows disappear from the answer by their value: a comparison without `bool` that
/// nothing but parentheses, signs and set operators stand around.
fn filters(tree: &Expr) -> bool {
    match tree {
        Expr::Paren(paren) => filters(&paren.expr),
        Expr::Unary(unary) => filters(&unary.expr),
        Expr::Binary(binary) if binary.op.is_comparison_operator() => !binary.return_bool(),
        Expr::Binary(binary) => match binary.op.id() {
            T_LOR => filters(&binary.rhs),
            T_LAND | T_LUNLESS => filters(&binary.lhs),
            _ => false,
        },
        _ => false,
    }
}

/// Adds `ours` to a selector: to each alternative, where it has several.
fn fence(selector: &mut VectorSelector, ours: &[Matcher]) {
    let matchers = &mut selector.matchers;
    for alternative in &mut matchers.or_matchers {
        alternative.extend_from_slice(ours);
    }
    if matchers.or_matchers.is_empty() {
        matchers.matchers.extend_from_slice(ours);
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.text).finish()
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Query {}

impl PartialOrd for Query {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Query {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Query {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

#[cfg(test)]
mod tests;
