//! How a flagd flag stands: free to be cut, cut by us, or somebody else's.
//!
//! Owns the comparison of a flag with what a hold remembers of it. Total: every text has a
//! standing. Must not change anything.

use super::tree::{DEPTH_MAX, Tree};
use super::wrapper::{self, EXPIRES, INSTALLATION, Wrapper, expiry, mark, strip};
use crate::domain::model::flag::Standing;
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use chrono::{DateTime, Utc};

/// Levels that a wrapper adds, with room to spare.
const WRAPPER_DEPTH: usize = 8;

/// How the flag with the text `node` stands.
pub fn classify(node: &str, asked: &Asked<'_>) -> Standing {
    match (Tree::parse(node), asked.hold) {
        (Ok(flag), Some(hold)) => held(&flag, hold),
        (Ok(flag), None) => unheld(&flag, node.len(), asked),
        (Err(why), Some(_)) => Standing::Foreign(format!("it is no flag any more: {why}")),
        (Err(why), None) => Standing::Refused(refusal(format!("it is no flag: {why}"))),
    }
}

fn refusal(message: impl Into<String>) -> Reason {
    Reason::new(Code::FlagRefused, message)
}

fn unheld(flag: &Tree, length: usize, asked: &Asked<'_>) -> Standing {
    if let Some(why) = left_over(flag, asked.installation, asked.now) {
        return Standing::Refused(refusal(why));
    }
    if let Err(reason) = cuttable(flag, asked.fallback) {
        return Standing::Refused(reason);
    }
    let default = flag.get("defaultVariant").and_then(Tree::text);
    if default.as_deref() == Some(asked.fallback) && wrapper::targeting(flag).is_none() {
        return Standing::AtFallback;
    }
    if length > PRE_IMAGE_MAX {
        let message =
            format!("its text has {length} bytes, of which {PRE_IMAGE_MAX} can be kept; shorten it");
        return Standing::Refused(Reason::new(Code::PreImageTooLarge, message));
    }
    Standing::Free
}

/// A cut without a hold: an orphan of ours, or another installation's.
fn left_over(flag: &Tree, installation: &str, now: DateTime<Utc>) -> Option<String> {
    let wrapper = Wrapper::on(flag)?;
    let owner = mark(flag, INSTALLATION)?;
    let ends = match wrapper.until {
        None => "it does not end by itself".to_string(),
        Some(until) if until <= now => format!("it ended at {}", expiry(Some(until))),
        Some(until) => format!("it ends by itself at {}", expiry(Some(until))),
    };
    Some(match owner == installation {
        true => format!(
            "an earlier cut of ours is still on it, and no FlagHold remembers it; {ends}; \
             the sweep gives it back, or take the outer `if` and the flyball.dev marks off by hand"
        ),
        false => format!("installation {owner} has cut it; {ends}; let only one installation govern it"),
    })
}

/// Whether wrapping the targeting would serve `fallback` to everyone.
///
/// # Errors
/// The reason why not: field, value and what to do.
pub fn cuttable(flag: &Tree, fallback: &str) -> Result<(), Reason> {
    if flag.members().is_none() {
        return Err(refusal("it is not an object; a flag has state, variants and defaultVariant"));
    }
    match flag.get("state").map(Tree::text) {
        Some(Some(state)) if state == "ENABLED" => {}
        Some(Some(state)) if state == "DISABLED" => {
            return Err(refusal("state is DISABLED, so targeting has no effect; enable it"));
        }
        _ => return Err(refusal("state is neither ENABLED nor DISABLED; write ENABLED")),
    }
    let Some(variants) = flag.get("variants").filter(|v| v.members().is_some()) else {
        return Err(refusal("variants is not an object; write its variants by name"));
    };
    if variants.get(fallback).is_none() {
        let message = format!("variants has no {fallback:?}, which the cut would serve; add it");
        return Err(refusal(message));
    }
    default_variant(flag, variants)?;
    if wrapper::targeting(flag).is_some_and(|t| t.members().is_none()) {
        return Err(refusal("targeting is not an object; write a rule, or leave it out"));
    }
    if let Some(members) = wrapper::targeting(flag).and_then(crowded) {
        let message = format!(
            "targeting has an object with the members {members}, which engines refuse, a cut around it \
             included; write one operator to an object"
        );
        return Err(refusal(message));
    }
    if flag.get("metadata").is_some_and(|m| m.members().is_none() && !m.is_void()) {
        return Err(refusal("metadata is not an object; write one, or leave it out"));
    }
    if flag.depth() > DEPTH_MAX - WRAPPER_DEPTH {
        return Err(refusal(format!("it nests deeper than {}; flatten it", DEPTH_MAX - WRAPPER_DEPTH)));
    }
    Ok(())
}

/// The members of an object in a rule that has several; a rule is an object with one operator.
fn crowded(rule: &Tree) -> Option<String> {
    match rule {
        Tree::Object(members) if members.len() > 1 => {
            let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            Some(names.join(", "))
        }
        Tree::Object(members) => members.iter().find_map(|(_, inner)| crowded(inner)),
        Tree::Array(items) => items.iter().find_map(crowded),
        Tree::Scalar(_) => None,
    }
}

/// Absent and null leave the value to the application's code, which flagd allows.
fn default_variant(flag: &Tree, variants: &Tree) -> Result<(), Reason> {
    let Some(default) = flag.get("defaultVariant").filter(|d| !d.is_void()) else { return Ok(()) };
    match default.text() {
        Some(name) if variants.get(&name).is_some() => Ok(()),
        Some(name) => Err(refusal(format!("defaultVariant {name:?} is not in variants; correct it"))),
        None => Err(refusal("defaultVariant is not a string; write the name of a variant")),
    }
}

/// How a flag stands that `hold` is on.
pub fn held(flag: &Tree, hold: &FlagHold) -> Standing {
    let before = Tree::parse(&hold.pre_image).ok();
    if before.as_ref().is_some_and(|before| before.same(flag)) {
        return Standing::Free;
    }
    let Some(wrapper) = Wrapper::on(flag) else {
        return Standing::Foreign(without_wrapper(flag, before.as_ref()));
    };
    if let Some(why) = disowned(flag, &wrapper, before.as_ref(), hold) {
        return Standing::Foreign(why);
    }
    let Some(before) = before else {
        return Standing::CutAndEdited("the stored original cannot be read, so edits cannot be told".into());
    };
    let mut edits = changes(&before, flag);
    if !marked(flag, &wrapper, hold) {
        edits.push("our marks in metadata were changed".to_string());
    }
    match edits.is_empty() {
        true => Standing::Cut { fallback: wrapper.fallback, until: wrapper.until },
        false => Standing::CutAndEdited(edits.join(", ")),
    }
}

/// Whether the marks say that this very wrapper is ours.
fn marked(flag: &Tree, wrapper: &Wrapper, hold: &FlagHold) -> bool {
    mark(flag, INSTALLATION).as_ref() == Some(&hold.installation)
        && mark(flag, EXPIRES) == Some(expiry(wrapper.until))
}

/// Why a wrapper is not the one that `hold` put on, if it is not.
fn disowned(flag: &Tree, wrapper: &Wrapper, before: Option<&Tree>, hold: &FlagHold) -> Option<String> {
    if let Some(other) = mark(flag, INSTALLATION).filter(|id| *id != hold.installation) {
        return Some(format!("installation {other} has cut it"));
    }
    if wrapper.fallback != hold.fallback {
        return Some(format!("the cut serves {:?} instead of {:?}", wrapper.fallback, hold.fallback));
    }
    // Without marks it is ours only if it ends exactly when ours does, and was not there before.
    let new = before.is_none_or(|before| before.get("targeting") != flag.get("targeting"));
    if marked(flag, wrapper, hold) || (new && wrapper.until == wrapper::written(hold.deadline)) {
        return None;
    }
    Some(format!("the end of the cut was changed to {}", expiry(wrapper.until)))
}

fn without_wrapper(flag: &Tree, before: Option<&Tree>) -> String {
    let Some(before) = before else {
        return "the cut is not on it, and the stored original cannot be read".to_string();
    };
    let mut story = vec!["the cut is not on it".to_string()];
    let (then, now) = (wrapper::targeting(before), wrapper::targeting(flag));
    let same = match (then, now) {
        (Some(then), Some(now)) => then.same(now),
        (then, now) => then.is_none() && now.is_none(),
    };
    if !same {
        story.push("targeting is not the original".to_string());
    }
    story.extend(changes(before, flag));
    story.join(", ")
}

/// What differs beside targeting and our marks, one phrase for each member.
fn changes(before: &Tree, flag: &Tree) -> Vec<String> {
    let (before, after) = (bare(before), bare(flag));
    let none: &[(String, Tree)] = &[];
    let (old, new) = (before.members().unwrap_or(none), after.members().unwrap_or(none));
    let gone =
        old.iter().filter(|(name, _)| after.get(name).is_none()).map(|(n, _)| format!("{n} was removed"));
    let changed = new.iter().filter_map(|(name, now)| match before.get(name) {
        None => Some(format!("{name} was added")),
        Some(then) if then.same(now) => None,
        Some(then) => Some(match (then.text(), now.text()) {
            (Some(then), Some(now)) => format!("{name} was changed from {then:?} to {now:?}"),
            _ => format!("{name} was changed"),
        }),
    });
    gone.chain(changed).collect()
}

/// The flag less what a cut touches.
fn bare(flag: &Tree) -> Tree {
    let mut bare = strip(flag);
    bare.remove("targeting");
    if bare.get("metadata").is_some_and(Tree::is_void) {
        bare.remove("metadata");
    }
    bare
}
