//! From an accepted IssueTracker to one that can be used.

use super::error::IssueError;
use super::forge::gitea::Gitea;
use super::forge::github::Github;
use super::forge::gitlab::Gitlab;
use super::forge::jira::{self, Jira};
use super::forge::workflow::Flow;
use super::reach::Reach;
use super::text::render::Texts;
use super::tracker::{Kind, Terms, Tracker};
use crate::domain::model::tracker::TrackerFacts;
use crate::edge::crd::accept::issue_tracker::{Accepted, AcceptedJira, Forge};
use crate::edge::http::client::Limits;
use crate::edge::http::line::{Declared, Keys, Line};
use std::time::Duration;

/// Largest answer of a tracker, in bytes: a page of long issues.
const ANSWER_MAX: usize = 16 << 20;
/// Longest that one call may take.
const CALL: Duration = Duration::from_secs(5);
/// Longest that one look at an issue may take, writes included.
const LOOK: Duration = Duration::from_secs(60);

/// Opens the IssueTracker `name`. `api_server`: hosts of the API server, which are guarded.
///
/// # Errors
/// The endpoint cannot be used as it is declared.
pub fn open(
    name: &str,
    accepted: &Accepted,
    keys: Keys,
    api_server: &[String],
) -> Result<Tracker, IssueError> {
    let endpoint = &accepted.endpoint;
    let declared = Declared { field: &accepted.field, url: &endpoint.url, allowed: endpoint.allowed() };
    let limits = Limits { timeout: CALL, max_bytes: ANSWER_MAX };
    let line = Line::open(&declared, keys, limits, api_server);
    let line = line.map_err(|problem| IssueError::Declared(Box::new(problem)))?;
    let reach = Reach::new(name, line);
    let kind = match &accepted.forge {
        Forge::Gitea => Kind::Gitea(Gitea::new(reach)),
        Forge::Github => Kind::Github(Github::new(reach)),
        Forge::Gitlab => Kind::Gitlab(Gitlab::new(reach)),
        Forge::Jira(project) => Kind::Jira(Jira::new(reach, jira_terms(project, &endpoint.url))),
    };
    Ok(Tracker::new(kind, terms(name, accepted)))
}

/// What an accepted tracker is made of, whatever it is spoken to by.
pub fn terms(name: &str, accepted: &Accepted) -> Terms {
    let texts = Texts::new(accepted.forge.as_str(), &accepted.templates, accepted.query_link.clone());
    let facts = TrackerFacts {
        name: name.to_string(),
        kind: accepted.forge.as_str().to_string(),
        templates: texts.names(),
        reopen_within: accepted.reopen_within,
        close_after: accepted.close_after,
        access: accepted.access.clone(),
    };
    let (labels, per_hour) = (accepted.labels.clone(), accepted.per_hour);
    let lag = match &accepted.forge {
        Forge::Jira(jira) => jira.search_lag,
        Forge::Github | Forge::Gitlab | Forge::Gitea => Duration::ZERO,
    };
    Terms { facts, texts, labels, per_hour, lag, within: LOOK }
}

fn jira_terms(accepted: &AcceptedJira, endpoint: &str) -> jira::Terms {
    jira::Terms {
        issue_type: accepted.issue_type.clone(),
        site: accepted.site.clone().unwrap_or_else(|| endpoint.to_string()),
        flow: Flow { close: accepted.close.clone(), reopen: accepted.reopen.clone() },
    }
}
