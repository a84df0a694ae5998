//! FeatureFlag objects: `spec.flagSpec` is a flagd document as the API server keeps it.
//!
//! Pure: an object in, a patch of one flag out. Older definitions of FeatureFlag drop the
//! `metadata` of a flag and our marks with it; our note on the object stands in for them then.

use crate::domain::model::flag::{FlagState, FlagTarget};
use crate::domain::model::hold::FlagHold;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use crate::edge::flags::flagd::tree::{Layout, Tree, members};
use crate::edge::flags::flagd::wrapper::{self, Marks, Wrapper};
use crate::edge::flags::flagd::{self, document};
use crate::edge::flags::object::body::Body;
use crate::edge::flags::object::note::Note;
use crate::edge::flags::object::patch::{Op, path, raw};

/// The label of objects that are ours alone, and its value: what we cut in them are copies.
pub const OVERLAY: (&str, &str) = ("flyball.dev/overlay", "true");

/// Where the flagd document stands in the object.
pub const DOCUMENT: [&str; 2] = ["spec", "flagSpec"];

/// How the flag stands; None if it is not there.
///
/// # Errors
/// [`Fault::Malformed`]: the object cannot be understood.
pub fn look(body: &Body, target: &FlagTarget, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
    match text(body, target)? {
        Some(text) => flagd::look(&text, asked),
        None => Ok(None),
    }
}

/// What cuts the flag; None if it is cut so already.
///
/// # Errors
/// As [`flagd::cut`].
pub fn cut(body: &Body, hold: &FlagHold, expected: &str) -> Result<Option<Vec<Op>>, Fault> {
    let before = text(body, &hold.target)?.ok_or(Fault::Absent)?;
    let Some(after) = flagd::cut(&before, hold, expected)? else { return Ok(None) };
    let note = Note::of(hold, false).put_on(body, &hold.target.hold_name());
    Ok(Some(vec![replaced(&after, &hold.target.key)?, note]))
}

/// What gives the flag its original; None if it has it.
///
/// # Errors
/// As [`flagd::restore`].
pub fn restore(body: &Body, hold: &FlagHold, expected: &str) -> Result<Option<Vec<Op>>, Fault> {
    let before = text(body, &hold.target)?.ok_or(Fault::Absent)?;
    let Some(after) = flagd::restore(&before, hold, expected)? else { return Ok(None) };
    let note = Note::take_off(body, &hold.target.hold_name());
    Ok(Some([replaced(&after, &hold.target.key)?].into_iter().chain(note).collect()))
}

/// A hold for every cut of ours in the object.
///
/// # Errors
/// As [`flagd::orphans`].
pub fn orphans(
    body: &Body,
    installation: &str,
    target: impl Fn(&str) -> FlagTarget,
) -> Result<Vec<FlagHold>, Fault> {
    let is_overlay = body.label(OVERLAY.0) == Some(OVERLAY.1);
    let text = body.part(&DOCUMENT).map(str::to_string).filter(|text| has_flags(text) && !is_overlay);
    let Some(mut text) = text else {
        return Ok(Vec::new());
    };
    for (hold, note) in Note::all(body) {
        text = signed(text, &note, &hold);
    }
    let mut found = flagd::orphans(&text, installation, target)?;
    found.iter_mut().for_each(|hold| hold.uid = body.meta.uid.clone());
    Ok(found)
}

/// The document, our note on the flag written into it.
fn text(body: &Body, target: &FlagTarget) -> Result<Option<String>, Fault> {
    let Some(text) = body.part(&DOCUMENT) else {
        let why = "spec.flagSpec is not there; write its flags under spec.flagSpec.flags";
        return Err(Fault::Malformed(why.to_string()));
    };
    if !has_flags(text) {
        return Ok(None);
    }
    let hold = target.hold_name();
    Ok(Some(match Note::on(body, &hold).filter(|note| note.key == target.key) {
        Some(note) => signed(text.to_string(), &note, &hold),
        None => text.to_string(),
    }))
}

/// Whether a document has flags at all.
pub fn has_flags(text: &str) -> bool {
    members(text).is_ok_and(|members| members.iter().any(|(name, _)| name == "flags"))
}

/// The document with the marks of `note` on its flag, if the flag has none and carries the very
/// cut that the note tells of.
fn signed(text: String, note: &Note, hold: &str) -> String {
    let sign = || {
        let spot = document::find(&text, &note.key).ok()??;
        let mut flag = Tree::parse(&text[spot.clone()]).ok()?;
        let wrapper = Wrapper::on(&flag)?;
        let same = wrapper.fallback == note.fallback && wrapper::expiry(wrapper.until) == note.expires;
        if !same || wrapper::mark(&flag, wrapper::INSTALLATION).is_some() {
            return None;
        }
        let decision = note.decision.as_deref();
        let (installation, expires) = (&note.installation, &note.expires);
        wrapper::sign(&mut flag, &Marks { installation, hold, decision, expires });
        Some(document::splice(&text, spot, &flag.print(&Layout::Compact)))
    };
    sign().unwrap_or(text)
}

fn replaced(text: &str, key: &str) -> Result<Op, Fault> {
    let spot = document::find(text, key).map_err(Fault::Malformed)?.ok_or(Fault::Absent)?;
    let [spec, document] = DOCUMENT;
    Ok(Op::Replace { path: path(&[spec, document, "flags", key]), value: raw(text[spot].to_string()) })
}
