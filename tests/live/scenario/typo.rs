//! A typo in a metric's name: that tier never engages and says which signal shows nothing; the
//! policy beside it goes on.

use crate::live::flags::{self, CATALOG, DOCUMENT};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::prometheus::REJECT_RATE;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::stored;
use crate::live::wait::until;

const QUEUE: &str = "  - {name: queue, query: \"max by (namespace, service) (queue_length)\", maxAge: 6s}\n";

pub fn run(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "typo", &Terms::default());
    let misspelt = Terms {
        name: "misspelt",
        flag: "local-cache",
        query: REJECT_RATE.replace("rejected_total", "rejectd_total"),
        signals: QUEUE,
        ..Terms::default()
    };
    let yaml = misspelt.yaml().replace("fallback: \"off\"", "fallback: \"on\"");
    governor.declare("misspelt.yaml", &yaml);
    let governor = governor.up();
    until("the ServiceHealth says that reject-rate shows nothing", 120, || says_which(&governor));
    part.incident_begins();

    governor.await_cut(CATALOG);
    let cache = flags::flag(&governor.flags, "catalog-local-cache");
    let calm: serde_json::Value = serde_json::from_str(DOCUMENT).expect("the document is JSON");
    assert_eq!(cache, Ok(calm["flags"]["catalog-local-cache"].clone()), "a misspelt signal engaged");
    part.incident_ends();

    governor.await_restored(DOCUMENT);
    says_which(&governor).unwrap_or_else(|found| panic!("{found}"));
}

/// The misspelt policy's own entry has a signal without a value, and says why it has none.
fn says_which(governor: &Governor) -> Result<(), String> {
    let healths = stored::healths(&governor.state);
    let policies = healths.first().and_then(|health| health["status"]["policies"].as_array());
    let policies = policies.ok_or("there is no ServiceHealth with policies")?;
    let entry = policies.iter().find(|policy| policy["name"] == "misspelt");
    let entry = entry.ok_or(format!("no entry of the policy misspelt: {policies:?}"))?;
    let signals = entry["signals"].as_array().ok_or(format!("no signals: {entry}"))?;
    let signal = signals.iter().find(|signal| signal["name"] == "reject-rate");
    let signal = signal.ok_or(format!("the signal is not listed: {entry}"))?;
    let reading = signal["reading"].as_str().unwrap_or("");
    match signal["value"].is_null() && (reading == "never seen" || reading == "absent") {
        true => Ok(()),
        false => Err(format!("the misspelt signal reads {signal}")),
    }
}
