//! Walking the syntax tree, and its canonical form.
//!
//! The parser's own walkers leave out the parameters of aggregations, where a selector can hide
//! from an enforced matcher; these do not.

use promql_parser::label::{Matcher, Matchers};
use promql_parser::parser::{BinModifier, Expr, LabelModifier, VectorMatchCardinality, VectorSelector};

/// Calls `visit` on every node, parents first.
pub fn each(tree: &Expr, visit: &mut impl FnMut(&Expr)) {
    visit(tree);
    match tree {
        Expr::Aggregate(aggregate) => {
            if let Some(param) = &aggregate.param {
                each(param, visit);
            }
            each(&aggregate.expr, visit);
        }
        Expr::Unary(unary) => each(&unary.expr, visit),
        Expr::Binary(binary) => {
            each(&binary.lhs, visit);
            each(&binary.rhs, visit);
        }
        Expr::Paren(paren) => each(&paren.expr, visit),
        Expr::Subquery(subquery) => each(&subquery.expr, visit),
        Expr::Call(call) => call.args.args.iter().for_each(|arg| each(arg, visit)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) | Expr::Extension(_) => {}
    }
}

/// Calls `visit` on every node, parents first; it may change them.
pub fn each_mut(tree: &mut Expr, visit: &mut impl FnMut(&mut Expr)) {
    visit(tree);
    match tree {
        Expr::Aggregate(aggregate) => {
            if let Some(param) = &mut aggregate.param {
                each_mut(param, visit);
            }
            each_mut(&mut aggregate.expr, visit);
        }
        Expr::Unary(unary) => each_mut(&mut unary.expr, visit),
        Expr::Binary(binary) => {
            each_mut(&mut binary.lhs, visit);
            each_mut(&mut binary.rhs, visit);
        }
        Expr::Paren(paren) => each_mut(&mut paren.expr, visit),
        Expr::Subquery(subquery) => each_mut(&mut subquery.expr, visit),
        Expr::Call(call) => call.args.args.iter_mut().for_each(|arg| each_mut(arg, visit)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) | Expr::Extension(_) => {}
    }
}

/// Calls `visit` on every selector, those under a range too.
pub fn each_selector(tree: &Expr, visit: &mut impl FnMut(&VectorSelector)) {
    each(tree, &mut |node| match node {
        Expr::VectorSelector(selector) => visit(selector),
        Expr::MatrixSelector(matrix) => visit(&matrix.vs),
        _ => {}
    });
}

/// Calls `visit` on every selector, those under a range too; it may change them.
pub fn each_selector_mut(tree: &mut Expr, visit: &mut impl FnMut(&mut VectorSelector)) {
    each_mut(tree, &mut |node| match node {
        Expr::VectorSelector(selector) => visit(selector),
        Expr::MatrixSelector(matrix) => visit(&mut matrix.vs),
        _ => {}
    });
}

/// The same question in the one form that is asked: matchers sorted and without doubles, empty
/// modifiers left out.
pub fn canonical(mut tree: Expr) -> Expr {
    each_mut(&mut tree, &mut |node| match node {
        Expr::Aggregate(aggregate) => {
            let empty = |by: &LabelModifier| by.is_include() && by.labels().is_empty();
            if aggregate.modifier.as_ref().is_some_and(empty) {
                aggregate.modifier = None;
            }
        }
        Expr::Binary(binary) => {
            if let Some(modifier) = &mut binary.modifier {
                leave_out_empty_ignoring(modifier);
            }
            binary.modifier = binary.modifier.take().filter(|m| *m != BinModifier::default());
        }
        Expr::VectorSelector(selector) => sort(&mut selector.matchers),
        Expr::MatrixSelector(matrix) => sort(&mut matrix.vs.matchers),
        _ => {}
    });
    tree
}

/// `ignoring ()` says nothing, unless a `group_left` stands on it.
fn leave_out_empty_ignoring(modifier: &mut BinModifier) {
    let grouped =
        matches!(modifier.card, VectorMatchCardinality::ManyToOne(_) | VectorMatchCardinality::OneToMany(_));
    let empty = |by: &LabelModifier| !by.is_include() && by.labels().is_empty();
    if !grouped && modifier.matching.as_ref().is_some_and(empty) {
        modifier.matching = None;
    }
}

fn sort(matchers: &mut Matchers) {
    let once = |list: &mut Vec<Matcher>| {
        list.sort_by_cached_key(Matcher::to_string);
        list.dedup();
    };
    once(&mut matchers.matchers);
    matchers.or_matchers.iter_mut().for_each(once);
}
