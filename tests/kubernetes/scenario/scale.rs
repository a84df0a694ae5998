//! A thousand policies at once, and how little is written once they are all known.
//!
//! Writes are counted in the API server's own metrics, and told apart by account in its audit log.

use crate::kubernetes::address;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::wait::{epoch, until};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const POLICIES: usize = 1000;
const NAMESPACES: usize = 20;
/// Seconds that are watched at rest.
const REST: f64 = 60.0;
/// Most writes of a minute at rest: the Lease's renewals, and a ServiceHealth now and then.
const MOST: usize = 60;

pub fn run(rig: &Rig) {
    rig.governed();
    let namespaces: Vec<String> = (0..NAMESPACES).map(|number| format!("many-{number}")).collect();
    namespaces.iter().for_each(|namespace| rig.plane.make_namespace(namespace));
    let start = epoch();
    let text: Vec<String> =
        (0..POLICIES).map(|number| policy(number, &namespaces[number % NAMESPACES])).collect();
    let file = rig.folder_of("scale").join("policies.yaml");
    std::fs::write(&file, text.join("---\n")).expect("a file can be written");
    rig.plane.kubectl(&["apply", "-f", &file.display().to_string()]).expect("a thousand policies apply");
    let applied = epoch();
    until("every policy is accepted", 600, || {
        let all = rig.plane.admin.list(&address::all("HealthPolicy", ""))?;
        let many = all
            .iter()
            .filter(|policy| policy["metadata"]["namespace"].as_str().unwrap_or("").starts_with("many-"));
        let accepted = |policy: &&serde_json::Value| {
            let conditions = policy["status"]["conditions"].as_array();
            conditions
                .is_some_and(|all| all.iter().any(|one| one["type"] == "Accepted" && one["status"] == "True"))
        };
        match many.filter(accepted).count() {
            POLICIES => Ok(()),
            n => Err(format!("{n} of {POLICIES} are accepted")),
        }
    });
    println!(
        "{POLICIES} policies: applied in {:.0} s, accepted {:.0} s later",
        applied - start,
        epoch() - applied
    );
    at_rest(rig);
    for namespace in &namespaces {
        rig.plane.admin.delete(&address::one("Namespace", "", namespace)).expect("it can be deleted");
    }
}

/// Waits until a whole minute has passed with hardly a write, and says what was written in it.
fn at_rest(rig: &Rig) {
    let mut past = VecDeque::new();
    let (made, all) = until("a minute passes almost without writes", 400, || {
        std::thread::sleep(Duration::from_secs(1)); // a look reads the whole audit log
        past.push_back((epoch(), ours(rig), written(rig)));
        while past.len() > 1 && past[1].0 <= epoch() - REST {
            past.pop_front();
        }
        let ((start, first, before), (end, last, after)) = (&past[0], &past[past.len() - 1]);
        let made = last - first;
        match end - start >= REST - 1.0 && made <= MOST {
            true => Ok((made, more_than(before, after))),
            false => Err(format!("{made} writes in {:.0} s: {:?}", end - start, more_than(before, after))),
        }
    });
    println!("a minute at rest: {made} writes by the governor's account; all by resource: {all:?}");
}

/// What was counted between two looks.
fn more_than(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let more = |(what, count): (&String, &f64)| (what.clone(), count - before.get(what).unwrap_or(&0.0));
    after.iter().map(more).filter(|(_, count)| *count > 0.0).collect()
}

/// Writes so far by verb and resource, as the API server counts them.
fn written(rig: &Rig) -> BTreeMap<String, f64> {
    let metrics = rig.plane.admin.text("/metrics").expect("the API server has metrics");
    let mut counts = BTreeMap::new();
    for line in metrics.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0.to_string())
        };
        let verb = label("verb").unwrap_or_default();
        if ["POST", "PUT", "PATCH", "APPLY", "DELETE"].contains(&verb.as_str()) {
            let value: f64 = line.rsplit(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
            let what = format!(
                "{verb} {} {}",
                label("group").unwrap_or_default(),
                label("resource").unwrap_or_default()
            );
            *counts.entry(what).or_insert(0.0) += value;
        }
    }
    counts
}

/// Writes so far by the governor's account, from the audit log.
fn ours(rig: &Rig) -> usize {
    let log =
        std::fs::read_to_string(rig.plane.folder.join("logs/audit.log")).expect("there is an audit log");
    log.lines().filter(|line| line.contains("\"username\":\"system:serviceaccount:flyball:flyball\"")).count()
}

fn policy(number: usize, namespace: &str) -> String {
    let yaml = Terms { mode: "Observe", ..Terms::default() }.yaml();
    let yaml = yaml.replace("interval: 1s", "interval: 30s");
    yaml.replace("name: rejects, namespace: lab", &format!("name: p{number}, namespace: {namespace}"))
}
