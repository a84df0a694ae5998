//! The durations of an expression: how far it looks back, and the same on a faster clock.

use super::tree;
use promql_parser::parser::{AtModifier, Expr, Offset};
use promql_parser::util::display_duration;
use std::time::Duration;

/// The longest way back: ranges, and subqueries with what is inside them.
pub fn window(tree: &Expr) -> Duration {
    let longest = |all: &mut dyn Iterator<Item = &Expr>| all.map(window).max().unwrap_or_default();
    match tree {
        Expr::MatrixSelector(matrix) => matrix.range,
        Expr::Subquery(subquery) => subquery.range.saturating_add(window(&subquery.expr)),
        Expr::Aggregate(aggregate) => {
            longest(&mut aggregate.param.iter().chain([&aggregate.expr]).map(Box::as_ref))
        }
        Expr::Unary(unary) => window(&unary.expr),
        Expr::Paren(paren) => window(&paren.expr),
        Expr::Binary(binary) => longest(&mut [&*binary.lhs, &*binary.rhs].into_iter()),
        Expr::Call(call) => longest(&mut call.args.args.iter().map(Box::as_ref)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Duration::ZERO,
        Expr::VectorSelector(_) | Expr::Extension(_) => Duration::ZERO,
    }
}

/// Divides every duration by `factor`.
///
/// # Errors
/// The first duration that cannot be divided, as a sentence.
pub fn shrink(tree: &mut Expr, factor: u32) -> Result<(), String> {
    let mut outcome = Ok(());
    tree::each_mut(tree, &mut |node| {
        if outcome.is_ok() {
            outcome = shrink_node(node, factor);
        }
    });
    outcome
}

fn shrink_node(node: &mut Expr, factor: u32) -> Result<(), String> {
    match node {
        Expr::Subquery(subquery) => {
            divide(&mut subquery.range, factor)?;
            let step = subquery.step.as_mut().ok_or_else(|| {
                format!(
                    "the subquery over {} takes the source's own step, which does not shrink; write one",
                    display_duration(&subquery.range.saturating_mul(factor))
                )
            })?;
            divide(step, factor)?;
            moved(&mut subquery.offset, subquery.at.as_ref(), factor)
        }
        Expr::MatrixSelector(matrix) => {
            divide(&mut matrix.range, factor)?;
            moved(&mut matrix.vs.offset, matrix.vs.at.as_ref(), factor)
        }
        Expr::VectorSelector(selector) => moved(&mut selector.offset, selector.at.as_ref(), factor),
        _ => Ok(()),
    }
}

fn moved(offset: &mut Option<Offset>, at: Option<&AtModifier>, factor: u32) -> Result<(), String> {
    if let Some(at @ AtModifier::At(_)) = at {
        return Err(format!("`{at}` names an instant of the slow clock; leave it out"));
    }
    match offset {
        Some(Offset::Pos(by) | Offset::Neg(by)) => divide(by, factor),
        None => Ok(()),
    }
}

fn divide(duration: &mut Duration, factor: u32) -> Result<(), String> {
    let millis = duration.as_millis();
    let whole = factor > 0 && millis.is_multiple_of(u128::from(factor));
    let shrunk = if whole { millis / u128::from(factor) } else { 0 };
    if shrunk < 1000 {
        let written = display_duration(duration);
        return Err(format!(
            "the duration {written} divided by {factor} is not a whole time of at least 1s; write a multiple of {factor}s"
        ));
    }
    *duration = Duration::from_millis(u64::try_from(shrunk).unwrap_or(u64::MAX));
    Ok(())
}
