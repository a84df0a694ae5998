//! A FeatureFlag of our own beside the one that others keep: a flag is copied into it with its targeting
//! wrapped, and wins there; giving back takes the copy out.
//!
//! Pure: both objects in, a patch of ours out. What others write into theirs is nobody's conflict; the
//! copy is made anew when theirs changed. Our note on our object, with a digest of the copy, says that it
//! is ours and whole: a copy that somebody edited is theirs.

use crate::domain::model::flag::{FlagState, FlagTarget, ObjectName, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::id::digest;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use crate::edge::flags::flagd::tree::{Layout, Tree};
use crate::edge::flags::flagd::wrapper::{self, Wrapper};
use crate::edge::flags::flagd::{document, refs, served, standing, unchanged};
use crate::edge::flags::object::body::Body;
use crate::edge::flags::object::feature_flag::{DOCUMENT, OVERLAY, has_flags};
use crate::edge::flags::object::note::Note;
use crate::edge::flags::object::patch::{Op, path, raw, text};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// Both objects, as far as they are there.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The one that others keep.
    pub base: Option<&'a Body>,
    pub ours: Option<&'a Body>,
}

/// What is to be done to our object.
#[derive(Debug)]
pub enum Change {
    /// It is not there: it is made, empty, and looked at again.
    Make,
    Patch(Vec<Op>),
}

/// The object that others keep, of a flag that is held beside it.
pub fn base(target: &FlagTarget) -> Option<ObjectName> {
    let (namespace, name) = target.project.as_deref()?.split_once('/')?;
    Some(ObjectName { namespace: namespace.to_string(), name: name.to_string() })
}

/// Our object with no flag in it.
pub fn empty(object: &ObjectName) -> Value {
    let (label, value) = OVERLAY;
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": {"namespace": object.namespace, "name": object.name, "labels": {label: value}},
        "spec": {"flagSpec": {"flags": {}}},
    })
}

/// How the flag stands; None if it is in neither object.
///
/// # Errors
/// [`Fault::Malformed`]: an object cannot be understood.
pub fn look(pair: Pair<'_>, target: &FlagTarget, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
    let copy = pair.ours.map(|body| flag(body, asked.key)).transpose()?.flatten();
    let theirs = pair.base.map(|body| flag(body, asked.key)).transpose()?.flatten();
    let whole = pair.base.zip(theirs.as_ref()).map(|(body, theirs)| alone(body, theirs)).transpose();
    let refuse = |message: String| Standing::Refused(Reason::new(Code::FlagRefused, message));
    Ok(match (copy, asked.hold, theirs) {
        (Some(copy), Some(hold), _) => {
            let standing = held(pair.ours, &copy, whole.ok().flatten().as_deref(), hold);
            Some(FlagState::plain(copy, standing))
        }
        (None, Some(hold), _) => {
            let document = whole.ok().flatten().unwrap_or_else(|| hold.pre_image.clone());
            Some(FlagState::plain(document, Standing::Free))
        }
        (Some(copy), None, theirs) => {
            let standing = refuse(in_the_way(pair.ours, target, asked.installation));
            Some(FlagState::plain(theirs.unwrap_or(copy), standing))
        }
        (None, None, Some(theirs)) => Some(match whole {
            Err(why) => FlagState::plain(theirs, refuse(why)),
            Ok(whole) => {
                let whole = whole.unwrap_or(theirs);
                let standing = match standing::classify(&whole, asked) {
                    Standing::Free => {
                        wanted(&whole, asked.key, asked.fallback).map_or_else(unfit, |_| Standing::Free)
                    }
                    standing => standing,
                };
                FlagState::plain(whole, standing)
            }
        }),
        (None, None, None) => None,
    })
}

/// What cuts the flag in our object; None if it is cut so already.
///
/// # Errors
/// Absent, malformed, refused; a conflict if the flag is not `expected` or not ours to cut.
pub fn cut(pair: Pair<'_>, hold: &FlagHold, expected: &str) -> Result<Option<Change>, Fault> {
    let key = &hold.target.key;
    let theirs = pair.base.map(|body| Ok((body, flag(body, key)?))).transpose()?;
    let whole = theirs.and_then(|(body, theirs)| theirs.map(|theirs| alone(body, &theirs))).transpose();
    let theirs = whole.map_err(|why| Fault::Refused(Reason::new(Code::FlagRefused, why)))?;
    let Some(ours) = pair.ours else {
        wanted(&theirs.ok_or(Fault::Absent)?, key, &hold.fallback)?;
        return Ok(Some(Change::Make));
    };
    let copy = flag(ours, key)?;
    let (before, source) = match (&copy, theirs) {
        (Some(copy), theirs) => match held(Some(ours), copy, theirs.as_deref(), hold) {
            Standing::Cut { .. } => (copy.clone(), theirs.map_or_else(|| uncut(copy), Ok)?),
            other => return Err(not_ours(other)),
        },
        (None, Some(theirs)) => (theirs.clone(), theirs),
        (None, None) => return Err(Fault::Absent),
    };
    let cut = put_on(&wanted(&source, key, &hold.fallback)?, hold);
    if copy
        .as_deref()
        .map(parse)
        .transpose()?
        .is_some_and(|copy| alike(&copy, &cut) && ends_alike(&copy, &cut))
    {
        return Ok(None);
    }
    unchanged(&before, expected)?;
    let note =
        Note { base: hold.target.project.clone(), digest: Some(digest_of(&cut)), ..Note::of(hold, false) };
    let mut ops = placed(ours, key, &cut, copy.is_some());
    ops.extend(labelled(ours));
    ops.push(note.put_on(ours, &hold.target.hold_name()));
    Ok(Some(Change::Patch(ops)))
}

/// What takes the flag out of our object; None if it is not in it.
///
/// # Errors
/// Malformed; a conflict if the copy is not `expected` or no longer ours.
pub fn restore(pair: Pair<'_>, hold: &FlagHold, expected: &str) -> Result<Option<Change>, Fault> {
    let Some(ours) = pair.ours else { return Ok(None) };
    let note = Note::take_off(ours, &hold.target.hold_name());
    let Some(copy) = flag(ours, &hold.target.key)? else {
        return Ok(note.map(|note| Change::Patch(vec![note])));
    };
    match held(Some(ours), &copy, None, hold) {
        Standing::Cut { .. } => {}
        other => return Err(not_ours(other)),
    }
    unchanged(&copy, expected)?;
    let [spec, document] = DOCUMENT;
    let out = Op::Remove { path: path(&[spec, document, "flags", &hold.target.key]) };
    Ok(Some(Change::Patch([out].into_iter().chain(note).collect())))
}

/// A hold for every copy of ours in our object, and a sentence for each that somebody edited. `target`
/// names the flag of a key.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn orphans(
    ours: &Body,
    installation: &str,
    target: impl Fn(&str) -> FlagTarget,
) -> Result<(Vec<FlagHold>, Vec<String>), Fault> {
    let (mut holds, mut lost) = (Vec::new(), Vec::new());
    for (_, note) in Note::all(ours).into_iter().filter(|(_, note)| note.installation == installation) {
        let Some(copy) = flag(ours, &note.key)? else { continue };
        let target = FlagTarget { project: note.base.clone(), ..target(&note.key) };
        let whole = parse(&copy).ok().filter(|copy| note.digest.as_ref() == Some(&digest_of(copy)));
        match (whole.as_ref().and_then(Wrapper::on), note.base) {
            (Some(wrapper), Some(_)) => holds.push(FlagHold {
                target,
                installation: installation.to_string(),
                pre_image: uncut(&copy)?,
                uid: None,
                fallback: wrapper.fallback,
                deadline: wrapper.until,
                claims: Vec::new(),
                created: None,
            }),
            _ => lost.push(format!(
                "key {} is a copy of ours that somebody edited, and no FlagHold remembers it; take it out, or it \
                 hides what the flag is elsewhere",
                note.key
            )),
        }
    }
    Ok((holds, lost))
}

/// A flag as it stands without the rest of its document: what its rule names is put into it.
///
/// # Errors
/// A sentence: what it names is not there, or too much.
fn alone(body: &Body, text: &str) -> Result<String, String> {
    let mut flag = Tree::parse(text).map_err(|why| format!("it is no flag: {why}"))?;
    let Some(rule) = wrapper::targeting(&flag).filter(|_| text.contains("$ref")) else {
        return Ok(text.to_string());
    };
    let [spec, document] = DOCUMENT;
    let rules = body.part(&[spec, document, "$evaluators"]).and_then(|text| Tree::parse(text).ok());
    let rule = refs::unfolded(rule, rules.as_ref())?;
    flag.set("targeting", rule);
    Ok(flag.print(&Layout::Compact))
}

/// How a copy stands under `hold`. `theirs` is the flag that it should be a copy of, as it is now.
fn held(ours: Option<&Body>, copy: &str, theirs: Option<&str>, hold: &FlagHold) -> Standing {
    let foreign = |what: &str| Standing::Foreign(format!("{what} in the object that is ours alone"));
    let Ok(copy) = parse(copy) else { return foreign("it was replaced by what is no flag") };
    let Some(note) = ours.and_then(|body| Note::on(body, &hold.target.hold_name())) else {
        return foreign("our note on it was taken away");
    };
    let Some(wrapper) = Wrapper::on(&copy) else { return foreign("the cut was taken off it") };
    if note.installation != hold.installation {
        return Standing::Foreign(format!("installation {} has cut it", note.installation));
    }
    if note.digest != Some(digest_of(&copy)) || wrapper.fallback != hold.fallback {
        return foreign("it was changed");
    }
    let now = theirs.and_then(|theirs| wanted(theirs, &hold.target.key, &hold.fallback).ok());
    let fresh = now.is_none_or(|flag| alike(&copy, &put_on(&flag, hold)));
    let until = if fresh { wrapper.until } else { Some(outdated(wrapper.until)) };
    Standing::Cut { fallback: wrapper.fallback, until }
}

/// The end of a cut whose copy is not what the flag is by now: none that a hold has, so that it is
/// written again.
fn outdated(until: Option<DateTime<Utc>>) -> DateTime<Utc> {
    until.and_then(|until| until.checked_sub_signed(TimeDelta::seconds(1))).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The flag that a copy is made of, if it can be cut.
fn wanted(theirs: &str, key: &str, fallback: &str) -> Result<Tree, Fault> {
    let flag = parse(theirs)?;
    standing::cuttable(&flag, fallback).map_err(Fault::Refused)?;
    served::by_everybody(key, &flag, fallback, None).map_err(Fault::Refused)?;
    Ok(flag)
}

/// The copy that should stand in our object.
fn put_on(flag: &Tree, hold: &FlagHold) -> Tree {
    wrapper::put_on(flag, wrapper::targeting(flag).cloned(), hold)
}

fn unfit(fault: Fault) -> Standing {
    match fault {
        Fault::Refused(reason) => Standing::Refused(reason),
        other => Standing::Refused(Reason::new(Code::FlagRefused, format!("it cannot be cut: {other:?}"))),
    }
}

/// The flag that a copy was made of.
fn uncut(copy: &str) -> Result<String, Fault> {
    let copy = parse(copy)?;
    let original = Wrapper::on(&copy).and_then(|wrapper| wrapper.original);
    Ok(wrapper::take_off(&copy, original, None).print(&Layout::Compact))
}

/// Whether two cuts are of the same flag; their ends and marks do not count.
fn alike(one: &Tree, other: &Tree) -> bool {
    let bare = |cut: &Tree| {
        let original = Wrapper::on(cut).and_then(|wrapper| wrapper.original);
        wrapper::take_off(cut, original, None)
    };
    bare(one).same(&bare(other))
}

fn ends_alike(one: &Tree, other: &Tree) -> bool {
    let end = |cut: &Tree| Wrapper::on(cut).map(|wrapper| (wrapper.fallback, wrapper.until));
    end(one) == end(other)
}

/// Changes with what a copy serves. Our marks, which older definitions drop, do not count.
fn digest_of(copy: &Tree) -> String {
    let mut bare = wrapper::strip(copy);
    if bare.get("metadata").is_some_and(Tree::is_void) {
        bare.remove("metadata");
    }
    digest(&[&bare.canonical()], 32)
}

/// Why a key that stands in our object without a hold keeps the flag from being cut.
fn in_the_way(ours: Option<&Body>, target: &FlagTarget, installation: &str) -> String {
    let place = target.object.as_ref().map(|o| format!("{}/{}", o.namespace, o.name)).unwrap_or_default();
    let note = ours.and_then(|body| Note::on(body, &target.hold_name()));
    match note {
        Some(note) if note.installation == installation => format!(
            "an earlier cut of ours is still on it in FeatureFlag {place}, and no FlagHold remembers it; the \
             sweep gives it back, or take the key out of that object by hand"
        ),
        Some(note) => format!(
            "installation {} has cut it in FeatureFlag {place}; let only one installation govern it",
            note.installation
        ),
        None => format!(
            "FeatureFlag {place} has a key of that name that is none of ours, and the object is to be ours \
             alone; take the key out, or name another object"
        ),
    }
}

fn placed(ours: &Body, key: &str, cut: &Tree, there: bool) -> Vec<Op> {
    let [spec, document] = DOCUMENT;
    let value = cut.print(&Layout::Compact);
    let flags = ours.part(&DOCUMENT).is_some_and(has_flags);
    let here = path(&[spec, document, "flags", key]);
    vec![match (there, flags) {
        (true, _) => Op::Replace { path: here, value: raw(value) },
        (false, true) => Op::Add { path: here, value: raw(value) },
        (false, false) => {
            let name = Value::from(key);
            Op::Add {
                path: path(&[spec]),
                value: raw(format!(r#"{{"flagSpec":{{"flags":{{{name}:{value}}}}}}}"#)),
            }
        }
    }]
}

/// What marks the object as ours, where it is not.
fn labelled(ours: &Body) -> Option<Op> {
    let (label, value) = OVERLAY;
    if ours.label(label) == Some(value) {
        return None;
    }
    Some(match &ours.meta.labels {
        Some(_) => Op::Add { path: path(&["metadata", "labels", label]), value: text(value) },
        None => {
            Op::Add { path: path(&["metadata", "labels"]), value: raw(json!({ label: value }).to_string()) }
        }
    })
}

/// The text of a flag in an object.
fn flag(body: &Body, key: &str) -> Result<Option<String>, Fault> {
    let Some(text) = body.part(&DOCUMENT).filter(|text| has_flags(text)) else { return Ok(None) };
    let spot = document::find(text, key).map_err(Fault::Malformed)?;
    Ok(spot.map(|spot| text[spot].to_string()))
}

fn parse(text: &str) -> Result<Tree, Fault> {
    Tree::parse(text).map_err(|why| Fault::Malformed(format!("it is no flag: {why}")))
}

fn not_ours(standing: Standing) -> Fault {
    match standing {
        Standing::Foreign(what) => Fault::Conflict(what),
        other => Fault::Conflict(format!("it stands as {other:?}")),
    }
}
