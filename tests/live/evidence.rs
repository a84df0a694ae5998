//! What a failure leaves behind: state folders, flag files, logs and Prometheus' answers.
//!
//! Copies them out of the rig's folder, which goes away, into one whose path is printed.

use super::prometheus::REJECT_RATE;
use super::rig::Rig;
use std::path::{Path, PathBuf};

/// Nothing larger is copied; Prometheus' own data is left out anyway.
const LARGEST: u64 = 16 << 20;

/// Copies what `scenario` and the rig wrote, and says where to.
pub fn keep(rig: &Rig, scenario: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("live-failure-{}", std::process::id())).join(scenario);
    copy(&rig.folder.join(scenario), &folder);
    copy(&rig.folder.join("rig"), &folder.join("rig"));
    for (name, query) in [
        ("reject-rate", REJECT_RATE),
        ("requests", "sum by (service) (rate(requests_total[8s]))"),
        ("up", "up"),
        (
            "lock-wait-p99",
            "histogram_quantile(0.99, sum by (service, le) (rate(lock_wait_seconds_bucket[8s])))",
        ),
    ] {
        let answer = rig.prometheus.past(query, 300);
        // A full disk must not hide the failure itself.
        let _ = std::fs::write(folder.join(format!("prometheus-{name}.json")), answer);
    }
    println!("what {scenario} left behind: {}", folder.display());
}

fn copy(from: &Path, to: &PathBuf) {
    let _ = std::fs::create_dir_all(to);
    let Ok(entries) = std::fs::read_dir(from) else { return };
    for entry in entries.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match entry.metadata() {
            Ok(meta) if meta.is_dir() && entry.file_name() != "tsdb" => copy(&path, &target),
            Ok(meta) if meta.is_file() && meta.len() < LARGEST => {
                let _ = std::fs::copy(&path, &target);
            }
            _ => {}
        }
    }
}
