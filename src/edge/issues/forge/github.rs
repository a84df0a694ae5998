//! GitHub and GitHub Enterprise, by the REST API.
//!
//! Found by the list API: the search index lags. Labels that do not exist are made with the issue. A
//! list contains pull requests, which are left out.

use super::draft::{Draft, Edit, Listed, Turn};
use crate::edge::issues::error::IssueError;
use crate::edge::issues::reach::{PAGES, Reach};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Items of a page: the most that it gives.
const PAGE: usize = 100;

/// One server. Clones share connections.
#[derive(Debug, Clone)]
pub struct Github {
    reach: Reach,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    html_url: String,
    state: String,
    #[serde(default)]
    state_reason: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Whole {
        #[serde(default)]
        name: Option<String>,
    },
}

impl Github {
    /// Takes up a server; nothing is asked.
    pub fn new(reach: Reach) -> Self {
        Self { reach }
    }

    /// Every issue that carries `label`.
    ///
    /// # Errors
    /// Those of [`Reach::read`]; not found, misnamed.
    pub async fn list(&self, repository: &str, label: &str) -> Result<Vec<Listed>, IssueError> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mut url = self.url(repository, &["issues"])?;
            url.query_pairs_mut()
                .append_pair("labels", label)
                .append_pair("state", "all")
                .append_pair("per_page", &PAGE.to_string())
                .append_pair("page", &page.to_string());
            let found: Option<Vec<Issue>> = self.reach.read(repository, url).await?;
            let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(repository)))?;
            let last = found.len() < PAGE;
            let issues = found.into_iter().filter(|issue| issue.pull_request.is_none()).map(Listed::from);
            all.extend(issues.filter(|issue| issue.has(label)));
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// One issue; None: it is not there.
    ///
    /// # Errors
    /// Those of [`Reach::read`].
    pub async fn get(&self, repository: &str, number: u64) -> Result<Option<Listed>, IssueError> {
        let url = self.url(repository, &["issues", &number.to_string()])?;
        Ok(self.reach.read::<Issue>(repository, url).await?.map(Listed::from))
    }

    /// Makes an issue.
    ///
    /// # Errors
    /// Those of [`Reach::write`].
    pub async fn create(&self, repository: &str, draft: &Draft) -> Result<Listed, IssueError> {
        let body = json!({"title": draft.title, "body": draft.body, "labels": draft.labels});
        let url = self.url(repository, &["issues"])?;
        Ok(self.reach.write::<Issue>(repository, Method::POST, url, &body).await?.into())
    }

    /// Changes an issue. There is no precondition for texts.
    ///
    /// # Errors
    /// Those of [`Reach::write`].
    pub async fn edit(&self, repository: &str, edit: &Edit) -> Result<(), IssueError> {
        let mut body = json!({});
        if let Some(text) = &edit.body {
            body["body"] = json!(text);
        }
        if let Some(turn) = edit.turn {
            let (state, reason) = match turn {
                Turn::Reopen => ("open", "reopened"),
                Turn::Close => ("closed", "completed"),
                Turn::Drop => ("closed", "not_planned"),
            };
            (body["state"], body["state_reason"]) = (json!(state), json!(reason));
        }
        let url = self.url(repository, &["issues", &edit.number.to_string()])?;
        self.reach.write::<Value>(repository, Method::PATCH, url, &body).await.map(drop)
    }

    /// Whether it can be reached and takes our credentials: told by what is left of our calls, which
    /// every kind of token may ask for. A server without limits has no such path.
    ///
    /// # Errors
    /// Those of [`Reach::read`].
    pub async fn whoami(&self) -> Result<(), IssueError> {
        let url = self.reach.url("", &["rate_limit"])?;
        self.reach.read::<Value>("", url).await.map(drop)
    }

    fn url(&self, repository: &str, rest: &[&str]) -> Result<Url, IssueError> {
        let Some((owner, name)) = repository.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            let message = "it is not of the form owner/name";
            return Err(IssueError::Misnamed { subject: self.reach.subject(repository), message });
        };
        let path = ["repos", owner, name].into_iter().chain(rest.iter().copied());
        self.reach.url(repository, &path.collect::<Vec<_>>())
    }
}

impl From<Issue> for Listed {
    fn from(issue: Issue) -> Self {
        let refused = |reason: &String| matches!(reason.as_str(), "not_planned" | "duplicate");
        let name = |label: Label| match label {
            Label::Name(name) => Some(name),
            Label::Whole { name } => name,
        };
        Self {
            number: issue.number,
            url: issue.html_url,
            open: issue.state == "open",
            refused: issue.state_reason.as_ref().is_some_and(refused),
            closed_at: issue.closed_at,
            labels: issue.labels.into_iter().filter_map(name).collect(),
            body: issue.body.unwrap_or_default(),
            version: None,
            sealed: false,
        }
    }
}
