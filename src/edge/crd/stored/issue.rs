//! An issue to its stored form, and back.

use crate::domain::model::issue::{Issue, IssueState};
use crate::domain::model::problem::shorten;
use crate::domain::model::reason::Reason;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::reason_entry::ReasonEntry;
use chrono::DateTime;

/// Longest URL that is kept, in characters.
const URL_MAX: usize = 2048;

impl From<&Issue> for IssueEntry {
    fn from(issue: &Issue) -> Self {
        Self {
            action: issue.action.clone(),
            tracker: issue.tracker.clone(),
            repository: shorten(&issue.repository, 1024),
            fingerprint: issue.fingerprint.clone(),
            grouped: issue.grouped,
            occasion: issue.occasion.clone(),
            state: issue.state.as_str().to_string(),
            claimed: issue.claimed.into(),
            weight: issue.weight,
            number: issue.number,
            url: shorten(&issue.url, URL_MAX),
            well_since: issue.well_since.map(Stamp),
            blind_since: issue.blind_since.map(Stamp),
            trouble: issue.trouble.as_ref().map(ReasonEntry::from),
        }
    }
}

impl From<&IssueEntry> for Issue {
    /// A state of a newer version is left alone, as Silenced is.
    fn from(entry: &IssueEntry) -> Self {
        let state = word::find(&IssueState::ALL, IssueState::as_str, &entry.state);
        Self {
            action: entry.action.clone(),
            tracker: entry.tracker.clone(),
            repository: entry.repository.clone(),
            fingerprint: entry.fingerprint.clone(),
            grouped: entry.grouped,
            occasion: entry.occasion.clone(),
            state: state.unwrap_or(IssueState::Silenced),
            claimed: entry.claimed.0,
            weight: entry.weight,
            number: entry.number,
            url: entry.url.clone(),
            well_since: entry.well_since.map(DateTime::from),
            blind_since: entry.blind_since.map(DateTime::from),
            trouble: entry.trouble.as_ref().map(Reason::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::reason::Code;

    fn issue() -> Issue {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Issue {
            action: "issue".into(),
            tracker: "code".into(),
            repository: "shop/cart".into(),
            fingerprint: "0123456789abcdef".into(),
            grouped: true,
            occasion: "cart-split-1".into(),
            state: IssueState::Open,
            claimed: at,
            weight: 3,
            number: Some(7),
            url: "https://git.example/shop/cart/issues/7".into(),
            well_since: Some(at),
            blind_since: Some(at),
            trouble: Some(Reason::new(Code::ProviderUnavailable, "it does not answer")),
        }
    }

    #[test]
    fn an_issue_is_read_as_it_was_stored() {
        for state in IssueState::ALL {
            let issue = Issue { state, ..issue() };
            let text = serde_json::to_string(&IssueEntry::from(&issue)).unwrap();
            assert_eq!(Issue::from(&serde_json::from_str::<IssueEntry>(&text).unwrap()), issue);
        }
    }

    #[test]
    fn a_state_of_a_newer_version_is_left_alone() {
        let entry = IssueEntry { state: "Transferred".into(), ..IssueEntry::from(&issue()) };
        assert_eq!(Issue::from(&entry).state, IssueState::Silenced);
    }
}
