//! What the governor stored, read as any tool would read it: YAML by its documented fields.
//!
//! Owns paths and fields; must not use the program's own types, which could hide a wrong name.

use serde_json::Value;
use std::path::Path;

/// One stored Decision.
#[derive(Debug, Clone)]
pub struct Decision(pub Value);

impl Decision {
    /// Where it stands.
    pub fn phase(&self) -> &str {
        self.0["status"]["phase"].as_str().unwrap_or("")
    }

    /// How it ended, or will.
    pub fn outcome(&self) -> &str {
        self.0["status"]["outcome"].as_str().unwrap_or("")
    }

    /// All phases it went through.
    pub fn life(&self) -> Vec<&str> {
        let steps = self.0["status"]["transitions"].as_array();
        steps.map(|steps| steps.iter().filter_map(|s| s["phase"].as_str()).collect()).unwrap_or_default()
    }

    /// All it says, for reading reasons.
    pub fn text(&self) -> String {
        self.0["status"].to_string()
    }

    /// Phase and outcome in one word: `Ended/Restored`.
    pub fn standing(&self) -> String {
        format!("{}/{}", self.phase(), self.outcome())
    }
}

/// All stored Decisions, by name.
pub fn decisions(state: &Path) -> Vec<Decision> {
    objects(&state.join("decisions")).into_iter().map(Decision).collect()
}

/// All stored FlagHolds.
pub fn holds(state: &Path) -> Vec<Value> {
    objects(&state.join("flagholds"))
}

/// All stored ServiceHealths.
pub fn healths(state: &Path) -> Vec<Value> {
    objects(&state.join("servicehealths"))
}

/// Every YAML object below `folder`, in the order of the paths. A file that is replaced just now
/// is read once more; one that is no YAML is a fault of the governor.
fn objects(folder: &Path) -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(objects(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let value = serde_yaml::from_str(&text);
            found
                .push(value.unwrap_or_else(|error| panic!("{} is no YAML: {error}: {text}", path.display())));
        }
    }
    found
}
