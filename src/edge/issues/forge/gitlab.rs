//! GitLab, by its API version 4.
//!
//! By its documentation: `state_event` closes and reopens, labels are a text with commas, and those that
//! do not exist are made with the issue.

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
pub struct Gitlab {
    reach: Reach,
}

#[derive(Deserialize)]
struct Issue {
    iid: u64,
    web_url: String,
    state: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    closed_at: Option<DateTime<Utc>>,
}

impl Gitlab {
    /// Takes up a server; nothing is asked.
    pub fn new(reach: Reach) -> Self {
        Self { reach }
    }

    /// Every issue that carries `label`.
    ///
    /// # Errors
    /// Those of [`Reach::read`]; not found.
    pub async fn list(&self, project: &str, label: &str) -> Result<Vec<Listed>, IssueError> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mut url = self.url(project, &[])?;
            url.query_pairs_mut()
                .append_pair("labels", label)
                .append_pair("state", "all")
                .append_pair("per_page", &PAGE.to_string())
                .append_pair("page", &page.to_string());
            let found: Option<Vec<Issue>> = self.reach.read(project, url).await?;
            let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(project)))?;
            let last = found.len() < PAGE;
            all.extend(found.into_iter().map(Listed::from).filter(|issue| issue.has(label)));
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
    pub async fn get(&self, project: &str, number: u64) -> Result<Option<Listed>, IssueError> {
        let url = self.url(project, &[&number.to_string()])?;
        Ok(self.reach.read::<Issue>(project, url).await?.map(Listed::from))
    }

    /// Makes an issue.
    ///
    /// # Errors
    /// Those of [`Reach::write`].
    pub async fn create(&self, project: &str, draft: &Draft) -> Result<Listed, IssueError> {
        let labels = draft.labels.join(",");
        let body = json!({"title": draft.title, "description": draft.body, "labels": labels});
        let url = self.url(project, &[])?;
        Ok(self.reach.write::<Issue>(project, Method::POST, url, &body).await?.into())
    }

    /// Changes an issue. There is no precondition for texts.
    ///
    /// # Errors
    /// Those of [`Reach::write`].
    pub async fn edit(&self, project: &str, edit: &Edit) -> Result<(), IssueError> {
        let mut body = json!({});
        if let Some(text) = &edit.body {
            body["description"] = json!(text);
        }
        if let Some(turn) = edit.turn {
            body["state_event"] = json!(if turn == Turn::Reopen { "reopen" } else { "close" });
        }
        let url = self.url(project, &[&edit.number.to_string()])?;
        self.reach.write::<Value>(project, Method::PUT, url, &body).await.map(drop)
    }

    /// Whether it can be reached and takes our credentials.
    ///
    /// # Errors
    /// Those of [`Reach::read`].
    pub async fn whoami(&self) -> Result<(), IssueError> {
        let url = self.reach.url("", &["api", "v4", "user"])?;
        let found: Option<Value> = self.reach.read("", url).await?;
        found.map(drop).ok_or_else(|| IssueError::NotFound(self.reach.subject("")))
    }

    /// A project is one segment, whatever it is called.
    fn url(&self, project: &str, rest: &[&str]) -> Result<Url, IssueError> {
        let path = ["api", "v4", "projects", project, "issues"].into_iter().chain(rest.iter().copied());
        self.reach.url(project, &path.collect::<Vec<_>>())
    }
}

impl From<Issue> for Listed {
    fn from(issue: Issue) -> Self {
        Self {
            number: issue.iid,
            url: issue.web_url,
            open: issue.state == "opened",
            // It tells no reason of closing; a label does.
            refused: false,
            closed_at: issue.closed_at,
            labels: issue.labels,
            body: issue.description.unwrap_or_default(),
            version: None,
            sealed: false,
        }
    }
}
