//! Writes to the API server, named by what they write; and the plan of who dies at which.

use std::collections::BTreeMap;

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Method and resource, without names: `PATCH decisions/status`.
    pub what: String,
    pub path: String,
    pub status: u16,
}

impl Write {
    /// The write that a request is; none if it only reads.
    pub fn of(method: &str, path: &str) -> Option<Self> {
        if !["POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            return None;
        }
        Some(Self { what: format!("{method} {}", resource(path)), path: path.to_string(), status: 0 })
    }
}

/// Resource and subresource of a path: `/apis/GROUP/VERSION[/namespaces/NS]/RESOURCE[/NAME[/SUB]]`.
fn resource(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').skip(if path.starts_with("/apis/") { 4 } else { 3 }).collect();
    if parts.len() > 2 && parts[0] == "namespaces" {
        parts.drain(..2);
    }
    match parts[..] {
        [resource, _, sub] => format!("{resource}/{sub}"),
        [resource, ..] => resource.to_string(),
        [] => path.to_string(),
    }
}

/// What becomes of the one who writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Live,
    DieBefore,
    DieAfter,
}

/// How often a writer still dies before and after which write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan(BTreeMap<String, Deaths>);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Deaths {
    before: usize,
    after: usize,
}

impl Plan {
    /// Each of `writes` once before it and once after it; a Lease, which is renewed for ever, only once.
    pub fn around(writes: &[Write]) -> Self {
        let mut plan = Self::default();
        for write in writes {
            let deaths = plan.0.entry(write.what.clone()).or_default();
            if deaths.before == 0 || !write.what.ends_with("leases") {
                deaths.before += 1;
                deaths.after += 1;
            }
        }
        plan
    }

    /// The fate of the one who now writes `what`, which is then done.
    pub fn fate(&mut self, what: &str) -> Fate {
        match self.0.get_mut(what) {
            Some(deaths) if deaths.before > 0 => {
                deaths.before -= 1;
                Fate::DieBefore
            }
            Some(deaths) if deaths.after > 0 => {
                deaths.after -= 1;
                Fate::DieAfter
            }
            _ => Fate::Live,
        }
    }

    /// Deaths that are left.
    pub fn left(&self) -> usize {
        self.0.values().map(|deaths| deaths.before + deaths.after).sum()
    }

    /// Deaths that are left at writes of these resources, subresources included.
    pub fn left_at(&self, resources: &[&str]) -> usize {
        let is_of = |what: &&String| {
            let resource = what.split([' ', '/']).nth(1).unwrap_or("");
            resources.contains(&resource)
        };
        let deaths = self.0.iter().filter(|(what, _)| is_of(what)).map(|(_, deaths)| deaths);
        deaths.map(|deaths| deaths.before + deaths.after).sum()
    }
}
