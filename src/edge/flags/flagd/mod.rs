//! flagd documents: reading, cutting and restoring one flag in the text of many.
//!
//! Pure: text in, text out. A cut wraps the targeting of our flag and marks it; everything
//! outside the flag stays byte for byte, and a restore that finds nothing else changed puts the
//! original text back. An edit of a person is never overwritten: what is inside the wrapper
//! stays inside it, and what is beside it ends the cut.

pub mod document;
pub mod refs;
pub mod served;
pub mod standing;
pub mod tree;
pub mod wrapper;

#[cfg(test)]
mod engine_test;
#[cfg(test)]
mod property_test;
#[cfg(test)]
mod standing_test;

use crate::domain::model::flag::{FlagState, FlagTarget, Standing};
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use tree::{Layout, Tree};
use wrapper::Wrapper;

/// How the flag stands in `text`; None if it is not there.
///
/// # Errors
/// [`Fault::Malformed`]: the document cannot be understood, so nothing is known of the flag.
pub fn look(text: &str, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
    let spot = document::find(text, asked.key).map_err(Fault::Malformed)?;
    Ok(spot.map(|spot| {
        let document = text[spot].to_string();
        let standing = match standing::classify(&document, asked) {
            Standing::Free if asked.hold.is_none() => cuttable_in(text, &document, asked),
            standing => standing,
        };
        FlagState::plain(document, standing)
    }))
}

/// How a flag stands that is free: whether a cut of it would be served to everybody.
fn cuttable_in(text: &str, node: &str, asked: &Asked<'_>) -> Standing {
    let served = |flag: Tree| served::by_everybody(asked.key, &flag, asked.fallback, rules(text).as_ref());
    match Tree::parse(node).ok().map(served) {
        Some(Err(reason)) => Standing::Refused(reason),
        _ => Standing::Free,
    }
}

/// The rules of the document that others name.
fn rules(text: &str) -> Option<Tree> {
    if !text.contains("$ref") {
        return None;
    }
    let all = tree::members(text.strip_prefix(document::BOM).unwrap_or(text)).ok()?;
    let (_, rules) = all.into_iter().find(|(name, _)| name == "$evaluators")?;
    Tree::parse(rules.get()).ok()
}

/// `text` with the flag cut as `hold` says; None if it is so already.
///
/// # Errors
/// Absent, malformed, refused; a conflict if the flag is not `expected` or not ours to cut.
pub fn cut(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, hold)?;
    let node = &text[spot.clone()];
    let flag = parse(node)?;
    let original = match standing::held(&flag, hold) {
        Standing::Cut { until, .. } if until == wrapper::written(hold.deadline) => return Ok(None),
        Standing::Cut { .. } => Wrapper::on(&flag).and_then(|wrapper| wrapper.original),
        Standing::Free => {
            standing::cuttable(&flag, &hold.fallback).map_err(Fault::Refused)?;
            let (key, fallback) = (&hold.target.key, &hold.fallback);
            served::by_everybody(key, &flag, fallback, rules(text).as_ref()).map_err(Fault::Refused)?;
            wrapper::targeting(&flag).cloned()
        }
        other => return Err(not_ours(other)),
    };
    unchanged(node, expected)?;
    let cut = wrapper::put_on(&flag, original, hold);
    let node = cut.print(&document::layout(text, &spot));
    Ok(Some(document::splice(text, spot, &node)))
}

/// `text` with the cut taken off the flag, edits of others kept; None if it has its original.
///
/// # Errors
/// Absent, malformed; a conflict if the flag is not `expected` or no longer ours.
pub fn restore(text: &str, hold: &FlagHold, expected: &str) -> Result<Option<String>, Fault> {
    let spot = find(text, hold)?;
    let node = &text[spot.clone()];
    let Some(restored) = undone(node, hold, &document::layout(text, &spot))? else { return Ok(None) };
    unchanged(node, expected)?;
    Ok(Some(document::splice(text, spot, &restored)))
}

/// What the flag with the text `document` will be once the cut of `hold` is taken off.
///
/// # Errors
/// A conflict if the cut is not on it; refused if the result is too large to be kept.
pub fn original(document: &str, hold: &FlagHold) -> Result<String, Fault> {
    let layout = document::layout(document, &(0..document.len()));
    let original = undone(document, hold, &layout)?.unwrap_or_else(|| hold.pre_image.clone());
    if original.len() > PRE_IMAGE_MAX {
        let message =
            format!("its original has {} bytes, of which {PRE_IMAGE_MAX} can be kept", original.len());
        return Err(Fault::Refused(Reason::new(Code::PreImageTooLarge, message)));
    }
    Ok(original)
}

/// A hold for every cut in `text` with the mark of `installation`, as far as the document tells:
/// no claims, and the original as the pre-image. `target` names the flag of a key.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn orphans(
    text: &str,
    installation: &str,
    target: impl Fn(&str) -> FlagTarget,
) -> Result<Vec<FlagHold>, Fault> {
    let keys = document::keys(text).map_err(Fault::Malformed)?;
    let holds = keys.iter().filter_map(|key| {
        // A flag that stands there twice, or is no flag, is left alone; reading it says so.
        let spot = document::find(text, key).ok()??;
        let flag = Tree::parse(&text[spot.clone()]).ok()?;
        let wrapper = Wrapper::on(&flag)?;
        if wrapper::mark(&flag, wrapper::INSTALLATION)? != installation {
            return None;
        }
        let pre_image =
            wrapper::take_off(&flag, wrapper.original, None).print(&document::layout(text, &spot));
        Some(FlagHold {
            target: target(key),
            installation: installation.to_string(),
            pre_image,
            uid: None,
            fallback: wrapper.fallback,
            deadline: wrapper.until,
            claims: Vec::new(),
            created: None,
        })
    });
    Ok(holds.filter(|hold| hold.pre_image.len() <= PRE_IMAGE_MAX).collect())
}

fn find(text: &str, hold: &FlagHold) -> Result<std::ops::Range<usize>, Fault> {
    document::find(text, &hold.target.key).map_err(Fault::Malformed)?.ok_or(Fault::Absent)
}

fn parse(node: &str) -> Result<Tree, Fault> {
    Tree::parse(node).map_err(|why| Fault::Conflict(format!("it is no flag any more: {why}")))
}

/// The text of the flag with the cut taken off; None if it has its original already.
fn undone(node: &str, hold: &FlagHold, layout: &Layout) -> Result<Option<String>, Fault> {
    let flag = parse(node)?;
    match standing::held(&flag, hold) {
        Standing::Free => return Ok(None),
        Standing::Cut { .. } | Standing::CutAndEdited(_) => {}
        other => return Err(not_ours(other)),
    }
    let original = Wrapper::on(&flag).and_then(|wrapper| wrapper.original);
    let before = Tree::parse(&hold.pre_image).ok();
    let bare = wrapper::take_off(&flag, original, before.as_ref());
    let whole = before.is_some_and(|before| wrapper::strip(&before).same(&bare));
    Ok(Some(if whole { hold.pre_image.clone() } else { bare.print(layout) }))
}

fn not_ours(standing: Standing) -> Fault {
    match standing {
        Standing::Foreign(what) | Standing::CutAndEdited(what) => Fault::Conflict(what),
        Standing::Refused(reason) => Fault::Refused(reason),
        Standing::Free | Standing::AtFallback | Standing::Cut { .. } => {
            Fault::Conflict("the cut is not on it".to_string())
        }
    }
}

/// Whether a flag is still as it was read. White space and order of members may differ: nothing of an
/// edit is lost by that.
///
/// # Errors
/// A conflict.
pub fn unchanged(node: &str, expected: &str) -> Result<(), Fault> {
    let same = || Some(Tree::parse(node).ok()?.same(&Tree::parse(expected).ok()?));
    match node == expected || same().unwrap_or(false) {
        true => Ok(()),
        false => Err(Fault::Conflict("it was changed since it was read".to_string())),
    }
}
