//! Mode Observe: it says what it would do and why, and does nothing.

use crate::live::flags;
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::stored;

pub fn run(rig: &Rig, part: &Part) {
    let terms = Terms { mode: "Observe", ..Terms::default() };
    let governor = Governor::prepare(rig, "observe", &terms).up();
    let untouched = flags::print(&governor.flags);
    part.incident_begins();

    let decision = governor.await_decision("WouldAct/");
    let (what, why) = (decision.0["status"]["action"].to_string(), decision.text());
    assert!(what.contains("catalog-strong-check=off"), "it does not say what it would do: {what}");
    for word in ["reject-rate", "0.15", "Observing"] {
        assert!(why.contains(word), "it does not say why ({word}): {why}");
    }
    part.incident_ends();

    let decision = governor.await_decision("Ended/Passed");
    assert_eq!(decision.life(), ["WouldAct", "Ended"]);
    assert_eq!(stored::holds(&governor.state).len(), 0, "Observe holds nothing");
    assert_eq!(flags::print(&governor.flags), untouched, "Observe wrote the flag file");
}
