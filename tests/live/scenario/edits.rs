//! A person edits the flag during a hold: the edit wins and stays.
//!
//! Beside the wrapper: unwrapped, the edit kept. Instead of the wrapper: not touched. Inside it:
//! the hold goes on and gives the edit back. After the first two the tier stays away until its
//! signal has recovered, and then serves a new incident.

use crate::live::flags::{self, CATALOG};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::stored;
use crate::live::wait::{throughout, until_true};
use serde_json::{Value, json};

/// `defaultVariant` beside the wrapper.
pub fn beside(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "edit_beside", &Terms::default()).up();
    part.incident_begins();
    let cut = governor.await_cut(CATALOG);
    flags::edit(&governor.flags, CATALOG, |flag| flag["defaultVariant"] = json!("pilot"));
    governor.await_decision("Ended/Superseded");
    let flag = flags::flag(&governor.flags, CATALOG).expect("the file is readable");
    assert_eq!(flag["defaultVariant"], "pilot", "the edit is gone");
    assert_eq!(flag.get("targeting"), cut.original.as_ref(), "the cut is not taken off");
    assert!(
        flag.get("metadata").is_none_or(|m| !m.to_string().contains("flyball")),
        "marks are left: {flag}"
    );
    then_a_new_incident(&governor, part);
}

/// A targeting of the person's own instead of the wrapper.
pub fn instead(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "edit_instead", &Terms::default()).up();
    part.incident_begins();
    governor.await_cut(CATALOG);
    let own = json!({"if": [{"==": [{"var": "tier"}, "gold"]}, "on", "pilot"]});
    flags::edit(&governor.flags, CATALOG, |flag| flag["targeting"] = own.clone());
    let theirs = flags::print(&governor.flags);
    governor.await_decision("Ended/Superseded");
    assert_eq!(flags::print(&governor.flags), theirs, "a person's file was touched");
    then_a_new_incident(&governor, part);
    assert_eq!(flags::flag(&governor.flags, CATALOG).map(|flag| flag["targeting"].clone()), Ok(own));
}

/// An edit of what the wrapper wraps.
pub fn inside(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "edit_inside", &Terms::default()).up();
    part.incident_begins();
    governor.await_cut(CATALOG);
    let own = json!({"if": [{"in": ["beta", {"var": "groups"}]}, "pilot", "on"]});
    flags::edit(&governor.flags, CATALOG, |flag| flag["targeting"]["if"][2] = own.clone());
    throughout("the hold goes on", 6, || {
        match (flags::cut(&governor.flags, CATALOG)?.original, governor.decision()?.standing().as_str()) {
            (Some(original), "Holding/") if original == own => Ok(()),
            (original, standing) => Err(format!("{standing}, wrapping {original:?}")),
        }
    });
    part.incident_ends();
    governor.await_decision("Ended/Restored");
    let expected = document_with(&own);
    assert_eq!(flags::read(&governor.flags), Ok(expected), "the edit is not what came back");
    until_true("no hold is left", 30, || stored::holds(&governor.state).is_empty());
}

/// No second cut while it is still ill; after it has been well, a new incident is served, and
/// what is given back is what the person left.
fn then_a_new_incident(governor: &Governor, part: &Part) {
    let left = std::fs::read_to_string(&governor.flags).expect("the file is readable");
    throughout("the tier stays away from an edited flag", 8, || {
        flags::holds(&governor.flags, &left)?;
        governor.decision().map(|_| ())
    });
    until_true("no hold is left", 30, || stored::holds(&governor.state).is_empty());
    assert!(locked_out(governor), "the ServiceHealth does not say that the tier is locked out");
    part.incident_ends();
    until_true("the lock-out is over", 120, || !locked_out(governor));
    flags::holds(&governor.flags, &left).expect("recovery touched the flag");
    part.incident_begins();
    until_true("the new incident is served", 90, || flags::is_cut(&governor.flags, CATALOG));
    part.incident_ends();
    until_true("the second episode ends Restored", 120, || {
        let all: Vec<String> = governor.decisions().iter().map(|d| d.standing()).collect();
        all.len() == 2 && all.iter().any(|one| one == "Ended/Restored")
    });
    flags::holds(&governor.flags, &left).expect("what the person left is what came back");
}

fn locked_out(governor: &Governor) -> bool {
    let tiers = |health: &Value| health["status"]["policies"][0]["tiers"][0]["lockOut"].is_object();
    stored::healths(&governor.state).first().is_some_and(tiers)
}

fn document_with(targeting: &Value) -> Value {
    let mut document: Value = serde_json::from_str(flags::DOCUMENT).expect("the document is JSON");
    document["flags"][CATALOG]["targeting"] = targeting.clone();
    document
}
