//! Policies that the API server takes and the governor cannot use: each says why on itself, and
//! none stops the one beside it.

use crate::kubernetes::address;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::wait::until;
use serde_json::Value;

const NAMESPACE: &str = "refusing";

/// Name of the policy, what in a good one is replaced by what, and what its condition must say.
const MISTAKES: [(&str, &str, &str, &[&str]); 3] = [
    (
        "unclosed",
        "sum by (namespace, service) (rate(rejected",
        "sum by (namespace, service (rate(rejected",
        &["spec.signals[0].query"],
    ),
    ("no-zone", "interval: 1s", "interval: 1s\n  timezone: Mars/Olympus", &["spec.timezone", "Mars/Olympus"]),
    (
        "no-source",
        "interval: 1s",
        "interval: 1s\n  sourceRef: {name: nowhere}",
        &["spec.sourceRef", "nowhere"],
    ),
];

pub fn run(rig: &Rig) {
    rig.governed();
    rig.plane.open_shop(NAMESPACE);
    let good = Terms { namespace: NAMESPACE, ..Terms::default() }.yaml();
    for (name, before, after, _) in MISTAKES {
        assert!(good.contains(before), "{before} is not in {good}");
        rig.plane.apply(&good.replacen(before, after, 1).replace("name: rejects", &format!("name: {name}")));
    }
    rig.plane.apply(&good);
    let good = await_accepted(rig, "rejects", "True");
    assert_eq!(good["observedGeneration"], 1, "{good}");
    for (name, _, _, words) in MISTAKES {
        let condition = await_accepted(rig, name, "False");
        let (reason, message) = (condition["reason"].to_string(), condition["message"].to_string());
        let missing: Vec<_> = words.iter().filter(|word| !message.contains(**word)).collect();
        assert!(missing.is_empty(), "{name}: {missing:?} not in {reason}: {message}");
        let described = rig.plane.kubectl(&["describe", "hpol", name, "-n", NAMESPACE]);
        assert!(
            described.is_ok_and(|text| text.contains(words[0])),
            "describe does not say why {name} is refused"
        );
    }
    let policies = address::all("HealthPolicy", NAMESPACE);
    for (name, ..) in MISTAKES {
        rig.plane.admin.delete(&format!("{policies}/{name}")).expect("it can be deleted");
    }
    rig.plane.admin.delete(&format!("{policies}/rejects")).expect("it can be deleted");
}

fn await_accepted(rig: &Rig, name: &str, status: &str) -> Value {
    until(&format!("policy {name} has Accepted={status}"), 60, || {
        let policy = rig.plane.admin.get(&address::one("HealthPolicy", NAMESPACE, name))?;
        let conditions = policy["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.iter().find(|one| one["type"] == "Accepted" && one["status"] == status);
        found.cloned().ok_or(format!("{conditions:?}"))
    })
}
