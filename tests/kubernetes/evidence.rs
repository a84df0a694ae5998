//! What a failure leaves behind: objects, Events, logs and Prometheus' answers.
//!
//! Copies them out of the rig's folder, which goes away, into one whose path is printed.

use super::address;
use super::rig::Rig;
use crate::live::prometheus::REJECT_RATE;
use std::path::Path;

/// Nothing larger is copied; the data of etcd and Prometheus is left out anyway.
const LARGEST: u64 = 64 << 20;

/// Copies what there is about `scenario`, and says where to.
pub fn keep(rig: &Rig, scenario: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("cluster-failure-{}", std::process::id())).join(scenario);
    copy(&rig.folder, &folder);
    let kinds = address::our_kinds().map(|(kind, _)| kind);
    for kind in kinds.chain(["FeatureFlag", "ConfigMap", "Event", "Lease", "Namespace"]) {
        let text = rig.plane.admin.get(&address::all(kind, ""));
        let text = text.map_or_else(|error| error, |list| format!("{list:#}"));
        // A full disk must not hide the failure itself.
        let _ = std::fs::write(folder.join(format!("objects-{kind}.json")), text);
    }
    let refused = rig.prometheus.past(REJECT_RATE, 300);
    let _ = std::fs::write(folder.join("prometheus-reject-rate.json"), refused);
    println!("what {scenario} left behind: {}", folder.display());
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::create_dir_all(to);
    let Ok(entries) = std::fs::read_dir(from) else { return };
    for entry in entries.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let is_data = ["tsdb", "etcd", "kubectl-cache"].iter().any(|name| entry.file_name() == *name);
        match entry.metadata() {
            Ok(meta) if meta.is_dir() && !is_data => copy(&path, &target),
            Ok(meta) if meta.is_file() && meta.len() < LARGEST => {
                let _ = std::fs::copy(&path, &target);
            }
            _ => {}
        }
    }
}
