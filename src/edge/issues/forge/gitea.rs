//! Gitea and Forgejo, by their API version 1.
//!
//! Labels are objects with numbers, and names are not unique: ours is looked up before it is made, and
//! of two that were made at once the lower number counts and the other goes. A list by a label that
//! does not exist shows every issue, so what lacks the label does not count. Texts have versions:
//! a write onto one that people changed meanwhile is refused.

use super::draft::{Draft, Edit, Listed, Turn};
use crate::edge::http::call::Call;
use crate::edge::issues::error::IssueError;
use crate::edge::issues::reach::{PAGES, Reach};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Items of a page: the most that it gives unless it is told otherwise.
const PAGE: usize = 50;
/// Colour of labels that we make.
const COLOUR: &str = "#c9510c";

/// One server. Clones share connections.
#[derive(Debug, Clone)]
pub struct Gitea {
    reach: Reach,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    html_url: String,
    state: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    labels: Option<Vec<Label>>,
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    content_version: Option<u64>,
}

#[derive(Deserialize)]
struct Label {
    id: u64,
    name: String,
}

impl Gitea {
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
                .append_pair("type", "issues")
                .append_pair("limit", &PAGE.to_string())
                .append_pair("page", &page.to_string());
            let found: Option<Vec<Issue>> = self.reach.read(repository, url).await?;
            let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(repository)))?;
            let last = found.is_empty();
            let (mine, others): (Vec<Listed>, Vec<Listed>) =
                found.into_iter().map(Listed::from).partition(|issue| issue.has(label));
            all.extend(mine);
            if last || !others.is_empty() {
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
        let labels = self.labels(repository, &draft.labels).await?;
        let body = json!({"title": draft.title, "body": draft.body, "labels": labels});
        let url = self.url(repository, &["issues"])?;
        Ok(self.reach.write::<Issue>(repository, Method::POST, url, &body).await?.into())
    }

    /// Changes an issue.
    ///
    /// # Errors
    /// Those of [`Reach::write`]; a conflict if people changed the text meanwhile.
    pub async fn edit(&self, repository: &str, edit: &Edit) -> Result<(), IssueError> {
        let mut body = json!({});
        if let Some(text) = &edit.body {
            body["body"] = json!(text);
            if let Some(version) = edit.version {
                body["content_version"] = json!(version);
            }
        }
        if let Some(turn) = edit.turn {
            body["state"] = json!(if turn == Turn::Reopen { "open" } else { "closed" });
        }
        let url = self.url(repository, &["issues", &edit.number.to_string()])?;
        self.reach.write::<Value>(repository, Method::PATCH, url, &body).await.map(drop)
    }

    /// Whether it can be reached and takes our credentials.
    ///
    /// # Errors
    /// Those of [`Reach::read`].
    pub async fn whoami(&self) -> Result<(), IssueError> {
        let url = self.reach.url("", &["api", "v1", "user"])?;
        let found: Option<Value> = self.reach.read("", url).await?;
        found.map(drop).ok_or_else(|| IssueError::NotFound(self.reach.subject("")))
    }

    /// The numbers of labels, those made that are missing.
    async fn labels(&self, repository: &str, names: &[String]) -> Result<Vec<u64>, IssueError> {
        let mut known = self.all_labels(repository).await?;
        let mut numbers = Vec::new();
        for name in names {
            let lowest =
                |known: &[Label]| known.iter().filter(|one| one.name == *name).map(|one| one.id).min();
            if let Some(number) = lowest(&known) {
                numbers.push(number);
                continue;
            }
            let body = json!({"name": name, "color": COLOUR, "description": "set by Flyball"});
            let url = self.url(repository, &["labels"])?;
            let made: Label = self.reach.write(repository, Method::POST, url, &body).await?;
            known = self.all_labels(repository).await?;
            let number = lowest(&known).unwrap_or(made.id);
            if number < made.id {
                let url = self.url(repository, &["labels", &made.id.to_string()])?;
                self.reach.send(repository, Call::write(Method::DELETE, url)).await?;
            }
            numbers.push(number);
        }
        Ok(numbers)
    }

    async fn all_labels(&self, repository: &str) -> Result<Vec<Label>, IssueError> {
        let mut all = Vec::new();
        for page in 1..=PAGES * PAGES {
            let mut url = self.url(repository, &["labels"])?;
            url.query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("page", &page.to_string());
            let found: Option<Vec<Label>> = self.reach.read(repository, url).await?;
            let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(repository)))?;
            if found.is_empty() {
                break;
            }
            all.extend(found);
        }
        Ok(all)
    }

    fn url(&self, repository: &str, rest: &[&str]) -> Result<Url, IssueError> {
        let Some((owner, name)) = repository.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            let message = "it is not of the form owner/name";
            return Err(IssueError::Misnamed { subject: self.reach.subject(repository), message });
        };
        let path = ["api", "v1", "repos", owner, name].into_iter().chain(rest.iter().copied());
        self.reach.url(repository, &path.collect::<Vec<_>>())
    }
}

impl From<Issue> for Listed {
    fn from(issue: Issue) -> Self {
        Self {
            number: issue.number,
            url: issue.html_url,
            open: issue.state == "open",
            // It tells no reason of closing; a label does.
            refused: false,
            closed_at: issue.closed_at,
            labels: issue.labels.unwrap_or_default().into_iter().map(|label| label.name).collect(),
            body: issue.body,
            version: issue.content_version,
            sealed: false,
        }
    }
}
