//! Mode Observe: it says what it would do and why, and does nothing.

use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Part;

pub fn run(rig: &Rig, part: &Part) {
    let terms = Terms { mode: "Observe", ..Terms::default() };
    let lab = Lab::open(rig.plane, "observed", &terms);
    let untouched = lab.version();
    lab.await_condition("Accepted", "True");
    part.incident_begins();

    let decision = lab.await_decision("WouldAct/");
    let (what, why) = (decision.0["status"]["action"].to_string(), decision.text());
    assert!(what.contains("catalog-strong-check=off"), "it does not say what it would do: {what}");
    for word in ["reject-rate", "0.15", "Observing"] {
        assert!(why.contains(word), "it does not say why ({word}): {why}");
    }
    part.incident_ends();

    let decision = lab.await_decision("Ended/Passed");
    assert_eq!(decision.life(), ["WouldAct", "Ended"]);
    assert_eq!(lab.holds(), Ok(Vec::new()), "Observe holds nothing");
    assert_eq!(lab.version(), untouched, "Observe wrote the FeatureFlag");
}
