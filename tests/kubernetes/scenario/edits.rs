//! A person edits the FeatureFlag during a hold: the edit wins and stays.
//!
//! Beside the wrapper: unwrapped, the edit kept. Instead of the wrapper: not touched. Inside it:
//! the hold goes on and gives the edit back. After the first two the tier stays away until its
//! signal has recovered, and then serves a new incident.

use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::wait::{throughout, until, until_true};
use serde_json::{Value, json};

/// `defaultVariant` beside the wrapper.
pub fn beside(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "edited-beside", &Terms::default());
    part.incident_begins();
    let cut = lab.await_cut();
    lab.edit(|flag| flag["defaultVariant"] = json!("pilot"));
    lab.await_decision("Ended/Superseded");
    let flag = lab.flag();
    assert_eq!(flag["defaultVariant"], "pilot", "the edit is gone");
    assert_eq!(flag.get("targeting"), cut.original.as_ref(), "the cut is not taken off");
    assert!(!flag.to_string().contains("flyball"), "marks are left: {flag}");
    then_a_new_incident(&lab, part);
}

/// A targeting of the person's own instead of the wrapper.
pub fn instead(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "edited-instead", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    let own = json!({"if": [{"==": [{"var": "tier"}, "gold"]}, "on", "pilot"]});
    lab.edit(|flag| flag["targeting"] = own.clone());
    lab.await_decision("Ended/Superseded");
    assert_eq!(lab.flag()["targeting"], own, "a person's targeting was touched");
    then_a_new_incident(&lab, part);
    assert_eq!(lab.flag()["targeting"], own);
}

/// An edit of what the wrapper wraps.
pub fn inside(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "edited-inside", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    let own = json!({"if": [{"in": ["beta", {"var": "groups"}]}, "pilot", "on"]});
    lab.edit(|flag| flag["targeting"]["if"][2] = own.clone());
    throughout("the hold goes on", 6, || match (lab.cut()?.original, lab.decision()?.standing().as_str()) {
        (Some(original), "Holding/") if original == own => Ok(()),
        (original, standing) => Err(format!("{standing}, wrapping {original:?}")),
    });
    part.incident_ends();
    lab.await_decision("Ended/Restored");
    let mut expected = lab.document.clone();
    expected["spec"]["flagSpec"]["flags"][lab.key]["targeting"] = own;
    assert_eq!(lab.flags(), expected, "the edit is not what came back");
    lab.await_no_hold();
}

/// No second cut while it is still ill; after it has been well, a new incident is served, and
/// what is given back is what the person left.
fn then_a_new_incident(lab: &Lab, part: &Part) {
    // Notes of ours in annotations may go; what the person left in the flags may not change.
    let (left, version) = (lab.flags()["spec"].clone(), lab.version());
    throughout("the tier stays away from an edited flag", 8, || {
        lab.decision()?;
        match lab.version() {
            now if now == version => Ok(()),
            now => Err(format!("it was written: {version}, now {now}: {}", lab.flags())),
        }
    });
    lab.await_no_hold();
    until_true("the ServiceHealth says that the tier is locked out", 90, || locked_out(lab));
    part.incident_ends();
    until_true("the lock-out is over", 120, || !locked_out(lab));
    assert_eq!(lab.version(), version, "recovery touched the flag");
    part.incident_begins();
    until("the new incident is served", 90, || lab.cut());
    part.incident_ends();
    until("the second episode ends Restored", 120, || {
        let all: Vec<String> = lab.decisions()?.iter().map(|decision| decision.standing()).collect();
        match all.len() == 2 && all.iter().any(|one| one == "Ended/Restored") {
            true => Ok(()),
            false => Err(format!("{all:?}")),
        }
    });
    assert_eq!(lab.flags()["spec"], left, "what the person left is not what came back");
}

fn locked_out(lab: &Lab) -> bool {
    let tiers = |health: Value| health["status"]["policies"][0]["tiers"][0]["lockOut"].is_object();
    lab.health().is_ok_and(tiers)
}
