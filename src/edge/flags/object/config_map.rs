//! ConfigMaps: a flagd document under one key, or plain values, each under its own.
//!
//! Pure: an object in, a patch of one key out. Only a ConfigMap that carries the label is cut;
//! giving back asks for no label.

use crate::domain::model::flag::{FlagState, FlagTarget, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use crate::edge::flags::flagd;
use crate::edge::flags::object::body::Body;
use crate::edge::flags::object::note::Note;
use crate::edge::flags::object::patch::{self, Op, path};
use crate::edge::flags::object::whose;
use crate::edge::flags::plain;

/// The label that opens a ConfigMap to us, and its value.
pub const LABEL: (&str, &str) = ("flyball.dev/flags", "true");

/// How a flag of the document under `key` stands; None if one of the two is not there.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn look_in_document(body: &Body, key: &str, asked: &Asked<'_>) -> Result<Option<FlagState>, Fault> {
    let Some(text) = body.value(key)? else { return Ok(None) };
    Ok(flagd::look(&text, asked)?.map(|state| closed(body, state, asked)))
}

/// What cuts a flag of the document under `key`; None if it is cut so already.
///
/// # Errors
/// As [`flagd::cut`]; refused where the ConfigMap is not open to us.
pub fn cut_in_document(
    body: &Body,
    key: &str,
    hold: &FlagHold,
    expected: &str,
) -> Result<Option<Vec<Op>>, Fault> {
    let text = body.value(key)?.ok_or(Fault::Absent)?;
    let Some(after) = flagd::cut(&text, hold, expected)? else { return Ok(None) };
    open(body).map_err(Fault::Refused)?;
    Ok(Some(vec![replaced(key, &after)]))
}

/// What gives a flag of the document under `key` its original; None if it has it.
///
/// # Errors
/// As [`flagd::restore`].
pub fn restore_in_document(
    body: &Body,
    key: &str,
    hold: &FlagHold,
    expected: &str,
) -> Result<Option<Vec<Op>>, Fault> {
    let text = body.value(key)?.ok_or(Fault::Absent)?;
    Ok(flagd::restore(&text, hold, expected)?.map(|after| vec![replaced(key, &after)]))
}

/// How the plain value of a flag stands; None if it is not there.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn look_at_value(
    body: &Body,
    target: &FlagTarget,
    us: &str,
    asked: &Asked<'_>,
) -> Result<Option<FlagState>, Fault> {
    let Some(value) = body.value(asked.key)? else { return Ok(None) };
    let mut state = plain::look(&value, asked);
    let note = Note::on(body, &target.hold_name());
    let ours = whose::is_written_by(body, &["data", asked.key], us) != Some(false);
    state.standing = match (state.standing, note) {
        (Standing::Cut { .. }, _) if !ours => {
            Standing::Foreign("somebody else has set it to the fallback".to_string())
        }
        (Standing::AtFallback, Some(note)) if ours && note.fallback == value => {
            Standing::Refused(Reason::new(Code::FlagRefused, left_over(&note, asked.installation)))
        }
        (standing, _) => standing,
    };
    Ok(Some(closed(body, state, asked)))
}

/// What sets a plain value to the fallback; None if it is there already.
///
/// # Errors
/// As [`plain::cut`]; refused where the ConfigMap is not open to us.
pub fn cut_value(body: &Body, hold: &FlagHold, expected: &str) -> Result<Option<Vec<Op>>, Fault> {
    let value = body.value(&hold.target.key)?.ok_or(Fault::Absent)?;
    let Some(after) = plain::cut(&value, hold, expected)? else { return Ok(None) };
    open(body).map_err(Fault::Refused)?;
    let note = Note::of(hold, true).put_on(body, &hold.target.hold_name());
    Ok(Some(vec![replaced(&hold.target.key, after), note]))
}

/// What sets a plain value to its original; None if it is there already.
///
/// # Errors
/// As [`plain::restore`].
pub fn restore_value(body: &Body, hold: &FlagHold, expected: &str) -> Result<Option<Vec<Op>>, Fault> {
    let value = body.value(&hold.target.key)?.ok_or(Fault::Absent)?;
    let Some(after) = plain::restore(&value, hold, expected)? else { return Ok(None) };
    let note = Note::take_off(body, &hold.target.hold_name());
    Ok(Some([replaced(&hold.target.key, after)].into_iter().chain(note).collect()))
}

/// A hold for every plain value that is still as we cut it, and a sentence for each whose original
/// nobody knows.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn orphaned_values(
    body: &Body,
    (installation, us): (&str, &str),
    target: impl Fn(&str) -> FlagTarget,
) -> Result<(Vec<FlagHold>, Vec<String>), Fault> {
    let values = body.values()?;
    let (mut holds, mut lost) = (Vec::new(), Vec::new());
    for (_, note) in Note::all(body).into_iter().filter(|(_, note)| note.installation == installation) {
        let cut = values.get(&note.key) == Some(&note.fallback);
        if !cut || whose::is_written_by(body, &["data", &note.key], us) == Some(false) {
            continue;
        }
        match note.original {
            Some(pre_image) => holds.push(FlagHold {
                target: target(&note.key),
                installation: note.installation,
                pre_image,
                uid: body.meta.uid.clone(),
                fallback: note.fallback,
                deadline: None,
                claims: Vec::new(),
                created: None,
            }),
            None => lost.push(format!(
                "key {} is at {:?} by a cut of ours that no FlagHold remembers, and was too long to be \
                 noted; set it by hand",
                note.key, note.fallback
            )),
        }
    }
    Ok((holds, lost))
}

/// The state of a flag that nobody holds, refused where the ConfigMap is not open to us.
fn closed(body: &Body, mut state: FlagState, asked: &Asked<'_>) -> FlagState {
    if let (Standing::Free, None, Err(reason)) = (&state.standing, asked.hold, open(body)) {
        state.standing = Standing::Refused(reason);
    }
    state
}

/// Whether the ConfigMap may be cut.
fn open(body: &Body) -> Result<(), Reason> {
    let (label, value) = LABEL;
    let name = body.meta.name.as_deref().unwrap_or_default();
    let namespace = body.meta.namespace.as_deref().unwrap_or_default();
    let message = if body.is_immutable() {
        format!("ConfigMap {namespace}/{name} is immutable; create it anew without `immutable: true`")
    } else if body.label(label) != Some(value) {
        format!(
            "ConfigMap {namespace}/{name} lacks the label {label}: \"{value}\"; allow it with kubectl \
             label configmap -n {namespace} {name} {label}={value}"
        )
    } else {
        return Ok(());
    };
    Err(Reason::new(Code::FlagRefused, message))
}

fn left_over(note: &Note, installation: &str) -> String {
    match note.installation == installation {
        true => "an earlier cut of ours is still on it, and no FlagHold remembers it; the sweep gives it \
                 back, or set it by hand"
            .to_string(),
        false => {
            let other = &note.installation;
            format!("installation {other} has cut it; let only one installation govern it")
        }
    }
}

fn replaced(key: &str, value: &str) -> Op {
    Op::Replace { path: path(&["data", key]), value: patch::text(value) }
}
