//! What an answer shows of a flag, and what several answers mean together.
//!
//! Pure.

use super::render::Filling;
use crate::domain::model::flag::{FlagState, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::accept::request::{Read, VersionAt};
use crate::edge::crd::accept::slots::Slots;
use crate::edge::crd::kind::flag_server::ValueForm;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::plain;
use crate::edge::http::answer::Reply;
use serde_json::Value;

/// A value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub value: String,
    pub version: Option<String>,
}

/// What `reply` shows; None if the flag is not in it.
///
/// # Errors
/// A sentence that repeats nothing of the answer.
pub fn shown(
    read: &Read,
    reply: &Reply,
    filling: &Filling<'_>,
    form: ValueForm,
) -> Result<Option<Shown>, String> {
    let text = std::str::from_utf8(&reply.body).map_err(|_| "the answer is not UTF-8".to_string())?;
    let pointed = read.value.is_some() || matches!(read.version, Some(VersionAt::Pointer(_)));
    let json: Option<Value> = match pointed || form == ValueForm::Json {
        true => Some(serde_json::from_str(text).map_err(|error| {
            format!("the answer is no JSON, at line {} column {}", error.line(), error.column())
        })?),
        false => None,
    };
    let at = |pointer: &[Slots]| -> Option<&Value> {
        pointer.iter().try_fold(json.as_ref()?, |here, part| match here {
            Value::Object(members) => members.get(&filling.fill(part)),
            Value::Array(items) => items.get(filling.fill(part).parse::<usize>().ok()?),
            _ => None,
        })
    };
    let version = match &read.version {
        None => None,
        Some(VersionAt::Header(name)) => {
            let found = reply.header(name).ok_or_else(|| format!("the answer has no header {name}"))?;
            Some(found.to_string())
        }
        Some(VersionAt::Pointer(pointer)) => match at(pointer) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => return Err("no version stands where `version` points".to_string()),
        },
    };
    let value = match (&read.value, form) {
        (None, ValueForm::Text) => text.to_string(),
        (None, ValueForm::Json) => json.as_ref().map_or_else(|| Ok(String::new()), scalar)?,
        (Some(pointer), form) => match (at(pointer), form) {
            (None | Some(Value::Null), _) => return Ok(None),
            (Some(Value::String(text)), ValueForm::Text) => text.clone(),
            (Some(found), ValueForm::Json) => scalar(found)?,
            (Some(_), ValueForm::Text) => {
                return Err("what stands where `value` points is no string; write values: Json".to_string());
            }
        },
    };
    Ok(Some(Shown { value, version }))
}

/// The one text of a JSON value. Those of lists and objects are many, so they are not compared.
fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("the value is neither true or false, nor a number, nor a string".to_string())
        }
    }
}

/// How a flag stands that shows `values`, one for each read.
pub fn state(mut values: Vec<String>, asked: &Asked<'_>, form: ValueForm) -> FlagState {
    values.dedup();
    if let (None, ValueForm::Json, Err(standing)) = (asked.hold, form, written(asked.fallback)) {
        return FlagState::plain(values.join("\n"), standing);
    }
    match values.as_slice() {
        [value] => plain::look(value, asked),
        several => {
            let standing = asked.hold.map_or_else(differs, |hold| half(several, hold));
            FlagState::plain(several.join("\n"), standing)
        }
    }
}

/// Whether a fallback is the very text that will be read back.
fn written(fallback: &str) -> Result<(), Standing> {
    let read = serde_json::from_str::<Value>(fallback).ok().and_then(|value| scalar(&value).ok());
    let fix = match &read {
        Some(text) if text == fallback => return Ok(()),
        Some(text) => format!("write it as {text:?}"),
        None => "write true, false, a number, or a text in double quotes inside the YAML string".to_string(),
    };
    let message =
        format!("fallback {fallback:?} is not how this provider writes values (values: Json); {fix}");
    Err(Standing::Refused(Reason::new(Code::FlagRefused, message)))
}

fn differs() -> Standing {
    let message = "its requests of read show different values; publish or discard what is not published yet";
    Standing::Refused(Reason::new(Code::FlagRefused, message))
}

/// A held flag that shows several values.
fn half(values: &[String], hold: &FlagHold) -> Standing {
    match values.iter().all(|value| *value == hold.pre_image || *value == hold.fallback) {
        true => Standing::CutAndEdited("the cut stands in some of its places only".to_string()),
        false => {
            Standing::Foreign("its requests of read show different values, not all of them ours".to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::flag::FlagTarget;
    use chrono::DateTime;

    fn hold() -> FlagHold {
        FlagHold {
            target: FlagTarget {
                provider: "house".into(),
                store: "http".into(),
                endpoint: "https://flags".into(),
                project: None,
                object: None,
                key: "check".into(),
            },
            installation: "here".into(),
            pre_image: "on".into(),
            uid: None,
            fallback: "off".into(),
            deadline: None,
            claims: Vec::new(),
            created: None,
        }
    }

    fn standing(values: &[&str], hold: Option<&FlagHold>) -> Standing {
        let asked =
            Asked { key: "check", fallback: "off", hold, installation: "here", now: DateTime::UNIX_EPOCH };
        state(values.iter().map(ToString::to_string).collect(), &asked, ValueForm::Text).standing
    }

    #[test]
    fn a_cut_in_some_of_its_places_is_no_cut_and_is_given_back() {
        let hold = hold();
        assert!(matches!(standing(&["off", "off"], Some(&hold)), Standing::Cut { .. }));
        assert_eq!(standing(&["on", "on"], Some(&hold)), Standing::Free);
        for half in [["off", "on"], ["on", "off"]] {
            assert!(matches!(standing(&half, Some(&hold)), Standing::CutAndEdited(_)), "{half:?}");
            assert!(matches!(standing(&half, None), Standing::Refused(_)), "{half:?}");
        }
        assert!(matches!(standing(&["off", "maybe"], Some(&hold)), Standing::Foreign(_)));
    }

    #[test]
    fn a_json_fallback_is_the_very_text_that_is_read_back() {
        for (fallback, expected) in [
            ("false", None),
            ("0.5", None),
            ("\"off\"", None),
            ("off", Some("double quotes")),
            (" false", Some("write it as \"false\"")),
            ("{\"a\": 1}", Some("double quotes")),
            ("null", Some("double quotes")),
        ] {
            let refused = written(fallback).err().map(|standing| format!("{standing:?}"));
            match (expected, &refused) {
                (None, None) => {}
                (Some(part), Some(said)) => {
                    assert!(said.contains(&part.replace('"', "\\\"")) || said.contains(part), "{said}")
                }
                _ => panic!("{fallback}: {refused:?}"),
            }
        }
        assert!(scalar(&serde_json::json!({"a": 1})).is_err() && scalar(&serde_json::json!([])).is_err());
    }
}
