//! What a step changes of an issue: our part of its text, and whether it is open.
//!
//! Owns the lines that say how an issue stands. What people wrote stays, and where they took our part
//! out, the whole text does.

use super::forge::draft::{Edit, Turn};
use super::mark;
use super::text::escape::prose;
use super::text::render::{Texts, fresh};
use crate::domain::model::issue::IssuePlan;
use crate::domain::model::upkeep::{Found, Mark, Step};

/// The change of a step; None: it changes no issue that is there.
pub fn of(step: &Step, plan: &IssuePlan, found: &[Found], texts: &Texts) -> Option<Edit> {
    let of = |number: u64| found.iter().find(|one| one.number == number);
    Some(match step {
        Step::Rest(_) | Step::Create => return None,
        Step::Update(number) => rewritten(plan, texts, *number, of(*number), None),
        Step::Reopen(number) => rewritten(plan, texts, *number, of(*number), Some(Turn::Reopen)),
        Step::Close(number) => {
            let standing = "**Closed by Flyball**: the service was healthy for long enough.";
            restated(*number, of(*number), Some(Turn::Close), standing, |mark| mark.closed = true)
        }
        Step::Leave(number) => {
            let why = plan.story.reasons.first().map_or("nobody asks for it any more", String::as_str);
            let standing = format!(
                "**Left by Flyball**: {}, so nobody watches this any more. Whether the trouble is over is not \
                 known: close it once it is.",
                prose(why)
            );
            restated(*number, of(*number), None, &standing, |mark| mark.left = true)
        }
        Step::Twin { number, of: kept } => {
            let url = of(*kept).map_or("", |kept| kept.url.as_str());
            let standing =
                format!("**Closed by Flyball**: #{kept} ({url}) is about the same, and was there first.");
            restated(*number, of(*number), Some(Turn::Drop), &standing, |mark| {
                (mark.closed, mark.twin_of) = (true, Some(*kept));
            })
        }
    })
}

/// Our part of the text anew.
fn rewritten(
    plan: &IssuePlan,
    texts: &Texts,
    number: u64,
    found: Option<&Found>,
    turn: Option<Turn>,
) -> Edit {
    let body = found.and_then(|found| {
        let next = fresh(plan);
        let evidence = found.mark.as_ref().is_some_and(|mark| mark.evidence);
        // A text with evidence is not given up for one without.
        if evidence && !next.evidence {
            let standing = "Opened again by Flyball: the trouble is back, or has grown.";
            return mark::restate(&found.body, &Mark { evidence, ..next }, standing);
        }
        mark::replace(&found.body, &plan.issue.fingerprint, &texts.block(plan))
    });
    Edit { number, body, turn, version: found.and_then(|found| found.version) }
}

/// Another line on how it stands.
fn restated(
    number: u64,
    found: Option<&Found>,
    turn: Option<Turn>,
    standing: &str,
    change: impl FnOnce(&mut Mark),
) -> Edit {
    let body = found.and_then(|found| {
        let mut mark = found.mark.clone()?;
        change(&mut mark);
        // It says so already: text and state are two writes somewhere, and the second one was lost.
        if found.mark.as_ref() == Some(&mark) {
            return None;
        }
        mark::restate(&found.body, &mark, standing)
    });
    Edit { number, body, turn, version: found.and_then(|found| found.version) }
}
