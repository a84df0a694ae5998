//! The issues of a tier: where they stand, and what keeps a tracker from taking one.

use super::advice::{self, FLEET};
use crate::app::plugin::plain::plain;
use crate::app::plugin::told::Said;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::service_health::TierHealth;

/// A line for each, those of the live Decision first.
pub fn lines(stored: Option<&TierHealth>, live: Option<&Decision>) -> Vec<String> {
    entries(stored, live).into_iter().map(line).collect()
}

/// What is not up to date, why, and where to look.
pub fn troubles(stored: Option<&TierHealth>, live: Option<&Decision>) -> Vec<Said> {
    let troubled = entries(stored, live).into_iter().filter_map(|entry| {
        let trouble = entry.trouble.as_ref()?;
        let command = format!("kubectl describe issuetracker {}", entry.tracker);
        let see = advice::order("see what the tracker says", FLEET, command).into_iter().collect();
        let repository = plain(&entry.repository);
        let message = format!("its issue in {repository} is not up to date: {}", plain(&trouble.message));
        Some(Said { code: Some(plain(&trouble.code)), you_can: see, ..Said::just(message) })
    });
    troubled.collect()
}

fn entries<'a>(stored: Option<&'a TierHealth>, live: Option<&'a Decision>) -> Vec<&'a IssueEntry> {
    let of_live = live.and_then(|decision| decision.status.as_ref()).map(|status| status.issues.as_slice());
    let mut all: Vec<&IssueEntry> = of_live.unwrap_or_default().iter().collect();
    for remembered in stored.into_iter().flat_map(|tier| &tier.issues) {
        if !all.iter().any(|known| known.fingerprint == remembered.fingerprint) {
            all.push(remembered);
        }
    }
    all
}

/// Where it stands, and where it can be looked at.
fn line(entry: &IssueEntry) -> String {
    let number = entry.number.map(|number| format!("#{number}")).unwrap_or_default();
    let place = if entry.url.is_empty() { String::new() } else { format!(": {}", plain(&entry.url)) };
    let (repository, state) = (plain(&entry.repository), plain(&entry.state));
    format!("{repository}{number} in IssueTracker {} is {state}{place}", plain(&entry.tracker))
}
