//! Whatever is deleted during a hold, the flag gets its original back, and nothing is left over.

use crate::kubernetes::address;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::wait::{throughout, until};
use serde_json::Value;

/// Without its policy a claim is dropped and the flag restored, without a probe.
pub fn policy(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "policy-deleted", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    rig.plane.admin.delete(&lab.policy()).expect("the policy can be deleted");
    lab.await_document();
    lab.await_no_hold();
    let decision = lab.await_decision("Ended/Released");
    assert!(!decision.life().contains(&"Probing"), "there was a probe: {:?}", decision.life());
    part.incident_ends();
}

/// Deleting a live Decision is an order to release: the flag comes back, and the tier rests.
pub fn decision(rig: &Rig, part: &Part) {
    let terms = Terms { cooldown: "10m", ..Terms::default() };
    let lab = Lab::open(rig.plane, "decision-deleted", &terms);
    part.incident_begins();
    lab.await_cut();
    let decision = lab.decision().expect("it has just been there");
    let name = decision.0["metadata"]["name"].as_str().expect("it has a name");
    rig.plane.admin.delete(&address::one("Decision", lab.namespace, name)).expect("it can be deleted");
    lab.await_document();
    lab.await_no_hold();
    throughout("no second cut while it is ill", 6, || match lab.flags() == lab.document {
        true => Ok(()),
        false => Err(lab.flags().to_string()),
    });
    part.incident_ends();
}

/// A hold that somebody deletes is found again by its mark on the flag: the original comes back.
pub fn hold(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "hold-deleted", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    let holds = lab.holds().expect("holds can be listed");
    let [hold] = &holds[..] else { panic!("there is one hold: {holds:?}") };
    rig.plane.admin.delete(&address::of(&of_kind(hold))).expect("it can be deleted");
    part.incident_ends();
    lab.await_document();
    lab.await_no_hold();
    until("the episode has ended", 120, || match lab.decision()?.phase() {
        "Ended" => Ok(()),
        phase => Err(phase.to_string()),
    });
}

/// With its namespace everything of it goes, the flag too: no hold stays, and the governor goes on.
pub fn namespace(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "namespace-deleted", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    let path = address::one("Namespace", "", lab.namespace);
    rig.plane.admin.delete(&path).expect("the namespace can be deleted");
    until("the namespace has gone", 120, || match rig.plane.admin.get(&path) {
        Err(refusal) if refusal.starts_with("404") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    until("no hold is left", 180, || match lab.holds()? {
        holds if holds.is_empty() => Ok(()),
        holds => Err(format!("{holds:?}")),
    });
    throughout("nothing tries to write into it", 3, || {
        let decisions = lab.decisions()?;
        if decisions.is_empty() { Ok(()) } else { Err(format!("{decisions:?}")) }
    });
    part.incident_ends();
}

/// Members of a list do not say their kind.
fn of_kind(hold: &Value) -> Value {
    let mut hold = hold.clone();
    hold["kind"] = "FlagHold".into();
    hold
}
